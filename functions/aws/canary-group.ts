// The canary's own group: what it opens in it, whether that is still open, and whether anything wears
// the group. It knows nothing of policies, and touches no other group.
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupRulesCommand,
  EC2Client,
  type EC2ClientConfig,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { canaryAddress, canaryPort } from "../wiring/canary.ts";
import { isDuplicate, isGone } from "./error-codes.ts";

const permission = {
  IpProtocol: "tcp",
  FromPort: canaryPort,
  ToPort: canaryPort,
  IpRanges: [{ CidrIp: canaryAddress, Description: "portward canary" }],
};

export type CanaryGroup = ReturnType<typeof canaryGroup>;

/** The group of an id. */
export function canaryGroup(GroupId: string, options: EC2ClientConfig = {}) {
  const ec2 = new EC2Client({ maxAttempts: 3, ...options });
  const change = { GroupId, IpPermissions: [permission] };
  return {
    /** Tells whether any interface wears the group. */
    async isWorn(): Promise<boolean> {
      const Filters = [{ Name: "group-id", Values: [GroupId] }];
      const { NetworkInterfaces = [] } = await ec2.send(
        new DescribeNetworkInterfacesCommand({ Filters }),
      );
      return NetworkInterfaces.length > 0;
    },

    /** Opens the port; it may be open already. */
    async open(): Promise<void> {
      await unless(isDuplicate, ec2.send(new AuthorizeSecurityGroupIngressCommand(change)));
    },

    /** Tells whether the port is open. */
    async isOpen(): Promise<boolean> {
      const Filters = [{ Name: "group-id", Values: [GroupId] }];
      const { SecurityGroupRules = [] } = await ec2.send(
        new DescribeSecurityGroupRulesCommand({ Filters }),
      );
      return SecurityGroupRules.some(
        ({ IsEgress, CidrIpv4 }) => !IsEgress && CidrIpv4 === canaryAddress,
      );
    },

    /** Closes the port; it may be closed already. */
    async close(): Promise<void> {
      await unless(isGone, ec2.send(new RevokeSecurityGroupIngressCommand(change)));
    },
  };
}

async function unless(isFine: (thrown: unknown) => boolean, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (thrown) {
    if (!isFine(thrown)) throw thrown;
  }
}
