// What is read from an account: security groups with their rules one peer each, and prefix lists.
import type { Cidr } from "./rules/cidr.ts";
import { formatRule, type Rule } from "./rules/rule.ts";

/** A live security group as far as selection needs it. */
export interface LiveGroup {
  readonly id: string;
  readonly owner: string;
  readonly vpcId?: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** A rule as it stands on a group. `description` is kept because ModifySecurityGroupRules clears it. */
export interface LiveRule {
  readonly rule: Rule;
  readonly ruleId?: string;
  readonly description?: string;
}

/** Puts rules in the order of their texts. */
export const inOrder = (rules: readonly LiveRule[]): LiveRule[] =>
  rules
    .map(live => ({ live, text: formatRule(live.rule) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ live }) => live);

export interface SecurityGroup extends LiveGroup {
  readonly rules: readonly LiveRule[];
}

/** A managed prefix list; `owner` is an account id or "AWS". */
export interface PrefixList {
  readonly id: string;
  readonly owner: string;
  readonly name?: string;
  readonly state: string;
  readonly version: number;
  readonly maxEntries?: number;
  readonly entries: readonly Cidr[];
}
