// Judges rule texts under a matrix text: the notation of the verdict and plan tests.
import type { Mode } from "../../matrix/document.ts";
import type { Exception } from "../../matrix/exception.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { noPins, resolvePins } from "../../matrix/flows/selection.ts";
import type { SecurityGroup } from "../../matrix/group.ts";
import { groupPolicy, makePolicy } from "../../matrix/policy.ts";
import { parseRule } from "../../matrix/rules/rule.ts";
import { type Judgement, judge, type ListView } from "../../matrix/verdict.ts";

export const ACCOUNT = "111122223333";

export interface JudgeOptions {
  readonly name?: string;
  readonly lists?: ListView;
  readonly exceptions?: readonly Exception[];
  readonly now?: number;
  readonly ipv6?: boolean;
  readonly pinned?: boolean;
}

/** A group of the account with these rules, ids sgr-1, sgr-2, … in their order. */
export function groupOf(rules: readonly string[], name = "web"): SecurityGroup {
  return {
    id: "sg-0000000a",
    owner: ACCOUNT,
    vpcId: "vpc-0000000a",
    name,
    tags: {},
    rules: rules.map((text, index) => {
      const rule = parseRule(text);
      if (!rule) throw new Error(`not a rule: ${text}`);
      return { rule, ruleId: `sgr-${index + 1}` };
    }),
  };
}

/** Judges the rules of a group named `web` under a matrix in YAML. */
export function judgeUnder(
  matrix: string,
  rules: readonly string[],
  options: JudgeOptions = {},
): Judgement {
  const document = parseMatrix([{ name: "test.yaml", text: matrix }]);
  const group = groupOf(rules, options.name);
  const pins = options.pinned === false ? noPins : resolvePins(document, [group]);
  const { exceptions = [], now = 0, ipv6 = true } = options;
  const policy = groupPolicy(makePolicy(document, pins), group, { ipv6, exceptions, now });
  if (!policy) throw new Error("no entry selects the group");
  return judge(group, policy, options.lists);
}

/** A matrix in YAML with one group `web` and these flows and forbids. */
export function matrixOf(
  flows: readonly string[],
  options: { mode?: Mode; egress?: string; forbid?: readonly string[]; networks?: string } = {},
): string {
  return [
    "matrix: test",
    `mode: ${options.mode ?? "enforce"}`,
    ...(options.networks ? [`networks: ${options.networks}`] : []),
    `groups: { web: { name: web, egress: ${options.egress ?? "listed"} } }`,
    ...(flows.length > 0 ? ["flows:", ...flows.map(flow => `  - ${flow}`)] : []),
    ...(options.forbid ? ["forbid:", ...options.forbid.map(forbid => `  - ${forbid}`)] : []),
  ].join("\n");
}
