// What putting a matrix into force would do to an account, group by group, against the matrix in
// force now: what this mode does at once and what the next one would. Pure: the account is read, and
// the plan numbered and carried out, in functions/reconcile.
import type { AuditedInterface } from "../audit/report.ts";
import type { MatrixDocument, Mode } from "../document.ts";
import type { Exception } from "../exception.ts";
import type { Pins } from "../flows/selection.ts";
import type { LiveGroup, SecurityGroup } from "../group.ts";
import { groupPolicy, makePolicy, type Policy } from "../policy.ts";
import { type Judgement, judge, type ListView } from "../verdict.ts";
import { type Bars, closingsOf, type GroupSteps, isIdle, stepsFor } from "./group-steps.ts";

/** Who carries a group. */
export interface Carrier {
  readonly interface: string;
  readonly addresses: readonly string[];
  readonly instance?: string;
  readonly description?: string;
}

export interface GroupPlan {
  readonly group: string;
  readonly name: string;
  readonly vpc?: string;
  readonly parts: readonly string[];
  readonly mode: Mode;
  /** By the matrix in force; empty and null where it does not govern the group. */
  readonly partsBefore: readonly string[];
  readonly modeBefore: Mode | null;
  /** Why nothing is written on it now. */
  readonly bar?: string;
  readonly hold?: string;
  readonly now: GroupSteps;
  /** What the next mode would do; null where there is none, or the group is let go. */
  readonly next: GroupSteps | null;
  readonly carriers: readonly Carrier[];
}

/** The public form of a plan, without its id. */
export interface MatrixPlan {
  readonly matrix: string;
  readonly mode: Mode;
  /** The version in force that it was made from; 0 for none. */
  readonly base: number;
  readonly modeBefore: Mode | null;
  readonly groups: readonly GroupPlan[];
  /** Entries that no live group matches. */
  readonly orphans: readonly string[];
  /** Groups that come to play a part by this, as no apply had pinned them to it. */
  readonly pinned: readonly { entry: string; group: string; name: string }[];
  /** Groups that a part was pinned to and that do not match it any more. */
  readonly released: readonly { entry: string; group: string; name: string }[];
}

/** A matrix in force. */
export interface InForce {
  readonly version: number;
  readonly document: MatrixDocument;
  readonly pins: Pins;
}

/** Everything a plan is made from. */
export interface PlanInput {
  readonly document: MatrixDocument;
  readonly pins: Pins;
  readonly before: InForce | undefined;
  readonly groups: readonly SecurityGroup[];
  readonly interfaces: readonly AuditedInterface[];
  readonly ipv6Vpcs: ReadonlySet<string>;
  readonly exceptions: readonly Exception[];
  readonly lists: ListView;
  readonly now: number;
  readonly barsOf: (group: LiveGroup) => Bars;
}

/** Makes the plan. */
export function planMatrix(input: PlanInput): MatrixPlan {
  const { document, pins, before, groups } = input;
  const after = makePolicy(document, pins);
  const old = before && makePolicy(before.document, before.pins);
  const carriers = carriersOf(input.interfaces);
  const names = new Map(groups.map(({ id, name }) => [id, name]));
  const changes = (from: Pins, to: Pins) =>
    Object.entries(to.groups).flatMap(([entry, pinned]) =>
      pinned
        .filter(({ id }) => !from.groups[entry]?.some(other => other.id === id))
        .map(({ id, name }) => ({ entry, group: id, name: names.get(id) ?? name })),
    );
  const none: Pins = { groups: {}, lists: {} };
  return {
    matrix: document.matrix,
    mode: document.mode,
    base: before?.version ?? 0,
    modeBefore: before?.document.mode ?? null,
    groups: groups.flatMap(group => {
      const plan = planGroup(input, group, after, old);
      return plan ? [{ ...plan, carriers: carriers.get(group.id) ?? [] }] : [];
    }),
    orphans: Object.entries(pins.groups).flatMap(([entry, its]) =>
      its.length === 0 ? [entry] : [],
    ),
    pinned: changes(before?.pins ?? none, pins),
    released: changes(pins, before?.pins ?? none),
  };
}

const NEXT: Readonly<Record<Mode, Mode | undefined>> = {
  observe: "revoke",
  revoke: "enforce",
  enforce: undefined,
};

const nothing: GroupSteps = {
  ...{ mode: "observe", close: [], narrow: [], open: [], lists: [], report: [], paused: [] },
};

function planGroup(
  input: PlanInput,
  group: SecurityGroup,
  after: Policy,
  old: Policy | undefined,
): Omit<GroupPlan, "carriers"> | undefined {
  const judgement = judgeBy(after, group, input);
  const before = old && judgeBy(old, group, input);
  if (!judgement && !before) return undefined;
  const bars = input.barsOf(group);
  const { isPause: _, ...told } = bars;
  const mode = judgement?.policy.mode ?? "observe";
  const next = judgement && NEXT[mode];
  return {
    group: group.id,
    name: group.name,
    ...(group.vpcId === undefined ? {} : { vpc: group.vpcId }),
    parts: judgement?.policy.selection.parts ?? [],
    mode,
    partsBefore: before?.policy.selection.parts ?? [],
    modeBefore: before?.policy.mode ?? null,
    ...told,
    now: judgement ? stepsFor(judgement, mode, before, bars) : nothing,
    next: judgement && next ? stepsFor(judgement, next, before) : null,
  };
}

function judgeBy(policy: Policy, group: SecurityGroup, input: PlanInput): Judgement | undefined {
  const { exceptions, now, ipv6Vpcs, lists } = input;
  const ipv6 = ipv6Vpcs.has(group.vpcId ?? "");
  const compiled = groupPolicy(policy, group, { ipv6, exceptions, now });
  return compiled && judge(group, compiled, lists);
}

function carriersOf(interfaces: readonly AuditedInterface[]): Map<string, Carrier[]> {
  const carriers = new Map<string, Carrier[]>();
  for (const { id, groups, addresses, instance, description } of interfaces) {
    const carrier = {
      ...{ interface: id, addresses },
      ...(instance === undefined ? {} : { instance }),
      ...(description === undefined ? {} : { description }),
    };
    for (const group of groups) carriers.set(group, [...(carriers.get(group) ?? []), carrier]);
  }
  return carriers;
}

/** The groups with anything to be told of, those that lose something first. */
export function busyGroups({ groups }: MatrixPlan): GroupPlan[] {
  const weight = ({ now, next }: GroupPlan): number =>
    closingsOf(now).length > 0 ? 0 : !isIdle(now) ? 1 : next && !isIdle(next) ? 2 : 3;
  return groups
    .filter(plan => weight(plan) < 3 || isMoved(plan))
    .toSorted((a, b) => weight(a) - weight(b));
}

/** Tells whether a group gets other parts or another mode. */
export function isMoved({ parts, partsBefore, mode, modeBefore }: GroupPlan): boolean {
  return parts.join(" ") !== partsBefore.join(" ") || (modeBefore !== null && mode !== modeBefore);
}

/** How many rules and lists a plan closes or narrows, now or as soon as a pause is over. */
export const countClosings = ({ groups }: MatrixPlan): number =>
  groups.reduce((sum, { now }) => sum + closingsOf(now).length, 0);
