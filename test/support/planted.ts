// For the tests of single pieces of reconciling: a group of its own for each test, there as if for long.
import { newPermission } from "../../functions/aws/ip-permission.ts";
import type { GroupSeed, RuleSeed } from "../../local/ec2/ec2.ts";
import { seedVpc } from "../../local/seed.ts";
import { ruleOf } from "./deployed.ts";
import type { Pieces } from "./pieces.ts";

/** Plants a group with these rules and no others, and returns its id; nobody hears of it. */
export function plantGroup(
  { account }: Pick<Pieces, "account">,
  rules: readonly string[] = [],
  more: Partial<GroupSeed> = {},
): string {
  const place = { account: account.accountId, region: account.region };
  const group = { name: "planted", vpcId: seedVpc, defaultEgress: false };
  return account.ec2.seed.group(place, { ...group, rules: rules.map(seedOf), ...more });
}

/** A rule as it is planted. */
function seedOf(text: string): RuleSeed {
  const rule = ruleOf(text);
  const { IpProtocol = "", FromPort, ToPort, IpRanges = [], Ipv6Ranges = [] } = newPermission(rule);
  const cidr = IpRanges[0]?.CidrIp ?? Ipv6Ranges[0]?.CidrIpv6;
  return {
    ...{ egress: rule.direction === "egress", protocol: IpProtocol },
    ...(FromPort === undefined ? {} : { from: FromPort }),
    ...(ToPort === undefined ? {} : { to: ToPort }),
    ...(cidr === undefined ? {} : { cidr }),
    ...(rule.peer.kind === "prefix-list" && { prefixListId: rule.peer.id }),
    ...(rule.peer.kind === "group" && { groupId: rule.peer.id }),
  };
}
