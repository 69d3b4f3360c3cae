// Who acts on an exception: in the local account one of its identities by its access key, as STS names
// it. With --aws nobody can say here who he is: that is for the API to check.
import { accessKeyOf, type KeyName, secretOf } from "../local/identities.ts";
import { inputError, quoted } from "../matrix/errors.ts";
import { type Identity, identityOf } from "../matrix/exceptions/person.ts";
import type { AccountOptions } from "./option.ts";
import { openTarget, type Target } from "./target.ts";

export interface ActingOptions extends AccountOptions {
  readonly as?: string;
}

const NAMES: readonly KeyName[] = ["alice", "bob", "tester", "root"];

/** Opens the local account and finds out who acts. */
export async function openActing(
  options: ActingOptions,
): Promise<{ target: Target; by: Identity }> {
  if (options.aws) {
    throw new Error(
      "with --aws exceptions are only listed and shown: whoever can write the table " +
        "could name himself as anybody, so steps go through the API",
    );
  }
  const target = await openTarget(options);
  if (options.as === undefined) return { target, by: identityOf(await target.caller()) };
  const name = NAMES.find(known => known === options.as);
  if (!name) {
    const cure = `one of ${NAMES.join(", ")}`;
    throw inputError("option.as", `${quoted(options.as)} is nobody of the local account`, cure);
  }
  const { identify } = await import("../functions/aws/identity.ts");
  const accessKeyId = accessKeyOf(name);
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  const { arn } = await identify({ ...target.access, credentials });
  return { target, by: identityOf(arn) };
}
