// Who acts: in the local account one of its identities by its access key, as STS names it. With --aws
// nobody can say here who he is: the API reads it off the signature.
import { accessKeyOf, type KeyName, secretOf } from "../local/identities.ts";
import { inputError, quoted } from "../matrix/errors.ts";
import { identityOf } from "../matrix/exceptions/person.ts";
import type { AccountOptions } from "./option.ts";
import { apiSteps, ownSteps, type Steps } from "./steps.ts";
import { openTarget, type Target } from "./target.ts";

export interface ActingOptions extends AccountOptions {
  readonly as?: string;
}

const NAMES: readonly KeyName[] = ["alice", "bob", "tester", "root"];

/** Opens an account and the steps that may be taken there, as whoever acts. */
export async function openActing(
  options: ActingOptions,
): Promise<{ target: Target; steps: Steps }> {
  const target = await openTarget(options);
  if (!options.aws)
    return { target, steps: await ownSteps(await target.connect(), await by(target, options)) };
  if (options.as !== undefined) {
    const cure = "leave --as out, or choose a profile with AWS_PROFILE";
    throw inputError("option.as", "with --aws your credentials say who acts", cure);
  }
  const { apiClient } = await import("../functions/aws/api-client.ts");
  return { target, steps: apiSteps(apiClient({ url: target.apiUrl(), region: target.region })) };
}

async function by(target: Target, { as }: ActingOptions) {
  if (as === undefined) return identityOf(await target.caller());
  const name = NAMES.find(known => known === as);
  if (!name) {
    const cure = `one of ${NAMES.join(", ")}`;
    throw inputError("option.as", `${quoted(as)} is nobody of the local account`, cure);
  }
  const { identify } = await import("../functions/aws/identity.ts");
  const accessKeyId = accessKeyOf(name);
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  const { arn } = await identify({ ...target.access, credentials });
  return identityOf(arn);
}
