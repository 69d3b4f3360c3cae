// What each function may call, and on what, side by side. Data only: stacks/roles.ts makes roles of it,
// a test compares it with the calls the functions make (test/stacks/permissions.test.ts).
import type { TableName } from "../functions/wiring/tables.ts";
import type { Site } from "./site.ts";

export type FunctionName = "remediate" | "sweep" | "audit" | "window" | "api" | "canary";

/** An `Allow` statement. */
export interface Grant {
  readonly actions: readonly string[];
  /** ARNs of resources. */
  readonly on: readonly string[];
  readonly when?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** The functions that bring groups to their policy. Only they write findings, and only they write EC2. */
export const reconcilers = [
  "remediate",
  "sweep",
  "audit",
  "window",
] as const satisfies readonly FunctionName[];

/** Why an action is granted on `*`: AWS knows no narrower resource for it. */
export const onEverything: Readonly<Record<string, string>> = {
  "ec2:DescribeManagedPrefixLists": "EC2's describe calls know no resources",
  "ec2:DescribeNetworkInterfaces": "EC2's describe calls know no resources",
  "ec2:DescribeSecurityGroupRules": "EC2's describe calls know no resources",
  "ec2:DescribeSecurityGroups": "EC2's describe calls know no resources",
  "ec2:DescribeVpcs": "EC2's describe calls know no resources",
  "xray:PutTelemetryRecords": "X-Ray's segments belong to nothing that has a name",
  "xray:PutTraceSegments": "X-Ray's segments belong to nothing that has a name",
};

/** What each function calls itself. */
export function permissionsOf(site: Site): Readonly<Record<FunctionName, readonly Grant[]>> {
  const on = resourcesOf(site);
  return {
    remediate: [
      ...reconciling(on),
      allow("sqs:SendMessage", on.queue("remediate"), on.queue("dead-letters")),
    ],
    sweep: [
      ...reconciling(on),
      // What became of an exception whose time has come, and who is told of a pause.
      allow("dynamodb:UpdateItem", on.table("exceptions"), on.table("policy")),
      allow("dynamodb:Query", on.index("exceptions", "by-end")),
      allow("dynamodb:PutItem", on.table("history")),
    ],
    api: [allow("dynamodb:Query", on.table("findings")), allow("events:PutEvents", on.bus)],
    canary: [
      allow("ec2:DescribeSecurityGroupRules", "*"),
      allow("ec2:DescribeNetworkInterfaces", "*"),
      { ...allow(canaryCalls, on.groups), when: ofCanary(site) },
    ],
  };
}

const canaryCalls = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"];

// The tag is put on by the stacks, and nothing of Portward may tag.
const ofCanary = ({ stage }: Site) => ({
  StringEquals: { "aws:ResourceTag/portward-canary": stage },
});

/** What every function of Lambda does beside its own calls: logs, traces. */
export function runtimeGrants(site: Site, name: FunctionName): readonly Grant[] {
  const group = site.arn("logs", `log-group:/aws/lambda/${site.name(name)}`);
  const consumed = consumedQueues[name] ?? [];
  return [
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], `${group}:*`),
    allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
    ...(consumed.length > 0
      ? [allow(consuming, ...consumed.map(queue => site.arn("sqs", site.name(queue))))]
      : []),
  ];
}

/** What Lambda calls as a function's role to consume a queue for it. */
const consuming = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

/** The queues Lambda consumes for a function. */
export const consumedQueues: Readonly<Partial<Record<FunctionName, readonly string[]>>> = {
  remediate: ["remediate", "attachments"],
};

type Resources = ReturnType<typeof resourcesOf>;

function resourcesOf(site: Site) {
  const table = (name: TableName) => site.arn("dynamodb", `table/${site.name(name)}`);
  return {
    table,
    index: (name: TableName, index: string) => `${table(name)}/index/${index}`,
    queue: (name: string) => site.arn("sqs", site.name(name)),
    topic: (name: string) => site.arn("sns", site.name(name)),
    bus: site.arn("events", "event-bus/default"),
    // This account's, in this region: a group that another account shares with it is not among them.
    groups: site.arn("ec2", "security-group/*"),
    rules: site.arn("ec2", "security-group-rule/*"),
    lists: site.arn("ec2", "prefix-list/*"),
  };
}

// Reading a group and its policy, closing, restoring, recording and telling.
function reconciling(on: Resources): readonly Grant[] {
  return [
    allow(
      [
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeManagedPrefixLists",
        "ec2:DescribeVpcs",
      ],
      "*",
    ),
    allow("ec2:GetManagedPrefixListEntries", on.lists),
    allow(
      [
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:ModifySecurityGroupRules",
      ],
      on.groups,
      on.rules,
    ),
    allow("ec2:ModifyManagedPrefixList", on.lists),
    allow(["dynamodb:BatchGetItem", "dynamodb:Query"], on.table("policy"), on.table("exceptions")),
    allow(
      ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"],
      on.table("findings"),
    ),
    allow(["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"], on.table("ops")),
    allow("sns:Publish", on.topic("alerts")),
    allow("events:PutEvents", on.bus),
  ];
}

function allow(actions: string | readonly string[], ...on: string[]): Grant {
  return { actions: typeof actions === "string" ? [actions] : actions, on };
}
