// An imported matrix held against the account it came from: per group and direction the same packets,
// and nothing for enforce to do.
import { compileMatrix } from "../../matrix/compile.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { resolvePins } from "../../matrix/flows/selection.ts";
import type { SecurityGroup } from "../../matrix/group.ts";
import { importMatrix } from "../../matrix/import/import-matrix.ts";
import { describePlan, planFor } from "../../matrix/plan.ts";
import { groupPolicy, makePolicy } from "../../matrix/policy.ts";
import { addresses, type Box, boxOf, isCovered } from "../../matrix/rules/box.ts";
import { everyAddress } from "../../matrix/rules/cidr.ts";
import { ICMP, ICMPV6 } from "../../matrix/rules/protocol.ts";
import { formatRule, parseRule, type Rule } from "../../matrix/rules/rule.ts";
import { judge } from "../../matrix/verdict.ts";

export const ACCOUNT = "111122223333";
export const VPC = "vpc-0a000000000000001";

/** The groups that tests import, by their names. */
export const ids = {
  web: "sg-0a000000000000001",
  db: "sg-0b000000000000002",
  api: "sg-0c000000000000003",
};

/** A live group with these rules, each with what is written beside it. */
export function group(
  name: keyof typeof ids,
  rules: Readonly<Record<string, string>>,
  more: Partial<SecurityGroup> = {},
): SecurityGroup {
  const live = Object.entries(rules).map(([text, description]) => {
    const rule = parseRule(text);
    if (!rule) throw new Error(`not a rule: ${text}`);
    return { rule, ...(description === "" ? {} : { description }) };
  });
  return { id: ids[name], owner: ACCOUNT, vpcId: VPC, name, tags: {}, ...more, rules: live };
}

/** Imports groups of VPCs without IPv6, where the law of an import holds. */
export function imported(...groups: SecurityGroup[]): string {
  return lawful(groups, new Set());
}

/** Imports groups as `imported` does, but for these VPCs with IPv6. */
export function lawful(groups: readonly SecurityGroup[], ipv6Vpcs: ReadonlySet<string>): string {
  const { text, faults } = importAndCheck(groups, ipv6Vpcs);
  if (faults.length > 0) throw new Error(`${faults.join("\n")}\n${text}`);
  return text;
}

/** The lines of one section of an imported matrix, without their indentation. */
export function sectionOf(text: string, name: "networks" | "groups" | "flows"): string[] {
  const [, section = ""] = text.split(`\n${name}:\n`);
  const [lines = ""] = section.split("\n\n");
  return lines.split("\n").flatMap(line => (line === "" ? [] : [line.slice(2)]));
}

export interface ImportedAccount {
  readonly text: string;
  readonly document: MatrixDocument;
  /** What is wrong, in words; empty where the law holds. */
  readonly faults: readonly string[];
}

/** Rules that the matrix has no words for. */
export const isUnsayable = ({ peer, shape }: Rule): boolean =>
  (peer.kind === "group" && peer.owner === "?") ||
  (peer.kind === "cidr" && shape.protocol === (peer.cidr.family === 4 ? ICMPV6 : ICMP));

/** Imports groups and holds the result to its law. */
export function importAndCheck(
  groups: readonly SecurityGroup[],
  ipv6Vpcs: ReadonlySet<string>,
): ImportedAccount {
  const { text } = importMatrix({
    ...{ groups, ipv6Vpcs, account: ACCOUNT, source: "a test", title: "test" },
  });
  const document = parseMatrix([{ name: "imported.yaml", text }]);
  const pins = resolvePins(document, groups);
  compileMatrix(document, pins);
  const enforced = makePolicy({ ...document, mode: "enforce" }, pins);
  const faults = groups.flatMap(group => {
    const ipv6 = ipv6Vpcs.has(group.vpcId ?? "");
    const policy = groupPolicy(enforced, group, { ipv6 });
    if (!policy) return [`${group.name} is not governed`];
    const rules = group.rules.map(({ rule }) => rule).filter(rule => !isUnsayable(rule));
    const permits = [...policy.ingress, ...policy.egress].flatMap(permit =>
      realBoxes(permit, ipv6),
    );
    const plan = planFor(
      judge({ ...group, rules: rules.map(rule => ({ rule })) }, policy),
      "enforce",
    );
    return [
      ...describePlan(plan).map(step => `${group.name}: enforce would ${step}`),
      ...rules
        .filter(rule => !isCovered(boxOf(rule), permits.concat(withinFamilies(rule, ipv6))))
        .map(rule => `${group.name}: ${formatRule(rule)} is not permitted`),
      ...permits
        .filter(permit => !isCovered(permit, rules.map(boxOf)))
        .map(permit => `${group.name}: more is permitted: ${JSON.stringify(permit.shape)}`),
    ];
  });
  return { text, document, faults };
}

// An open egress is everything that can leave: in a VPC without IPv6 every IPv4 address, which is where
// groups and prefix lists are too.
function realBoxes(permit: Box, ipv6: boolean): Box[] {
  if (permit.peer.kind !== "any") return [permit];
  const families = ipv6 ? ([4, 6] as const) : ([4] as const);
  return families.map(family => ({ ...permit, peer: addresses(everyAddress(family)) }));
}

// What an open egress lets out beside addresses is no more than the addresses it lets out.
function withinFamilies(rule: Rule, ipv6: boolean): Box[] {
  const isElsewhere = rule.peer.kind !== "cidr" || (rule.peer.cidr.family === 6 && !ipv6);
  return rule.direction === "egress" && isElsewhere ? [boxOf(rule)] : [];
}
