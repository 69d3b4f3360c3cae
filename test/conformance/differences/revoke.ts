// Where moto is not to be believed about revoking rules.
import { ipv4 } from "../trial.ts";
import { after, type Difference, refusal } from "./difference.ts";

const two = [ipv4("tcp", 22, 22, "10.0.0.0/8"), ipv4("tcp", 23, 23, "10.0.0.0/8")] as const;

/** Differences in what revoke takes and tells. */
export const revokeDifferences: readonly Difference[] = [
  {
    behaviour: "revoking a rule and one that is not there, in one call",
    aws: "refused, and neither is revoked",
    known: "documented",
    local: "InvalidPermission.NotFound, then tcp 22 22 10.0.0.0/8; tcp 23 23 10.0.0.0/8",
    moto: "InvalidPermission.NotFound, then tcp 23 23 10.0.0.0/8",
    async ask(trial) {
      await trial.authorize(...two);
      return after(trial, trial.revoke(two[0], ipv4("tcp", 24, 24, "10.0.0.0/8")));
    },
  },
  {
    behaviour: "revoking by values in another spelling",
    aws: "revoked: the values are made canonical first",
    known: "inferred",
    local: "no rules",
    moto: "InvalidPermission.NotFound, then tcp 22 22 10.0.0.0/8",
    async ask(trial) {
      await trial.authorize(two[0]);
      return after(trial, trial.revoke(ipv4("tcp", 22, 22, "10.0.0.9/8")));
    },
  },
  {
    behaviour: "revoking a rule for a group without its description",
    aws: "revoked: the description is not compared",
    known: "documented",
    local: "no rules",
    moto: "InvalidPermission.NotFound, then tcp 22 22 itself",
    async ask(trial) {
      const itself = (more = {}) => ({
        ...ipv4("tcp", 22, 22),
        UserIdGroupPairs: [{ GroupId: trial.groupId, ...more }],
      });
      await trial.authorize(itself({ Description: "office" }));
      return (await after(trial, trial.revoke(itself()))).replace(trial.groupId, "itself");
    },
  },
  {
    behaviour: "what the answer to a revoke names",
    aws: "the rules revoked",
    known: "documented",
    local: "2 of 2 rules",
    moto: "0 of 2 rules",
    async ask(trial) {
      await trial.authorize(...two);
      const { RevokedSecurityGroupRules } = await trial.revoke(...two);
      return `${RevokedSecurityGroupRules?.length ?? 0} of 2 rules`;
    },
  },
  {
    behaviour: "revoking by an id that does not exist",
    aws: "InvalidSecurityGroupRuleId.NotFound",
    known: "inferred",
    local: "InvalidSecurityGroupRuleId.NotFound",
    moto: "InvalidPermission.NotFound",
    ask: ({ client, groupId }) =>
      refusal(
        client.revokeSecurityGroupIngress({
          GroupId: groupId,
          SecurityGroupRuleIds: ["sgr-0123456789abcdef1"],
        }),
      ),
  },
  {
    behaviour: "revoking what is not there in the default VPC",
    aws: "accepted, and named among UnknownIpPermissions",
    known: "documented",
    local: "accepted, 1 unknown",
    moto: "InvalidPermission.NotFound",
    async ask({ client }) {
      const { GroupId } = await client.createSecurityGroup({
        GroupName: `default-vpc-${Date.now()}`,
        Description: "x",
      });
      const call = client.revokeSecurityGroupIngress({ GroupId, IpPermissions: [two[0]] });
      const code = await refusal(call);
      if (code !== "accepted") return code;
      return `accepted, ${(await call).UnknownIpPermissions?.length ?? 0} unknown`;
    },
  },
];
