// The law of exact revert for one case, by looking at every packet: what is open before, permitted,
// required, forbidden and tolerated, and so what must be open after a remediation in each mode.
import type { Case, ListState, Mode } from "./case.ts";
import { asList } from "./case.ts";
import { type Grant, grantOfFlow, openingsOfForbid, privateBlocks } from "./meaning.ts";
import {
  blockOf,
  type Opening,
  openingOf,
  peerTest,
  portTexts,
  ruleParts,
  trafficTest,
} from "./packet.ts";
import { type Roles, rolesOf } from "./roles.ts";
import {
  both,
  either,
  isWithin,
  meet,
  type PacketSet,
  packetsOf,
  packetsOfAll,
  type Universe,
  universeOf,
} from "./universe.ts";

export type VerdictKind = "permitted" | "excepted" | "tolerated" | "drift";

export interface Ruling {
  readonly universe: Universe;
  readonly roles: Roles;
  readonly before: PacketSet;
  /** What the matrix permits, without exceptions. */
  readonly byMatrix: PacketSet;
  /** What the matrix and the active exceptions permit. */
  readonly permitted: PacketSet;
  readonly forbidden: PacketSet;
  readonly tolerated: PacketSet;
  readonly required: PacketSet;
  /** The rules that are required of the group, as texts, each once. */
  readonly requiredRules: readonly string[];
  /**
   * Whether a flow or open egress of the group's parts meets a forbid, which no matrix may: one that
   * is permitted now (standing), or only one that waits for an exception.
   */
  readonly conflict: "standing" | "on-demand" | "none";
  /** The verdict on each rule of the group. */
  readonly verdicts: ReadonlyMap<string, VerdictKind>;
  /** Everything permitted, each in its compiled form, on-demand flows left out. */
  readonly openings: readonly Opening[];
}

/** Rules on a case; `extraRules` are further rules whose edges the universe must have. */
export function rule(c: Case, extraRules: readonly string[] = []): Ruling {
  const universe = universeFor(c, [...c.rules, ...extraRules]);
  const roles = rolesOf(c);
  const forbidden = packetsOfAll(universe, forbidOpenings(c, roles));
  const matrixGrants = grantsOfMatrix(c, roles);
  const isSound = (grant: Grant) => !meet(packetsOfAll(universe, grant.openings), forbidden);
  const exceptions = grantsOfExceptions(c, roles).filter(isSound);
  const wanted = matrixGrants.filter(grant => !grant.isOnDemand);
  const openings = [...wanted, ...exceptions].flatMap(grant => grant.openings);
  const ownOpenings = wanted.flatMap(grant => grant.openings);
  const byMatrix = withContents(c, universe, packetsOfAll(universe, ownOpenings), forbidden);
  const permitted = withContents(c, universe, packetsOfAll(universe, openings), forbidden);
  const requiredRules = roles.isCandidate
    ? []
    : [...new Set([...matrixGrants, ...exceptions].flatMap(grant => grant.required))];
  const verdicts = new Map(
    c.rules.map(text => [
      text,
      verdictOn(c, roles, text, { universe, byMatrix, permitted, forbidden }),
    ]),
  );
  const tolerated = c.rules.filter(text => verdicts.get(text) === "tolerated");
  return {
    universe,
    roles,
    before: packetsOfRules(universe, c.rules),
    byMatrix,
    permitted,
    forbidden,
    tolerated: packetsOfRules(universe, tolerated),
    required: packetsOfRules(universe, requiredRules),
    requiredRules,
    conflict: !wanted.every(isSound)
      ? "standing"
      : matrixGrants.every(isSound)
        ? "none"
        : "on-demand",
    verdicts,
    openings,
  };
}

/** What must be open after a remediation in a mode. */
export function lawfulAfter(ruling: Ruling, mode: Mode): PacketSet {
  if (mode === "observe" || ruling.roles.parts.length === 0) return ruling.before;
  const kept = either(both(ruling.before, ruling.permitted), ruling.tolerated);
  return mode === "revoke" ? kept : either(kept, ruling.required);
}

/** The packets that a set of rules lets through. */
export const packetsOfRules = (universe: Universe, rules: readonly string[]): PacketSet =>
  packetsOfAll(universe, rules.map(openingOf));

/** How many compiled permitted rules speak of a rule's direction and address family. */
export function permittedCount(c: Case, ruling: Ruling, text: string): number {
  const { direction, peer } = ruleParts(text);
  const contents = c.lists.find(list => list.id === peer)?.entries ?? [];
  const blocks = [peer, ...contents].filter(block => !/^(pl|sg)-/.test(block)).map(blockOf);
  const families = new Set(blocks.map(block => block.family));
  const isSame = peerTest(peer);
  const peers = ruling.universe.peers.filter(p => isSame(p) || families.has(p.family as 4 | 6));
  return ruling.openings.filter(o => o.direction === direction && peers.some(o.reaches)).length;
}

function grantsOfMatrix(c: Case, roles: Roles): (Grant & { isOnDemand: boolean })[] {
  const flows = c.matrix.flows.map(flow => {
    const need = flow.need ?? "required";
    const grants = roles.parts.map(part => grantOfFlow(c, flow, part));
    const isAsked = need === "required" || need === "advised";
    return {
      openings: grants.flatMap(grant => grant.openings),
      required: isAsked ? grants.flatMap(grant => grant.required) : [],
      isOnDemand: need === "on-demand",
    };
  });
  const openEgress: Opening = { direction: "egress", carries: () => true, reaches: () => true };
  const open = roles.parts
    .filter(part => c.matrix.groups[part]!.egress !== "listed")
    .map(() => ({ openings: [openEgress], required: [], isOnDemand: false }));
  return [...flows, ...open];
}

