// The matrix in force as a law: what it permits, and who is who and may approve by it.
import { type Refused, refused } from "../../matrix/exceptions/exception-life.ts";
import type { Directory } from "../../matrix/exceptions/person.ts";
import { makePolicy, type Policy } from "../../matrix/policy.ts";
import type { Deps } from "./deps.ts";

export interface Law {
  readonly policy: Policy;
  readonly directory: Directory;
}

/** Reads the matrix in force. */
export async function lawNow({
  policy: store,
  config,
}: Pick<Deps, "policy" | "config">): Promise<Law | Refused> {
  const { active } = await store.readPolicy();
  if (!active) return refused("no-matrix", "no matrix is in force, so nobody can approve anything");
  const { document, pins, version } = await store.readMatrix(active);
  const { people, exceptions } = document;
  const { approvers } = exceptions;
  const directory = { account: config.account, people, approvers };
  return { policy: makePolicy(document, pins, String(version)), directory };
}
