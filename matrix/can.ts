// May these packets flow from one end to the other: what permits it on each side, and, where live
// rules are known, what opens it, else what is wrong: the group, the port, or that there is no rule.
// Which ends a name stands for is can-ends.ts.
import type { Forbid } from "./document.ts";
import { flowText, forbidText } from "./flows/flow.ts";
import { type Grant, isSameGrant, type Permit } from "./flows/part.ts";
import type { PrefixList, SecurityGroup } from "./group.ts";
import type { GroupPolicy } from "./policy.ts";
import {
  addresses,
  type Box,
  type BoxPeer,
  boxesMeet,
  boxOf,
  isCovered,
  peersMeet,
} from "./rules/box.ts";
import { formatShape, type Shape } from "./rules/protocol.ts";
import { type Direction, formatRule } from "./rules/rule.ts";

/** One end of a flow: how rules of the other end may name it, and the groups that guard it. */
export interface End {
  readonly name: string;
  readonly peer: BoxPeer;
  /** The groups it carries; a rule that refers to one of them means it. */
  readonly groups: readonly string[];
  /** Their policies; empty where the matrix governs none. */
  readonly policies: readonly GroupPolicy[];
  /** The same groups with their rules; absent where no account is looked at. */
  readonly live?: readonly SecurityGroup[];
}

/** One side of a flow: at the end it enters, or at the end it leaves. */
export interface Side {
  readonly direction: Direction;
  readonly end: string;
  /** Undefined where the matrix does not govern this end. */
  readonly permitted?: boolean;
  /** Flows and exceptions that permit it, or a part of it. */
  readonly by: readonly string[];
  readonly forbids: readonly string[];
  /** On-demand flows by which an exception may open it. */
  readonly onDemand: readonly string[];
  /** Undefined where no live group guards this end. */
  readonly open?: boolean;
  /** The groups whose rules let it through, each with the rules. */
  readonly openBy: readonly string[];
  /** What is to be known: the wrong group, the changed port, that one group is enough. */
  readonly notes: readonly string[];
}

/** What is known of an account beside the two ends. */
export interface Elsewhere {
  readonly groups: readonly SecurityGroup[];
  readonly lists: ReadonlyMap<string, PrefixList>;
}

/** Judges the two sides of a flow; a side that nothing guards is left out. */
export function sidesOfFlow(
  from: End,
  to: End,
  shapes: readonly Shape[],
  elsewhere: Elsewhere = { groups: [], lists: new Map() },
): Side[] {
  const guarded = (end: End) => end.policies.length > 0 || end.live !== undefined;
  const side = (direction: Direction, end: End, other: End): Side[] =>
    guarded(end) ? [sideOf({ direction, end, other, shapes }, elsewhere)] : [];
  return [...side("egress", from, to), ...side("ingress", to, from)];
}

/** Tells whether a side lets the flow through, as far as it is known. */
export const isPassable = ({ permitted, open }: Side): boolean =>
  permitted !== false && open !== false;

interface Asked {
  readonly direction: Direction;
  readonly end: End;
  readonly other: End;
  readonly shapes: readonly Shape[];
}

function sideOf(asked: Asked, elsewhere: Elsewhere): Side {
  const { direction, end } = asked;
  const boxes = boxesAsked(asked);
  const permits = end.policies.flatMap(permitsOf);
  const seen = (list: readonly Permit[]) => list.map(permit => seenFrom(permit, asked.other));
  const meeting = (list: readonly Permit[]) =>
    list.filter(permit => boxes.some(box => boxesMeet(seenFrom(permit, asked.other), box)));
  const bans = end.policies.flatMap(policy => policy.bans);
  const broken = bans.filter(ban => boxes.some(box => boxesMeet(ban, box)));
  const onDemand = end.policies.flatMap(policy => policy.onDemand);
  const isPermitted = boxes.every(box => isCovered(box, seen(permits)));
  return {
    direction,
    end: end.name,
    ...(end.policies.length > 0 && { permitted: isPermitted }),
    by: distinctGrants(meeting(permits)).map(grantText),
    forbids: [...new Set(broken.map(ban => ban.forbid))].map((one: Forbid) => forbidText(one)),
    onDemand: isPermitted ? [] : distinctGrants(meeting(onDemand)).map(grantText),
    ...liveSide(asked, boxes, elsewhere),
  };
}

