// The judgement of one group: a verdict for each rule with its reason, and each required rule that
// is missing. Nothing is decided here about what to do; that is plan.ts.
//
//   rule of the group                                        verdict     plan
//   wholly permitted by the matrix, jointly or not           permitted   keep
//   wholly permitted once active exceptions count            excepted    keep
//   else wholly on advised ports, touching no forbid         tolerated   keep, report
//   its prefix list's contents are not read yet              waiting     keep, judge again
//   else a part of it is permitted                           drift       narrow to that part
//   else                                                     drift       revoke
//   required, not covered by what is kept                    missing     authorize

import type { Forbid } from "./document.ts";
import { isOwnEnded } from "./exceptions/ended.ts";
import type { Grant, Line, Permit } from "./flows/part.ts";
import { isSameGrant } from "./flows/part.ts";
import type { LiveRule, PrefixList, SecurityGroup } from "./group.ts";
import { type GroupPolicy, isAway } from "./policy.ts";
import {
  addresses,
  type Box,
  type BoxPeer,
  boxesMeet,
  boxHolds,
  boxOf,
  isCovered,
  isPeerCovered,
  peerHolds,
  rulesMeet,
} from "./rules/box.ts";
import type { Cidr } from "./rules/cidr.ts";
import { contains, parseCidr } from "./rules/cidr.ts";
import { permittedListPieces, permittedPieces } from "./rules/remainder.ts";
import { type Rule, sameRule } from "./rules/rule.ts";

/** What is known of the prefix lists that rules refer to. */
export interface ListView {
  readonly account: string;
  get(id: string): PrefixList | undefined;
  /** Lists whose contents are being read: their rules wait unless permitted by name. */
  isPending?(id: string): boolean;
  /** Lists that hold more than they may and could not be put back: not permitted by name any more. */
  isBroken?(id: string): boolean;
}

export type Verdict =
  | { readonly kind: "permitted"; readonly live: LiveRule; readonly by: readonly Grant[] }
  | {
      readonly kind: "excepted";
      readonly live: LiveRule;
      readonly by: readonly Grant[];
      readonly until: number;
    }
  | { readonly kind: "tolerated"; readonly live: LiveRule }
  | { readonly kind: "waiting"; readonly live: LiveRule; readonly list: string }
  | {
      readonly kind: "drift";
      readonly live: LiveRule;
      /** The part of it that is permitted, as rules; empty when none is. */
      readonly kept: readonly Rule[];
      readonly breaks: readonly Forbid[];
    }
  | { readonly kind: "missing"; readonly line: Line };

/** A prefix list of this account that holds blocks beyond what the matrix lets it hold. */
export interface ListDrift {
  readonly list: PrefixList;
  readonly extra: readonly Cidr[];
  /** What of these blocks it may hold, and holds in no other entry. */
  readonly back: readonly Cidr[];
}

export interface Judgement {
  readonly group: SecurityGroup;
  readonly policy: GroupPolicy;
  readonly verdicts: readonly Verdict[];
  readonly lists: readonly ListDrift[];
}

const unknownLists: ListView = { account: "", get: () => undefined };

/**
 * Judges every rule of a group, and what is missing from it; of a group that no entry governs only
 * what Portward opened for an exception that is over.
 */
export function judge(
  group: SecurityGroup,
  policy: GroupPolicy,
  lists: ListView = unknownLists,
): Judgement {
  const rules = isAway(policy) ? group.rules.filter(live => isOwnEnded(live, policy)) : group.rules;
  const isSaid: boolean[] = new Array(policy.required.length).fill(false);
  const verdicts = rules.map((live): Verdict => {
    const held = isBrokenList(live.rule, lists) ? undefined : policy.heldBy(live.rule);
    if (!held) return judgeRule(live, policy, lists);
    for (const at of held.says) isSaid[at] = true;
    return { kind: "permitted", live, by: held.by };
  });
  const absent = policy.required.filter((_, at) => !isSaid[at]);
  verdicts.push(...missingLines(absent, verdicts, lists));
  return { group, policy, verdicts, lists: listDrifts(policy, lists) };
}

// Of the lines no rule says as they are: those that what is kept does not hold together either.
function missingLines(
  absent: readonly Line[],
  verdicts: readonly Verdict[],
  lists: ListView,
): Verdict[] {
  return absent
    .filter(({ rule }) => !isKept(rule, verdicts) && !isBrokenList(rule, lists))
    .map(line => ({ kind: "missing", line }));
}

function isKept(rule: Rule, verdicts: readonly Verdict[]): boolean {
  // Of a group's many rules few share a packet with one line.
  const kept: Box[] = [];
  for (const verdict of verdicts) {
    if (verdict.kind === "missing" || !rulesMeet(verdict.live.rule, rule)) continue;
    for (const one of keptRules(verdict)) kept.push(boxOf(one));
  }
  return isCovered(boxOf(rule), kept);
}

/** The rules that stay of a judged rule: itself, its permitted part, or nothing. */
export function keptRules(verdict: Verdict): readonly Rule[] {
  if (verdict.kind === "drift") return verdict.kept;
  return verdict.kind === "missing" ? [] : [verdict.live.rule];
}

