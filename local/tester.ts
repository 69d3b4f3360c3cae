// An ordinary EC2 client, as a tester or an intruder would use it: it opens, changes and closes rules
// by rule text and knows nothing of Portward. It reads back what stands, for whoever compares.
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeManagedPrefixListsCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
  GetManagedPrefixListEntriesCommand,
  ModifyManagedPrefixListCommand,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { liveRule, newPermission, ruleRequest } from "../functions/aws/ip-permission.ts";
import { formatRule, parseRule, type Rule } from "../matrix/rules/rule.ts";
import type { Account } from "./account.ts";
import { accessKeyOf, type KeyName, secretOf } from "./identities.ts";

/** A rule as it stands on a group. */
export interface StandingRule {
  readonly ruleId: string;
  readonly rule: string;
}

export type Tester = ReturnType<typeof createTester>;

/** Makes the client of one identity of a local account. */
export function createTester(account: Pick<Account, "url" | "region">, name: KeyName = "tester") {
  const accessKeyId = accessKeyOf(name);
  const ec2 = new EC2Client({
    endpoint: account.url,
    region: account.region,
    credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
    maxAttempts: 1,
  });

  return {
    /** Creates a group and returns its id. */
    async createGroup(GroupName: string, VpcId: string): Promise<string> {
      const made = new CreateSecurityGroupCommand({ GroupName, VpcId, Description: GroupName });
      return (await ec2.send(made)).GroupId ?? "";
    },

    /** Opens rules of one direction in one call. */
    async authorize(GroupId: string, rules: readonly string[]): Promise<void> {
      const input = { GroupId, IpPermissions: rules.map(text => newPermission(ruleOf(text))) };
      await (isIngress(rules)
        ? ec2.send(new AuthorizeSecurityGroupIngressCommand(input))
        : ec2.send(new AuthorizeSecurityGroupEgressCommand(input)));
    },

    /** Closes rules of one direction in one call. */
    async revoke(GroupId: string, rules: readonly string[]): Promise<void> {
      const input = { GroupId, IpPermissions: rules.map(text => newPermission(ruleOf(text))) };
      await (isIngress(rules)
        ? ec2.send(new RevokeSecurityGroupIngressCommand(input))
        : ec2.send(new RevokeSecurityGroupEgressCommand(input)));
    },

    /** Gives a standing rule another content under its id. */
    async modify(GroupId: string, from: string, to: string): Promise<void> {
      const standing = (await this.rules(GroupId)).find(({ rule }) => rule === from);
      if (!standing) throw new Error(`${GroupId} has no rule ${from}`);
      const SecurityGroupRule = ruleRequest(ruleOf(to));
      const change = { SecurityGroupRuleId: standing.ruleId, SecurityGroupRule };
      await ec2.send(
        new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules: [change] }),
      );
    },

    /** Reads the rules of a group, in the order of their text. */
    async rules(groupId: string): Promise<StandingRule[]> {
      const { SecurityGroupRules = [] } = await ec2.send(
        new DescribeSecurityGroupRulesCommand({
          Filters: [{ Name: "group-id", Values: [groupId] }],
          MaxResults: 1_000,
        }),
      );
      return SecurityGroupRules.map(wire => {
        const live = liveRule(wire);
        if (!live) throw new Error(`unreadable rule ${wire.SecurityGroupRuleId} of ${groupId}`);
        return { ruleId: wire.SecurityGroupRuleId ?? "", rule: formatRule(live.rule) };
      }).sort((a, b) => (a.rule < b.rule ? -1 : 1));
    },

    /** Adds a block to a prefix list. */
    async addEntry(PrefixListId: string, Cidr: string): Promise<void> {
      const { PrefixLists = [] } = await ec2.send(
        new DescribeManagedPrefixListsCommand({ PrefixListIds: [PrefixListId] }),
      );
      await ec2.send(
        new ModifyManagedPrefixListCommand({
          PrefixListId,
          CurrentVersion: Number(PrefixLists[0]?.Version),
          AddEntries: [{ Cidr }],
        }),
      );
    },

    /** Reads the blocks of a prefix list, sorted. */
    async entries(PrefixListId: string): Promise<string[]> {
      const { Entries = [] } = await ec2.send(
        new GetManagedPrefixListEntriesCommand({ PrefixListId, MaxResults: 100 }),
      );
      return Entries.map(({ Cidr = "" }) => Cidr).sort();
    },
  };
}

function ruleOf(text: string): Rule {
  const rule = parseRule(text);
  if (!rule) throw new Error(`${text} is no rule text`);
  return rule;
}

const isIngress = (rules: readonly string[]): boolean =>
  rules.every(text => text.startsWith("ingress "));
