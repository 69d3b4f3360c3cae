// Who made a call, by the record's userIdentity and user agent. It does not decide who may do what;
// a name or tool in here is what the record says, one line and bounded.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
import { plainText } from "../../../matrix/plain-text.ts";
import type { Actor } from "../../../matrix/trigger.ts";
import { field, isFields, text } from "./fields.ts";

/** ARNs are compared, so they are cut only beyond the longest that IAM makes. */
const LONGEST_ARN = 1_024;

/** Reads who made the call; undefined where the record has no userIdentity. */
export function actorFrom(record: unknown): Actor | undefined {
  const identity = field(record, "userIdentity");
  if (!isFields(identity)) return undefined;
  const arn = line(field(identity, "arn"), LONGEST_ARN);
  const issuer = field(field(identity, "sessionContext"), "sessionIssuer");
  const roleArn = line(field(issuer, "arn"), LONGEST_ARN);
  const type = line(field(identity, "type")) ?? "Unknown";
  const optional = {
    arn,
    account: line(field(identity, "accountId")),
    roleArn,
    accessKeyId: line(field(identity, "accessKeyId")),
    sourceIp: line(field(record, "sourceIPAddress")),
    tool: toolFrom(record, identity),
    userAgent: line(field(record, "userAgent")),
    invokedBy: line(field(identity, "invokedBy")),
  };
  const actor: Actor = {
    type,
    name: nameFrom(identity, type, arn),
    nameChosenByCaller: isChosenName(type, arn, roleArn),
  };
  for (const [key, value] of Object.entries(optional)) {
    if (value !== undefined) Object.assign(actor, { [key]: value });
  }
  return actor;
}

function line(value: unknown, max?: number): string | undefined {
  const given = text(value);
  return given === undefined ? undefined : plainText(given, max);
}

function nameFrom(identity: Record<string, unknown>, type: string, arn?: string): string {
  if (type === "Root") return "root";
  if (type === "AssumedRole" || type === "FederatedUser") {
    const session = arn?.slice(arn.lastIndexOf("/") + 1) || sessionOf(identity);
    if (session) return plainText(session);
  }
  const names = [
    field(identity, "userName"),
    arn?.slice(arn.lastIndexOf("/") + 1),
    field(field(identity, "onBehalfOf"), "userId"),
    field(identity, "principalId"),
    field(identity, "invokedBy"),
    field(identity, "accountId"),
  ];
  return names.map(name => line(name)).find(name => name !== undefined) ?? "unknown";
}

/** The principalId of a session is `AROA…:session`. */
function sessionOf(identity: Record<string, unknown>): string | undefined {
  return text(field(identity, "principalId"))?.split(":")[1];
}

/**
 * Tells whether a session's name is the caller's choice. Identity Center chooses it for the roles
 * under its reserved path; a role elsewhere that only has such a name is anybody's.
 * https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
 */
function isChosenName(type: string, arn?: string, roleArn?: string): boolean {
  if (type === "FederatedUser") return true;
  if (type !== "AssumedRole") return false;
  if (!/:assumed-role\/AWSReservedSSO_[^/]+\/[^/]+$/.test(arn ?? "")) return true;
  return roleArn !== undefined && !roleArn.includes(":role/aws-reserved/sso.amazonaws.com/");
}

/** User agents that name their tool, the most telling first: Terraform's also names a Go SDK. */
const TOOLS: readonly (readonly [RegExp, string])[] = [
  [/\bcloudformation\.amazonaws\.com/i, "cloudformation"],
  [/\bOpenTofu\b/i, "opentofu"],
  [/\bTerraform\b/i, "terraform"],
  [/\bpulumi\b/i, "pulumi"],
  [/\bansible\b/i, "ansible"],
  [/\beksctl\b/i, "eksctl"],
  [/\baws-cdk\b/i, "aws-cdk"],
  [/\baws-cli\//i, "aws-cli"],
  [/\bAWSPowerShell\b/i, "powershell"],
  [/\bBoto3\//i, "boto3"],
  [/\bBotocore\//i, "botocore"],
  [/\b(?:console|signin)\.(?:[\w-]+\.)?amazonaws\.com/i, "console"],
  [/^Mozilla\//i, "console"],
];

function toolFrom(record: unknown, identity: Record<string, unknown>): string | undefined {
  const agent = text(field(record, "userAgent"))?.slice(0, 1_024) ?? "";
  const invokedBy = line(field(identity, "invokedBy"));
  const claims = `${agent} ${invokedBy ?? ""}`;
  const known = TOOLS.find(([form]) => form.test(claims))?.[1];
  if (known !== undefined) return known;
  if (text(field(record, "sessionCredentialFromConsole")) === "true") return "console";
  const sdk = /\baws-sdk-[a-z0-9+-]{1,24}/i.exec(agent)?.[0].toLowerCase();
  return sdk ?? invokedBy;
}
