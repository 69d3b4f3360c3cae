// Do these rules fit a group? Quotas hold per direction and, apart, per address family.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html

import { Ec2Error } from "../errors.ts";
import type { PrefixList, Tables } from "../state.ts";
import type { Rule } from "./rule.ts";

interface Load {
  ipv4: number;
  ipv6: number;
}

/** Refuses rules that exceed the quota more than the rules before did. */
export function checkQuota(
  before: readonly Rule[],
  after: readonly Rule[],
  lists: Tables["prefixLists"],
  limit: number,
): void {
  for (const egress of [false, true]) {
    const was = loadOf(before, egress, lists);
    const is = loadOf(after, egress, lists);
    if ((is.ipv4 > limit && is.ipv4 > was.ipv4) || (is.ipv6 > limit && is.ipv6 > was.ipv6)) {
      throw new Ec2Error(
        "RulesPerSecurityGroupLimitExceeded",
        "The maximum number of rules per security group has been reached.",
      );
    }
  }
}

/** Tells whether a group's rules still fit when one prefix list has another size. */
export function fitsResized(
  rules: readonly Rule[],
  resized: PrefixList,
  lists: Tables["prefixLists"],
  limit: number,
): boolean {
  const sized = new Map(lists).set(resized.prefixListId, resized);
  return [false, true].every(egress => {
    const { ipv4, ipv6 } = loadOf(rules, egress, sized);
    return Math.max(ipv4, ipv6) <= limit;
  });
}

function loadOf(rules: readonly Rule[], egress: boolean, lists: Tables["prefixLists"]): Load {
  const load = { ipv4: 0, ipv6: 0 };
  for (const rule of rules) {
    if (rule.egress !== egress) continue;
    const weight = weightOf(rule, lists);
    load.ipv4 += weight.ipv4;
    load.ipv6 += weight.ipv6;
  }
  return load;
}

function weightOf(rule: Rule, lists: Tables["prefixLists"]): Load {
  const { peer } = rule;
  if (peer.kind === "ipv4") return { ipv4: 1, ipv6: 0 };
  if (peer.kind === "ipv6") return { ipv4: 0, ipv6: 1 };
  if (peer.kind === "group") return { ipv4: 1, ipv6: 1 };
  const list = lists.get(peer.prefixListId);
  if (list === undefined) return { ipv4: 1, ipv6: 1 };
  // A customer's list counts as many entries as it may hold; an AWS-managed one has a weight.
  if (list.owner === "AWS") return { ipv4: list.maxEntries, ipv6: list.maxEntries };
  return list.family === "IPv4"
    ? { ipv4: list.maxEntries, ipv6: 0 }
    : { ipv4: 0, ipv6: list.maxEntries };
}
