// What each function may call, and on what, side by side. Data only: stacks/roles.ts makes roles of it,
// a test compares it with the calls the functions make (test/stacks/granted-calls.test.ts).
import type { TableName } from "../functions/wiring/tables.ts";
import { type HubFunction, hubPermissions } from "./hub-permissions.ts";
import { reportBucketName, type Site } from "./site.ts";

export type FunctionName =
  | ("remediate" | "attachments" | "sweep" | "audit" | "window" | "api" | "notify" | "canary")
  | HubFunction;

/** An `Allow` statement. */
export interface Grant {
  readonly actions: readonly string[];
  /** ARNs of resources. */
  readonly on: readonly string[];
  readonly when?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/**
 * The functions that bring groups to their policy: only they write EC2. They write findings, and
 * beside them only `attachments` does, of what is exposed.
 */
export const reconcilers = [
  "remediate",
  "sweep",
  "audit",
  "window",
] as const satisfies readonly FunctionName[];

/** What each function calls itself. */
export function permissionsOf(site: Site): Readonly<Record<FunctionName, readonly Grant[]>> {
  const all = grantsOf(site);
  if (site.parameters.acts) return all;
  const reading = Object.entries(all).map(
    ([name, grants]) => [name, grants.filter(grant => !isWritingEc2(grant))] as const,
  );
  return { ...all, ...Object.fromEntries(reading) };
}

// A stage that only reports is not to be trusted with it.
const isWritingEc2 = ({ actions }: Grant): boolean =>
  actions.some(action => /^ec2:(?!Describe|Get)/.test(action));

function grantsOf(site: Site): Readonly<Record<FunctionName, readonly Grant[]>> {
  const on = resourcesOf(site);
  return {
    remediate: [
      ...reconciling(on),
      allow("ec2:ModifySecurityGroupRules", on.groups, on.rules),
      allow("sqs:SendMessage", on.queue("remediate"), on.queue("dead-letters")),
    ],
    attachments: [
      ...seeing(on),
      allow(["dynamodb:BatchGetItem", "dynamodb:Query"], on.table("policy")),
      allow("dynamodb:GetItem", on.table("exceptions")),
      allow("dynamodb:Query", on.index("exceptions", "by-end")),
      ...recording(on),
      // What else comes by its rule is handed over.
      allow("sqs:SendMessage", on.queue("remediate")),
    ],
    sweep: [
      ...reconciling(on),
      ...movingExceptions(on),
      allow("dynamodb:Query", on.index("exceptions", "by-end"), on.table("history")),
      // Findings whose run died before it told anybody.
      allow("dynamodb:Query", on.index("findings", "by-day")),
      // Pauses are told of and cleared away; jobs and news that nobody heard are told again.
      allow(["dynamodb:UpdateItem", "dynamodb:DeleteItem"], on.table("policy")),
      ...mailing(site, on),
    ],
    window: [...reconciling(on), ...movingExceptions(on)],
    audit: [
      ...reconciling(on),
      allow("dynamodb:Query", on.index("exceptions", "by-end")),
      // Whether a history is whole; what is missing at its end is written after.
      allow(["dynamodb:Query", "dynamodb:PutItem"], on.table("history")),
      allow("dynamodb:GetItem", on.table("exceptions"), on.table("ops"), on.table("policy")),
      allow(["dynamodb:PutItem", "dynamodb:DeleteItem"], on.table("policy")),
      // Its own plumbing: rules that hear, a trail that logs, letters that died, regions in use.
      allow(["events:ListRules", "events:ListTargetsByRule"], on.allRules),
      allow(["cloudtrail:DescribeTrails", "ec2:DescribeRegions"], "*"),
      allow(["cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus"], on.trails),
      allow("sqs:GetQueueAttributes", on.queue("dead-letters")),
      allow("s3:PutObject", on.reports),
    ],
    api: [
      // What it reads of EC2 is the groups an exception is asked for.
      allow(["ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"], "*"),
      allow("dynamodb:GetItem", on.table("findings")),
      allow("dynamodb:Query", on.index("findings", "by-day"), on.index("findings", "by-id")),
      allow(
        ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
        on.table("exceptions"),
      ),
      allow("dynamodb:Query", on.index("exceptions", "by-end")),
      allow(["dynamodb:PutItem", "dynamodb:Query"], on.table("history")),
      allow(["dynamodb:BatchGetItem", ...everyItem], on.table("policy")),
      allow(everyItem, on.table("ops")),
      allow("events:PutEvents", on.bus),
      allow("sns:Publish", on.topic("alerts")),
      ...mailing(site, on),
      { ...allow("kms:VerifyMac", on.keys), when: byApprovalAlias(site) },
      allow(["scheduler:CreateSchedule", "scheduler:DeleteSchedule"], on.schedules),
      { ...allow("iam:PassRole", site.roleArn("schedules")), when: passedToScheduler },
      allow("sqs:GetQueueAttributes", on.queue("remediate"), on.queue("dead-letters")),
      ...chatSecretOf(site),
    ],
    notify: [
      allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"], on.table("ops")),
      allow("sqs:SendMessage", on.queue("notify-dead-letters")),
      ...chatSecretOf(site),
    ],
    canary: [
      allow(["ec2:DescribeSecurityGroupRules", "ec2:DescribeNetworkInterfaces"], "*"),
      { ...allow(canaryCalls, on.groups), when: ofCanary(site) },
    ],
    ...hubPermissions(site, { ...on, records: keeping(on) }),
  };
}

const everyItem = [
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:UpdateItem",
  "dynamodb:DeleteItem",
  "dynamodb:Query",
];

/** What the state of an exception that starts, or ends, takes. */
const movingExceptions = (on: Resources): readonly Grant[] => [
  allow(["dynamodb:GetItem", "dynamodb:UpdateItem"], on.table("exceptions")),
  allow("dynamodb:PutItem", on.table("history")),
];

/** A link for each approver. */
const mailing = (site: Site, on: Resources): readonly Grant[] => [
  { ...allow("kms:GenerateMac", on.keys), when: byApprovalAlias(site) },
  allow("sns:Publish", on.topic("approvals")),
];

// A policy knows a key by an id that AWS draws; the alias is what functions ask by, and no other.
const byApprovalAlias = (site: Site) => ({
  StringEquals: { "kms:RequestAlias": `alias/${site.name("approvals")}` },
});

const passedToScheduler = {
  StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" },
};

// A secret's ARN ends in six characters that AWS draws.
const chatSecretOf = ({ parameters: { chatSecret }, arn }: Site): readonly Grant[] =>
  chatSecret === undefined
    ? []
    : [
        allow(
          "secretsmanager:GetSecretValue",
          arn("secretsmanager", `secret:${chatSecret}-??????`),
        ),
      ];

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
  remediate: ["remediate"],
  attachments: ["attachments"],
  notify: ["notify"],
  hub: ["members", "member-attachments"],
  rounds: ["rounds"],
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
    allRules: site.arn("events", "rule/*"),
    trails: `arn:${site.partition}:cloudtrail:*:*:trail/*`,
    keys: site.arn("kms", "key/*"),
    schedules: site.arn("scheduler", `schedule/${site.name("exceptions")}/*`),
    ...changeable(site),
    reports: `arn:${site.partition}:s3:::${reportBucketName(site)}/*`,
  };
}

