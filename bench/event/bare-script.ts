// The floor: what anybody would have to do at least to close one hole safely. The same reads as
// Portward's, at once, then one revoke of the rule the event names; nothing is judged, recorded or told.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  type IpPermission,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { BatchGetCommand, DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Config } from "../../functions/wiring/config.ts";

/** Makes the script for an account; it resolves when the revoke is answered. */
export function bareScript(
  { scope, tables }: Config,
  options: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
  },
) {
  const ec2 = new EC2Client(options);
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(options));
  const query = (TableName: string, pk: string, prefix: string) =>
    documents.send(
      new QueryCommand({
        ...{ TableName, ConsistentRead: true },
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":pk": pk, ":prefix": prefix },
      }),
    );
  return async (groupId: string, permission: IpPermission): Promise<void> => {
    const Filters = [{ Name: "group-id", Values: [groupId] }];
    const pause = `PAUSE#${scope}`;
    const Keys = [
      { pk: `MATRIX#${scope}`, sk: "ACTIVE" },
      ...[
        { pk: pause, sk: "ALL" },
        { pk: pause, sk: groupId },
      ],
      { pk: `HOLD#${scope}`, sk: groupId },
    ];
    await Promise.all([
      ec2.send(new DescribeSecurityGroupsCommand({ Filters, MaxResults: 200 })),
      ec2.send(new DescribeSecurityGroupRulesCommand({ Filters, MaxResults: 1000 })),
      documents.send(
        new BatchGetCommand({ RequestItems: { [tables.policy]: { Keys, ConsistentRead: true } } }),
      ),
      query(tables.exceptions, `GROUP#${scope}#${groupId}`, "X#"),
      query(tables.ops, `INTENT#${scope}`, `${groupId}#`),
    ]);
    const input = { GroupId: groupId, IpPermissions: [permission] };
    await ec2.send(new RevokeSecurityGroupIngressCommand(input));
  };
}