function judgeRule(live: LiveRule, policy: GroupPolicy, lists: ListView): Verdict {
  const { rule } = live;
  const box = boxOf(rule);
  const permits = policy.near[rule.direction](rule.shape);
  const usable = isBrokenList(rule, lists) ? withoutList(permits, rule) : permits;
  const by = usable === permits ? undefined : usable.find(permit => boxHolds(permit, box));
  if (by) return { kind: "permitted", live, by: [by.grant] };
  const whole = piecesOf(rule, usable, policy, lists);
  if (isWhole(rule, whole, usable))
    return { kind: "permitted", live, by: grantsMeeting(box, usable) };
  const excepted = policy.excepted.filter(permit => permit.direction === rule.direction);
  const all = excepted.length > 0 ? [...usable, ...excepted] : usable;
  const kept = excepted.length > 0 ? piecesOf(rule, all, policy, lists) : whole;
  if (excepted.length > 0 && isWhole(rule, kept, all)) return exceptedVerdict(live, box, excepted);
  if (isTolerated(rule, policy, lists)) return { kind: "tolerated", live };
  if (rule.peer.kind === "prefix-list" && lists.isPending?.(rule.peer.id)) {
    return { kind: "waiting", live, list: rule.peer.id };
  }
  return { kind: "drift", live, kept, breaks: forbidsMeeting(rule, policy, lists) };
}

function exceptedVerdict(live: LiveRule, box: Box, excepted: readonly Permit[]): Verdict {
  const by = grantsMeeting(box, excepted);
  const ends = by.flatMap(grant => (grant.kind === "exception" ? [grant.until] : []));
  return { kind: "excepted", live, by, until: Math.min(...ends) };
}

function piecesOf(
  rule: Rule,
  permits: readonly Permit[],
  policy: GroupPolicy,
  lists: ListView,
): Rule[] {
  if (rule.peer.kind !== "prefix-list") return permittedPieces(rule, permits);
  const box = boxOf(rule);
  // A list that a forbid names is judged by its name alone.
  const isNamed = policy.bans.some(
    ban => ban.direction === rule.direction && peerHolds(ban.peer, box.peer),
  );
  const contents = isNamed ? undefined : permittedContents(rule.peer.id, lists);
  return permittedListPieces(rule, permits, contents);
}

// Merged pieces are the rule itself unless its shape cannot be said in one rule; then ask the boxes.
function isWhole(rule: Rule, pieces: readonly Rule[], permits: readonly Permit[]): boolean {
  if (pieces.some(piece => sameRule(piece, rule))) return true;
  return pieces.length > 1 && isCovered(boxOf(rule), permits);
}

// By content only a list that is owned here, not empty and not in the middle of a change.
function permittedContents(id: string, lists: ListView): readonly Cidr[] | undefined {
  const list = lists.get(id);
  const isOwn = list !== undefined && list.owner === lists.account && list.entries.length > 0;
  return isOwn && list.state.endsWith("-complete") ? list.entries : undefined;
}

function isBrokenList(rule: Rule, lists: ListView): boolean {
  return rule.peer.kind === "prefix-list" && (lists.isBroken?.(rule.peer.id) ?? false);
}

const withoutList = (permits: readonly Permit[], rule: Rule): Permit[] =>
  permits.filter(({ peer }) => {
    const isNamed = peer.kind === "prefix-list" && rule.peer.kind === "prefix-list";
    return !isNamed || peer.id !== (rule.peer as { id: string }).id;
  });

function grantsMeeting(box: Box, permits: readonly Permit[]): Grant[] {
  const grants: Grant[] = [];
  for (const permit of permits) {
    if (!boxesMeet(permit, box) || grants.some(g => isSameGrant(g, permit.grant))) continue;
    grants.push(permit.grant);
  }
  return grants;
}

function isTolerated(rule: Rule, policy: GroupPolicy, lists: ListView): boolean {
  if (rule.direction !== "ingress" || policy.advised.length === 0) return false;
  const peer: BoxPeer = { kind: "any" };
  const ports = policy.advised.map((shape): Box => ({ direction: "ingress", shape, peer }));
  const everywhere: Box = { direction: "ingress", shape: rule.shape, peer };
  return isCovered(everywhere, ports) && forbidsMeeting(rule, policy, lists).length === 0;
}

/**
 * The forbids a rule touches. A prefix list is one peer, but what it holds is looked at where it is
 * known, and a list nobody here can vouch for touches every forbid of addresses on its ports.
 */
export function forbidsMeeting(
  rule: Rule,
  policy: Pick<GroupPolicy, "bans">,
  lists: ListView,
): Forbid[] {
  const boxes = forbidBoxes(rule, lists);
  const found = policy.bans.filter(ban => boxes.some(box => boxesMeet(ban, box)));
  return [...new Set(found.map(ban => ban.forbid))];
}

function forbidBoxes(rule: Rule, lists: ListView): Box[] {
  const box = boxOf(rule);
  if (rule.peer.kind !== "prefix-list") return [box];
  const list = lists.get(rule.peer.id);
  if (!list) return [{ ...box, peer: { kind: "any" } }];
  const held = list.entries.map((range): Box => ({ ...box, peer: addresses(range) }));
  return [box, ...held];
}

/** Finds the lists of this account that hold more than the matrix lets them. */
function listDrifts(policy: GroupPolicy, lists: ListView): ListDrift[] {
  return Object.entries(policy.bounds).flatMap(([id, texts]) => {
    const list = lists.get(id);
    if (!list || list.owner !== lists.account || !list.state.endsWith("-complete")) return [];
    const bounds = texts.flatMap(text => parseCidr(text) ?? []);
    const may = bounds.map(addresses);
    const extra = list.entries.filter(entry => !isPeerCovered(addresses(entry), may));
    if (extra.length === 0) return [];
    const staying = list.entries.filter(entry => !extra.includes(entry)).map(addresses);
    const back = bounds.filter(
      bound =>
        extra.some(entry => contains(entry, bound)) && !isPeerCovered(addresses(bound), staying),
    );
    return [{ list, extra, back }];
  });
}
