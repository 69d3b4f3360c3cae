// The code under test, asked about an oracle's case: the case's plain data turned into what matrix/
// takes, and its answers turned back into rule texts.

import type { Exception } from "../../matrix/exception.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import type { Pins } from "../../matrix/flows/selection.ts";
import type { LiveRule, SecurityGroup } from "../../matrix/group.ts";
import type { Plan } from "../../matrix/plan.ts";
import { type GroupPolicy, groupPolicy, makePolicy } from "../../matrix/policy.ts";
import { parseCidr } from "../../matrix/rules/cidr.ts";
import { formatRule, parseRule, type Rule } from "../../matrix/rules/rule.ts";
import { type Judgement, judge, type ListView } from "../../matrix/verdict.ts";
import type { Case, MatrixText } from "./oracle/case.ts";
import { groupsBehind } from "./oracle/roles.ts";

export const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;

/** The policy that the code under test compiles for the judged group. */
export function policyOf(c: Case, now = NOW): GroupPolicy | undefined {
  const policy = makePolicy(documentOf(c.matrix), pinsOf(c));
  return groupPolicy(policy, groupOf(c, c.rules), {
    ipv6: c.ipv6Vpcs.includes(c.subject.vpcId),
    exceptions: c.exceptions.map((_, index) => exceptionOf(c, index)),
    now,
  });
}

/** The judgement of a group with these rules. */
export function judgementOf(c: Case, policy: GroupPolicy, rules: readonly string[]): Judgement {
  return judge(groupOf(c, rules), policy, listsOf(c));
}

/** The group as it is read, with these rules. */
export function groupOf({ subject }: Case, rules: readonly string[]): SecurityGroup {
  return { ...subject, rules: rules.map(liveRule) };
}

const liveRule = (text: string, index: number): LiveRule => ({
  rule: ruleOf(text),
  ruleId: `sgr-${index.toString(16).padStart(17, "0")}`,
});

/** Reads a rule text that must be one. */
export function ruleOf(text: string): Rule {
  const rule = parseRule(text);
  if (!rule) throw new Error(`not a rule text: ${text}`);
  return rule;
}

function documentOf(matrix: MatrixText) {
  return parseMatrix([{ name: "random.json", text: JSON.stringify(matrix) }]);
}

// Who plays an entry that adopts is found whenever the account is read, and stands with the pins.
function pinsOf(c: Case): Pins {
  const byEntry = Object.keys(c.matrix.groups).map(name => [name, groupsBehind(c, name)] as const);
  const byList = Object.entries(c.listPins).map(
    ([id, entries]) => [id, { owner: c.account, entries }] as const,
  );
  return { groups: Object.fromEntries(byEntry), lists: Object.fromEntries(byList) };
}

// An exception's flow is read by the parser like any other of the matrix.
function exceptionOf(c: Case, index: number): Exception {
  const { ask, open } = c.exceptions[index]!;
  const base = {
    id: `x-${index}`,
    state: "active",
    start: NOW - HOUR,
    end: NOW + HOUR,
    groups: [c.subject.id],
    open,
  };
  if ("rule" in ask) return { ...base, rule: ask.rule };
  const flow = documentOf({ ...c.matrix, flows: [ask] }).flows[0]!;
  return { ...base, flow };
}

function listsOf(c: Case): ListView {
  const lists = c.lists.map(list => ({
    ...list,
    version: 1,
    entries: list.entries.map(text => parseCidr(text)!),
  }));
  return { account: c.account, get: id => lists.find(list => list.id === id) };
}

/** A plan in rule texts. */
export interface PlanText {
  readonly modify: readonly { readonly from: string; readonly to: string }[];
  readonly authorize: readonly string[];
  readonly revoke: readonly string[];
}

/** Writes a plan in rule texts. */
export function planText(plan: Plan): PlanText {
  return {
    modify: plan.modify.map(({ live, to }) => ({
      from: formatRule(live.rule),
      to: formatRule(to),
    })),
    authorize: plan.authorize.map(({ rule }) => formatRule(rule)),
    revoke: plan.revoke.map(live => formatRule(live.rule)),
  };
}

/**
 * The rule sets that a plan leads through, one after each step: narrow in place, authorize, revoke. It
 * throws where EC2 would refuse the step.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html
 */
export function statesOf(before: readonly string[], plan: PlanText): string[][] {
  const states: string[][] = [];
  let rules = [...before];
  const remove = (rule: string) => {
    if (!rules.includes(rule)) throw new Error(`InvalidPermission.NotFound: ${rule}`);
    rules = rules.filter(other => other !== rule);
  };
  const add = (rule: string) => {
    if (rules.includes(rule)) throw new Error(`InvalidPermission.Duplicate: ${rule}`);
    rules = [...rules, rule];
  };
  for (const { from, to } of plan.modify) {
    if (peerType(from) !== peerType(to))
      throw new Error(`a rule's type cannot change: ${from}, ${to}`);
    remove(from);
    add(to);
    states.push(rules);
  }
  for (const rule of plan.authorize) {
    add(rule);
    states.push(rules);
  }
  for (const rule of plan.revoke) {
    remove(rule);
    states.push(rules);
  }
  return states;
}

function peerType(rule: string): string {
  const direction = rule.split(" ")[0];
  const peer = rule.split(" ").at(-1) ?? "";
  if (/^(pl|sg)-/.test(peer)) return `${direction} ${peer}`;
  return `${direction} ${peer.includes(":") ? "IPv6" : "IPv4"}`;
}