// This account's, in this region: a group that another account shares with it is not among them.
const changeable = (site: Site) => ({
  groups: site.arn("ec2", "security-group/*"),
  rules: site.arn("ec2", "security-group-rule/*"),
  lists: site.arn("ec2", "prefix-list/*"),
});

/** What the role of a hub may do in a member: what remediate may do to groups, and nothing more. */
export function memberGrants(site: Site): readonly Grant[] {
  const { groups, rules, lists } = changeable(site);
  const modify = allow("ec2:ModifySecurityGroupRules", groups, rules);
  const all = [...changing({ groups, rules, lists }), modify];
  return site.parameters.acts ? all : all.filter(grant => !isWritingEc2(grant));
}

// Reading a group and its policy, closing, restoring, recording and telling.
const reconciling = (on: Resources): readonly Grant[] => [...changing(on), ...keeping(on)];

/** What it is judged by, what is recorded and told. */
const keeping = (on: Resources): readonly Grant[] => [
  allow(["dynamodb:BatchGetItem", "dynamodb:Query"], on.table("policy"), on.table("exceptions")),
  ...recording(on),
];

/** Reading groups, closing and restoring: what a hub may do in a member, too. */
function changing(on: Pick<Resources, "groups" | "rules" | "lists">): readonly Grant[] {
  return [
    ...seeing(on),
    allow("ec2:DescribeSecurityGroupRules", "*"),
    allow(
      [
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
        "ec2:RevokeSecurityGroupEgress",
      ],
      on.groups,
      on.rules,
    ),
    allow("ec2:ModifyManagedPrefixList", on.lists),
  ];
}

function seeing(on: Pick<Resources, "lists">): readonly Grant[] {
  return [
    allow(
      [
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeManagedPrefixLists",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeVpcs",
      ],
      "*",
    ),
    allow("ec2:GetManagedPrefixListEntries", on.lists),
  ];
}

function recording(on: Resources): readonly Grant[] {
  return [
    allow(["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"], on.table("findings")),
    allow(
      ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Query"],
      on.table("ops"),
    ),
    allow("sns:Publish", on.topic("alerts")),
    allow("events:PutEvents", on.bus),
  ];
}

/** A grant of calls on resources. */
export function allow(actions: string | readonly string[], ...on: string[]): Grant {
  return { actions: typeof actions === "string" ? [actions] : actions, on };
}
