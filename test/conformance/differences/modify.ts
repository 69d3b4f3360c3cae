// Where moto is not to be believed about ModifySecurityGroupRules and descriptions.
import type { SecurityGroupRuleRequest } from "@aws-sdk/client-ec2";
import { ipv4, ipv6, type Trial } from "../trial.ts";
import { after, type Difference, refusal } from "./difference.ts";

const ssh = ipv4("tcp", 22, 22, "10.0.0.0/8");
const request = { IpProtocol: "tcp", FromPort: 22, ToPort: 22 };

/** Authorizes the ip permission, then gives its rule new content. */
async function modify(
  trial: Trial,
  permission: typeof ssh,
  ...contents: SecurityGroupRuleRequest[]
): Promise<string> {
  const { SecurityGroupRules = [] } = await trial.authorize(permission);
  const SecurityGroupRuleId = SecurityGroupRules[0]?.SecurityGroupRuleId;
  return after(
    trial,
    trial.client.modifySecurityGroupRules({
      GroupId: trial.groupId,
      SecurityGroupRules: contents.map(SecurityGroupRule => ({
        SecurityGroupRuleId,
        SecurityGroupRule,
      })),
    }),
  );
}

/** Differences in what modify changes and refuses. */
export const modifyDifferences: readonly Difference[] = [
  {
    behaviour: "modifying to a block with host bits",
    aws: "the host bits are cleared",
    known: "documented",
    local: "tcp 22 22 10.9.0.0/16",
    moto: "tcp 22 22 10.9.8.7/16",
    ask: trial => modify(trial, ssh, { ...request, CidrIpv4: "10.9.8.7/16" }),
  },
  {
    behaviour: "modifying an IPv6 rule",
    aws: "changed",
    known: "documented",
    local: "tcp 22 22 2001:db8::/32",
    moto: "tcp 22 22 ::/0",
    ask: trial =>
      modify(trial, ipv6("tcp", 22, 22, "::/0"), { ...request, CidrIpv6: "2001:db8::/32" }),
  },
  {
    behaviour: "modifying an IPv4 rule into an IPv6 one",
    aws: "refused",
    known: "documented",
    local: "InvalidParameterValue, then tcp 22 22 10.0.0.0/8",
    moto: "tcp 22 22 10.0.0.0/8",
    ask: trial => modify(trial, ssh, { ...request, CidrIpv6: "::/0" }),
  },
  {
    behaviour: "modifying a rule into one that is there",
    aws: "a duplicate",
    known: "inferred",
    local: "InvalidPermission.Duplicate, then tcp 22 22 10.0.0.0/8; tcp 22 22 172.16.0.0/12",
    moto: "tcp 22 22 172.16.0.0/12; tcp 22 22 172.16.0.0/12",
    async ask(trial) {
      await trial.authorize(ipv4("tcp", 22, 22, "172.16.0.0/12"));
      return modify(trial, ssh, { ...request, CidrIpv4: "172.16.0.0/12" });
    },
  },
  {
    behaviour: "modifying to every protocol, without ports",
    aws: "changed",
    known: "inferred",
    local: "-1 -1 -1 10.0.0.0/8",
    moto: "InvalidParameterValue, then tcp 22 22 10.0.0.0/8",
    ask: trial => modify(trial, ssh, { IpProtocol: "-1", CidrIpv4: "10.0.0.0/8" }),
  },
  {
    behaviour: "one rule modified twice in a call",
    aws: "refused",
    known: "inferred",
    local: "InvalidParameterValue, then tcp 22 22 10.0.0.0/8",
    moto: "tcp 22 22 10.2.0.0/16",
    ask: trial =>
      modify(
        trial,
        ssh,
        { ...request, CidrIpv4: "10.1.0.0/16" },
        { ...request, CidrIpv4: "10.2.0.0/16" },
      ),
  },
  {
    behaviour: "replacing a description by rule id",
    aws: "replaced",
    known: "documented",
    local: "office",
    moto: "no description",
    async ask({ client, groupId: GroupId, authorize }) {
      const { SecurityGroupRules = [] } = await authorize(ssh);
      const id = SecurityGroupRules[0]?.SecurityGroupRuleId ?? "";
      await client.updateSecurityGroupRuleDescriptionsIngress({
        GroupId,
        SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: id, Description: "office" }],
      });
      const { SecurityGroupRules: now = [] } = await client.describeSecurityGroupRules({
        SecurityGroupRuleIds: [id],
      });
      return now[0]?.Description ?? "no description";
    },
  },
  {
    behaviour: "replacing the description of a rule that is not there",
    aws: "refused",
    known: "inferred",
    local: "InvalidPermission.NotFound",
    moto: "accepted",
    ask: ({ client, groupId: GroupId }) =>
      refusal(client.updateSecurityGroupRuleDescriptionsIngress({ GroupId, IpPermissions: [ssh] })),
  },
];
