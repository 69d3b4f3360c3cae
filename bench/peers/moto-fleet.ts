// Plants a fleet in moto by ordinary calls, and says which of its groups drift.
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { eachAtOnce } from "../../functions/reconcile/batch.ts";
import type { FleetGroup } from "./fleet.ts";

const AT_ONCE = 4;

/** Creates the groups with their rules; returns the ids of those that drift, sorted. */
export async function plantFleet(
  endpoint: string,
  fleet: readonly FleetGroup[],
): Promise<string[]> {
  const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example" };
  const ec2 = new EC2Client({ endpoint, region: "us-east-1", credentials });
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
  const drifting: string[] = [];
  await eachAtOnce(AT_ONCE, fleet, async ({ name, role, rules, isDrifting }) => {
    const { GroupId = "" } = await ec2.send(
      new CreateSecurityGroupCommand({
        ...{ GroupName: name, Description: "fleet", VpcId: Vpc?.VpcId },
        TagSpecifications: [
          { ResourceType: "security-group", Tags: [{ Key: "role", Value: role }] },
        ],
      }),
    );
    const IpPermissions = rules.map(({ port, cidr }) => ({
      ...{ IpProtocol: "tcp", FromPort: port, ToPort: port },
      IpRanges: [{ CidrIp: cidr }],
    }));
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    if (isDrifting) drifting.push(GroupId);
  });
  ec2.destroy();
  return drifting.toSorted();
}
