// The reference of the bundle: a handler that does the least with the same clients, as anybody would
// write it and as SST would bundle it by default.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";

const clients = () => ({
  ec2: new EC2Client(),
  documents: DynamoDBDocumentClient.from(new DynamoDBClient()),
  sns: new SNSClient(),
  bus: new EventBridgeClient(),
  queue: new SQSClient(),
});

/** Names every command so that none is left out of the bundle. */
export const handler = async (event: { groupId: string }): Promise<void> => {
  const { ec2, documents, sns, bus, queue } = clients();
  const { groupId: GroupId } = event;
  const Filters = [{ Name: "group-id", Values: [GroupId] }];
  await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
  const { SecurityGroupRules = [] } = await ec2.send(
    new DescribeSecurityGroupRulesCommand({ Filters }),
  );
  await documents.send(new QueryCommand({ TableName: "policy" }));
  const SecurityGroupRuleIds = SecurityGroupRules.flatMap(rule => rule.SecurityGroupRuleId ?? []);
  await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds }));
  await documents.send(new PutCommand({ TableName: "findings", Item: { GroupId } }));
  await sns.send(new PublishCommand({ Message: GroupId }));
  await bus.send(new PutEventsCommand({ Entries: [] }));
  await queue.send(new SendMessageCommand({ QueueUrl: "", MessageBody: GroupId }));
};
