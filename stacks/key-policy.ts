// Who may use the key of the tables and topics: whoever may use those anyway, and only through them, and
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
      ...["dynamodb", "sns"].map(service => ({
        Sid: `Through${service}`,
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [...using, "kms:DescribeKey", "kms:CreateGrant"],
        Resource: "*",
        Condition: through(service),
      })),
      {
        Sid: "Publishers",
        Effect: "Allow",
        Principal: { Service: ["events.amazonaws.com", "cloudwatch.amazonaws.com"] },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      },
    ],
  });
}