const boxesAsked = ({ direction, other, shapes }: Asked): Box[] =>
  shapes.map(shape => ({ direction, shape, peer: other.peer }));

const permitsOf = (policy: GroupPolicy): Permit[] => [
  ...policy.ingress,
  ...policy.egress,
  ...policy.excepted,
];

// A rule that refers to a group the other end carries means the other end, whatever its address.
function seenFrom<B extends Box>(box: B, other: End): B {
  const isOther = box.peer.kind === "group" && other.groups.includes(box.peer.id);
  return isOther ? { ...box, peer: { kind: "any" } } : box;
}

function distinctGrants(permits: readonly Permit[]): Grant[] {
  const grants: Grant[] = [];
  for (const { grant } of permits) {
    if (!grants.some(known => isSameGrant(known, grant))) grants.push(grant);
  }
  return grants;
}

function grantText(grant: Grant): string {
  if (grant.kind === "flow") return `flow ${flowText(grant.flow)}`;
  return grant.kind === "exception" ? `exception ${grant.id}` : `the open egress of ${grant.part}`;
}

type LiveSide = Pick<Side, "open" | "openBy" | "notes">;

function liveSide(asked: Asked, boxes: readonly Box[], elsewhere: Elsewhere): LiveSide {
  const { end, other, direction } = asked;
  const { live } = end;
  if (live === undefined) return { openBy: [], notes: [] };
  const boxesOf = (group: SecurityGroup) => liveBoxes(group, direction, other, elsewhere.lists);
  const isOpenBy = (groups: readonly SecurityGroup[]) =>
    boxes.every(box => isCovered(box, groups.flatMap(boxesOf)));
  const alone = live.filter(group => isOpenBy([group]));
  if (isOpenBy(live)) {
    const carriers = alone.length > 0 ? alone : live;
    return { open: true, openBy: carriers.map(nameOf), notes: addedUp(end, alone, live) };
  }
  const strangers = elsewhere.groups.filter(({ id }) => !end.groups.includes(id));
  const wrong = strangers.filter(group => isOpenBy([group]));
  return {
    open: false,
    openBy: [],
    notes: [
      ...live.flatMap(group => changedPorts(group, asked, elsewhere.lists)),
      ...wrong.map(
        group =>
          `${nameOf(group)} lets it through, but ${end.name} does not carry that group: ` +
          "the rule stands on the wrong group",
      ),
      ...(live.length === 0 ? [`${end.name} carries no group that is there`] : []),
    ],
  };
}

function addedUp(end: End, alone: readonly SecurityGroup[], live: readonly SecurityGroup[]) {
  if (live.length < 2) return [];
  const enough = alone[0] ? `${nameOf(alone[0])} is enough` : "only together they are enough";
  return [`${end.name} carries ${live.length} groups: AWS adds them up, and ${enough}`];
}

const nameOf = ({ id, name }: SecurityGroup): string => (name === "" ? id : `${id} (${name})`);

function liveBoxes(
  group: SecurityGroup,
  direction: Direction,
  other: End,
  lists: Elsewhere["lists"],
): Box[] {
  return group.rules
    .filter(({ rule }) => rule.direction === direction)
    .flatMap(({ rule }) => {
      const box = seenFrom(boxOf(rule), other);
      const held = rule.peer.kind === "prefix-list" ? (lists.get(rule.peer.id)?.entries ?? []) : [];
      return [box, ...held.map((range): Box => ({ ...box, peer: addresses(range) }))];
    });
}

/** Rules of a group for the same other end on other ports: what is left when a port has changed. */
function changedPorts(
  group: SecurityGroup,
  { direction, other, shapes }: Asked,
  lists: Elsewhere["lists"],
): string[] {
  const rules = group.rules.filter(({ rule }) => {
    const one: SecurityGroup = { ...group, rules: [{ rule }] };
    const boxes = liveBoxes(one, direction, other, lists);
    return boxes.some(box => peersMeet(box.peer, other.peer));
  });
  if (rules.length === 0) return [];
  const texts = rules.map(({ rule }) => formatRule(rule)).slice(0, 5);
  const asked = shapes.map(formatShape).join(", ");
  return [
    `${nameOf(group)} has ${texts.join(" and ")}, not ${asked}: has the port of the service changed?`,
  ];
}
