// Why a grant of stacks/permissions.ts is wider than one thing: a test refuses every `*` that has no reason
// here.

/** Why an action is granted on `*`: AWS knows no narrower resource for it. */
export const onEverything: Readonly<Record<string, string>> = {
  "cloudtrail:DescribeTrails": "it lists trails, and names none",
  "ec2:DescribeManagedPrefixLists": "EC2's describe calls know no resources",
  "ec2:DescribeNetworkInterfaces": "EC2's describe calls know no resources",
  "ec2:DescribeRegions": "EC2's describe calls know no resources",
  "ec2:DescribeSecurityGroupRules": "EC2's describe calls know no resources",
  "ec2:DescribeSecurityGroups": "EC2's describe calls know no resources",
  "ec2:DescribeVpcs": "EC2's describe calls know no resources",
  "xray:PutTelemetryRecords": "X-Ray's segments belong to nothing that has a name",
  "xray:PutTraceSegments": "X-Ray's segments belong to nothing that has a name",
};

/** Why a grant is on many resources of one kind: by the end of their ARN. */
export const onManyOfAKind: Readonly<Record<string, string>> = {
  "security-group/*":
    "any group of this account and region may drift; the canary's has a condition",
  "security-group-rule/*": "the same of their rules, whose ids EC2 draws",
  "prefix-list/*": "the same of the lists that rules refer to",
  "rule/*": "the audit looks whether some rule hears the events, whoever made it",
  "trail/*":
    "the audit looks whether some trail logs, also an organization's, of another region and account",
  "key/*": "AWS draws a key's id; a condition holds it to one alias",
  "portward-STAGE-reports/*": "a report is called after its audit",
  "schedule/portward-STAGE-exceptions/*": "a schedule is called after its exception",
  "log-group:/aws/lambda/portward-STAGE-FUNCTION:*": "Lambda draws the names of log streams",
};
