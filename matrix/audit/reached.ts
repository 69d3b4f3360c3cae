// Who reaches what, out of a report: each set of groups that interfaces wear together, with what the
// world and the networks can reach through it. What of that is wrong is told by findings.
import type { Reach } from "../exposure.ts";
import type { AuditedInterface, AuditReport } from "./report.ts";

/** Interfaces that wear the same groups, and what reaches them. */
export interface Reached {
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  readonly interfaces: readonly AuditedInterface[];
  readonly reach: readonly Reach[];
}

/** Everything that something reaches; what the world reaches comes first. */
export function reachedIn({ reaches = [], audited, interfaces }: AuditReport): Reached[] {
  const names = new Map(audited.map(({ id, name }) => [id, name]));
  const wearers = new Map<string, AuditedInterface[]>();
  for (const one of interfaces) {
    const key = setKey(one.groups);
    wearers.set(key, [...(wearers.get(key) ?? []), one]);
  }
  const all = reaches
    .filter(({ reach }) => reach.length > 0)
    .map(
      ({ groups, reach }): Reached => ({
        groups: groups.map(id => ({ id, name: names.get(id) ?? "" })),
        interfaces: wearers.get(setKey(groups)) ?? [],
        reach,
      }),
    );
  return [...all.filter(isWorlds), ...all.filter(one => !isWorlds(one))];
}

const setKey = (groups: readonly string[]): string => groups.toSorted().join(" ");

/** Tells whether anything of the world outside reaches it. */
export const isWorlds = ({ reach }: Reached): boolean =>
  reach.some(({ from }) => from === "public");

/**
 * What one network reaches, in words.
 *
 * @example portsText({ from: "office", whole: ["tcp 22"], part: ["tcp 443"] }) // "tcp 22, some of it tcp 443"
 */
export const portsText = ({ whole, part }: Reach): string =>
  [...whole, ...(part.length > 0 ? [`some of it ${part.join(", ")}`] : [])].join(", ");
