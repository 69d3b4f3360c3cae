// How often each kind of case came by in a run of the law: a law that never met a narrowing proves
// nothing about narrowing.
import type { PlanText } from "./law-subject.ts";
import type { Case } from "./oracle/case.ts";
import { packetsOfRules, type Ruling } from "./oracle/law.ts";
import { openingOf } from "./oracle/packet.ts";
import { isWithin, meet, packetsOf } from "./oracle/universe.ts";

/** Kinds of case, and the least of a hundred cases that must be of the kind. */
export const FLOORS = {
  kept: 25,
  narrowed: 15,
  split: 4,
  revoked: 30,
  tolerated: 4,
  restored: 25,
  excepted: 5,
  "forbid touched": 6,
  "forbid met": 1,
  "two parts": 8,
  candidate: 4,
  unmanaged: 3,
  "prefix list": 15,
  "list permitted": 3,
  "group reference": 15,
  icmp: 10,
  "all protocols": 15,
  ipv6: 20,
  "permitted by content": 1,
  "jointly permitted": 4,
} as const;

export type Kind = keyof typeof FLOORS;

export interface Tally {
  cases: number;
  readonly kinds: Map<Kind, number>;
}

/** A tally of nothing. */
export const newTally = (): Tally => ({ cases: 0, kinds: new Map() });

/** The kinds that came by less often than their floor, with how often. */
export function shortfalls({ cases, kinds }: Tally): string[] {
  return (Object.keys(FLOORS) as Kind[])
    .filter(kind => (kinds.get(kind) ?? 0) < (FLOORS[kind] / 100) * cases)
    .map(kind => `${kind}: ${kinds.get(kind) ?? 0} of ${cases}`);
}

/** Counts a case under each kind it is of. */
export function tallyCase(tally: Tally, c: Case, ruling: Ruling, enforced: PlanText): void {
  tally.cases += 1;
  const verdicts = [...ruling.verdicts.values()];
  const remainders = enforced.authorize.filter(text => !ruling.requiredRules.includes(text));
  const is: Record<Kind, boolean> = {
    kept: verdicts.includes("permitted"),
    narrowed: enforced.modify.length > 0,
    split: remainders.length > 0,
    revoked: enforced.revoke.length > 0,
    tolerated: verdicts.includes("tolerated"),
    restored: enforced.authorize.length > remainders.length,
    excepted: verdicts.includes("excepted"),
    "forbid touched": meet(ruling.before, ruling.forbidden),
    "forbid met": ruling.conflict === "standing",
    "two parts": ruling.roles.parts.length > 1,
    candidate: ruling.roles.isCandidate,
    unmanaged: ruling.roles.parts.length === 0,
    "prefix list": c.rules.some(text => text.includes(" pl-")),
    "list permitted": isSome(ruling, / pl-/, "permitted"),
    "group reference": isSome(ruling, / sg-/, "permitted") || enforced.authorize.some(isReference),
    icmp: c.rules.some(text => text.includes(" icmp")),
    "all protocols": c.rules.some(text => text.includes(" all ")),
    ipv6: c.rules.some(text => text.includes("::")),
    "permitted by content": c.rules.some(text => text.includes(" pl-") && isJoint(ruling, text)),
    "jointly permitted": c.rules.some(text => !text.includes(" pl-") && isJoint(ruling, text)),
  };
  for (const kind of Object.keys(is) as Kind[]) {
    if (is[kind]) tally.kinds.set(kind, (tally.kinds.get(kind) ?? 0) + 1);
  }
}

const isReference = (text: string): boolean => text.includes(" sg-");

const isSome = ({ verdicts }: Ruling, pattern: RegExp, kind: string): boolean =>
  [...verdicts].some(([text, verdict]) => verdict === kind && pattern.test(text));

// Permitted, though no single compiled rule permits it.
function isJoint({ universe, verdicts, openings }: Ruling, text: string): boolean {
  if (verdicts.get(text) !== "permitted") return false;
  const packets = packetsOfRules(universe, [text]);
  const { direction } = openingOf(text);
  return openings
    .filter(opening => opening.direction === direction)
    .every(opening => !isWithin(packets, packetsOf(universe, opening)));
}
