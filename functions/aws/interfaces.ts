// The network interfaces that carry a security group: what a rule of it reaches. One page is enough
// for an alert; whoever needs them all reads them elsewhere.
import { DescribeNetworkInterfacesCommand, type EC2Client } from "@aws-sdk/client-ec2";
import type { Carrier, Reach } from "../../matrix/alert/reach.ts";

export type Interfaces = ReturnType<typeof interfaces>;

const PAGE = 50;
/** An alert does not wait longer for what is not its news. */
const PATIENCE_MS = 3_000;

/** The interfaces of one account and region. */
export function interfaces(ec2: EC2Client) {
  return {
    /** Reads what carries a group; throws where it cannot be read in time. */
    async carrying(groupId: string): Promise<Extract<Reach, { kind: "known" }>> {
      const page = await ec2.send(
        new DescribeNetworkInterfacesCommand({
          Filters: [{ Name: "group-id", Values: [groupId] }],
          MaxResults: PAGE,
        }),
        { abortSignal: AbortSignal.timeout(PATIENCE_MS) },
      );
      const carriers = (page.NetworkInterfaces ?? []).map((wire): Carrier => {
        const publicAddress = wire.Association?.PublicIp;
        const instanceId = wire.Attachment?.InstanceId;
        return {
          interfaceId: wire.NetworkInterfaceId ?? "",
          ...(wire.PrivateIpAddress && { address: wire.PrivateIpAddress }),
          ...(publicAddress && { publicAddress }),
          ...(instanceId && { instanceId }),
          ...(wire.Description && { description: wire.Description }),
        };
      });
      return { kind: "known", carriers, isWhole: !page.NextToken };
    },
  };
}
