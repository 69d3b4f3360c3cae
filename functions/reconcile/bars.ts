// Why nothing is written to a group, whatever its mode says and as long as this deployment is what it is.
// Pauses, which pass, are elsewhere.
import type { Config } from "../wiring/config.ts";

/** The reason nothing is written to the groups of an owner; undefined where there is none. */
export function standingBar(
  { account, isReporting }: Pick<Config, "account" | "isReporting">,
  owner: string | undefined,
): string | undefined {
  if (isReporting) return "this stage only reports: another one acts in this account and region";
  return owner === account ? undefined : `the group belongs to account ${owner}`;
}