function grantsOfExceptions(c: Case, roles: Roles): Grant[] {
  return c.exceptions.map(({ ask, open }) => {
    if ("rule" in ask) {
      return { openings: [openingOf(ask.rule)], required: open ? [ask.rule] : [] };
    }
    const grants = roles.parts.map(part => grantOfFlow(c, ask, part));
    return {
      openings: grants.flatMap(grant => grant.openings),
      required: open ? grants.flatMap(grant => grant.required) : [],
    };
  });
}

const forbidOpenings = (c: Case, roles: Roles): Opening[] =>
  (c.matrix.forbid ?? []).flatMap(forbid =>
    roles.parts.flatMap(part => openingsOfForbid(c, forbid, part)),
  );

// A list that is owned here, not empty and not in the middle of a change is permitted wherever all
// that it holds is permitted, unless a forbid names the list: then its name alone decides.
function withContents(
  c: Case,
  universe: Universe,
  set: PacketSet,
  forbidden: PacketSet,
): PacketSet {
  const all = set.slice();
  const width = universe.peers.length;
  const rows = [...Array(all.length / width).keys()];
  const [ingress, egress] = [rows.slice(0, rows.length / 2), rows.slice(rows.length / 2)];
  for (const list of c.lists) {
    const column = universe.peers.findIndex(peer => peer.text === list.id);
    const isJudged =
      list.owner === c.account && list.entries.length > 0 && list.state.endsWith("-complete");
    if (!isJudged || column < 0) continue;
    const held = heldColumns(universe, list);
    for (const side of [ingress, egress]) {
      if (side.some(row => forbidden[row * width + column] === 1)) continue;
      for (const row of side) {
        if (held.every(at => set[row * width + at] === 1)) all[row * width + column] = 1;
      }
    }
  }
  return all;
}

function heldColumns(universe: Universe, list: ListState): number[] {
  const tests = list.entries.map(peerTest);
  return universe.peers.flatMap((peer, at) => (tests.some(test => test(peer)) ? [at] : []));
}

interface Sets {
  universe: Universe;
  byMatrix: PacketSet;
  permitted: PacketSet;
  forbidden: PacketSet;
}

function verdictOn(c: Case, roles: Roles, text: string, sets: Sets): VerdictKind {
  const packets = packetsOf(sets.universe, openingOf(text));
  if (isWithin(packets, sets.byMatrix)) return "permitted";
  if (isWithin(packets, sets.permitted)) return "excepted";
  return isTolerated(c, roles, text, sets) ? "tolerated" : "drift";
}

function isTolerated(c: Case, roles: Roles, text: string, sets: Sets): boolean {
  const { direction, ports } = ruleParts(text);
  if (direction !== "ingress") return false;
  const advised = c.matrix.flows
    .filter(flow => flow.need === "advised" && flow.sides !== "egress")
    .filter(flow => roles.parts.some(part => asList(flow.to).includes(part)))
    .flatMap(flow => portTexts(flow.ports).map(trafficTest));
  const own = sets.universe.traffic.filter(trafficTest(ports));
  if (!own.every(load => advised.some(carries => carries(load)))) return false;
  return !meet(packetsBehind(c, text, sets.universe), sets.forbidden);
}

// A forbid beats everything: behind a prefix list stand the addresses it holds, and behind one whose
// contents nobody here can see stands anybody.
function packetsBehind(c: Case, text: string, universe: Universe): PacketSet {
  const opening = openingOf(text);
  const { peer } = ruleParts(text);
  if (!peer.startsWith("pl-")) return packetsOf(universe, opening);
  const list = c.lists.find(known => known.id === peer);
  const tests = list?.entries.map(peerTest);
  return packetsOf(universe, {
    ...opening,
    reaches: p => opening.reaches(p) || tests === undefined || tests.some(test => test(p)),
  });
}

function universeFor(c: Case, rules: readonly string[]): Universe {
  const asked = c.exceptions.map(({ ask }) => ask);
  const texts = [...rules, ...asked.flatMap(ask => ("rule" in ask ? [ask.rule] : []))].map(
    ruleParts,
  );
  const flows = [...c.matrix.flows, ...asked.flatMap(ask => ("rule" in ask ? [] : [ask]))];
  const lines = [...flows, ...(c.matrix.forbid ?? [])];
  const named = [
    ...lines.flatMap(line => [...asList(line.from), ...asList(line.to)]),
    ...(c.matrix.forbid ?? []).flatMap(forbid => forbid.except ?? []),
    ...Object.values(c.matrix.networks ?? {}).flat(),
  ].map(peer => (typeof peer === "string" ? peer : peer.list));
  const isPeerText = (text: string) => /^(pl|sg)-[0-9a-f]|[./:]/.test(text);
  return universeOf(
    [...texts.map(text => text.ports), ...lines.flatMap(line => portTexts(line.ports))],
    [
      ...texts.map(text => text.peer),
      ...named.filter(isPeerText).map(text => text.replace(`@${c.subject.owner}`, "")),
      ...Object.values(c.matrix.groups).flatMap(entry => entry.members ?? []),
      ...c.groups.map(({ id, owner }) => (owner === c.subject.owner ? id : `${id}@${owner}`)),
      ...c.lists.flatMap(list => [list.id, ...list.entries]),
      ...(lines.length > flows.length ? privateBlocks : []),
    ],
  );
}
