// What groups are judged by where Portward is deployed: the matrix in force, and the exceptions.
import { makePolicy, type Policy } from "../../../matrix/policy.ts";
import type { Deps } from "../deps.ts";
import type { Judges } from "./view.ts";

/** An exception that ended longer ago has nothing left to close. */
const ENDED_FOR = 7 * 24 * 3_600_000;

/** Reads the policy in force and the exceptions; the marks of the brake are whose it concerns. */
export async function readJudges({
  policy,
  exceptions,
  clock,
}: Pick<Deps, "policy" | "exceptions" | "clock">): Promise<Omit<Judges, "marks">> {
  const [control, kept] = await Promise.all([
    policy.readPolicy(),
    exceptions.list({ since: clock() - ENDED_FOR }),
  ]);
  if (!control.active) return { policy: undefined, exceptions: kept };
  const { document, pins, version } = await policy.readMatrix(control.active);
  return { policy: makePolicy(document, pins, String(version)), exceptions: kept };
}

/** A policy as a report names it. */
export const matrixOf = ({ document, version }: Policy) => ({
  ...{ name: document.matrix, version, mode: document.mode },
});
