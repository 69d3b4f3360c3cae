// Who may use the key of tables, topics and reports: whoever may use those anyway, and only through them, and
// the services of AWS that publish to a topic. It names no function: tables and topics do that.
import type { Site } from "./site.ts";

const using = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];

/** The policy of the key. */
export function dataKeyPolicy(site: Site): string {
  const { partition, account, region, dnsSuffix } = site;
  const through = (service: string) => ({
    StringEquals: {
      "kms:CallerAccount": account,
      "kms:ViaService": `${service}.${region}.${dnsSuffix}`,
    },
  });
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        // Without it nobody could ever administer the key again.
        Sid: "Administration",
        Effect: "Allow",
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      ...["dynamodb", "sns", "s3"].map(service => ({
        Sid: `Through${service}`,
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [...using, "kms:DescribeKey", "kms:CreateGrant"],
        Resource: "*",
        Condition: through(service),
      })),
      {
        Sid: "Alarms",
        ...publishing("cloudwatch.amazonaws.com"),
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      },
      // SNS takes no such condition from EventBridge for an encrypted topic; the topic's policy has one.
      // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
      { Sid: "Rules", ...publishing("events.amazonaws.com") },
    ],
  });
}

const publishing = (service: string) => ({
  Effect: "Allow",
  Principal: { Service: service },
  Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
  Resource: "*",
});
