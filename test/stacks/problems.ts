// What may not be deployed, as functions from a stage's resources to problems: run on the real stages,
// which have none, and on ones changed for the worse.
import { routes } from "../../functions/wiring/routes.ts";
import { onEverything, onManyOfAKind } from "../../stacks/reasons.ts";
import type { Resource, Synthesis } from "../../stacks/synth/resource.ts";
import { all, granted, list, type Statement, statements, text } from "./graph.ts";

/** Roles and resource policies that allow more than named calls on named things to named callers. */
export function policyProblems(graph: Synthesis): string[] {
  return [
    ...all(graph, "Role").flatMap(role => [
      ...granted(role).flatMap(statement => grantProblems(role, statement)),
      ...statements(role.inputs.assumeRolePolicy).flatMap(one => trustProblems(role, one)),
      ...list(role.inputs.managedPolicyArns ?? []).map(arn => `${role.name}: manages ${arn}`),
    ]),
    ...["QueuePolicy", "TopicPolicy", "ResourcePolicy"].flatMap(type =>
      all(graph, type).flatMap(policy =>
        statements(policy.inputs.policy).flatMap(one => openProblems(policy, one)),
      ),
    ),
    ...all(graph, "EventBusPolicy").flatMap(policy =>
      statements(policy.inputs.policy).flatMap(one => busProblems(policy, one)),
    ),
  ];
}

function grantProblems({ name }: Resource, { Action, Resource }: Statement): string[] {
  const actions = list(Action);
  const wild = actions.filter(action => action.includes("*"));
  const many = list(Resource).filter(arn => arn.length > 1 && arn.includes("*"));
  const anywhere = list(Resource).includes("*") ? actions : [];
  return [
    ...wild.map(action => `${name}: grants ${action}`),
    ...many
      .filter(arn => onManyOfAKind[endOf(arn)] === undefined)
      .map(arn => `${name}: grants ${actions} on ${arn}, for no reason`),
    ...anywhere
      .filter(action => onEverything[action] === undefined)
      .map(action => `${name}: grants ${action} on everything, for no reason`),
  ];
}

// What is behind partition, service, region and account, with the names of a stage as the table has them.
const endOf = (arn: string): string =>
  arn
    .split(":")
    .slice(5)
    .join(":")
    .replace(/^portward-[a-z]+-reports-[\w-]+(?=\/)/, "portward-STAGE-reports")
    .replace(/portward-[a-z]+-exceptions/, "portward-STAGE-exceptions")
    .replace(/\/portward-[a-z]+-[a-z]+:/, "/portward-STAGE-FUNCTION:");

function trustProblems({ name }: Resource, { Principal, Condition }: Statement): string[] {
  if (typeof Principal !== "object") return [`${name}: everybody may take it on`];
  const services = list(Principal.Service ?? []);
  const needsAccount = services.includes("scheduler.amazonaws.com");
  const others = Object.keys(Principal)
    .filter(kind => kind !== "Service")
    .flatMap(kind => list(Principal[kind] ?? []).map(who => ({ kind, who })));
  const strangers = others.filter(one => name !== "MemberRole" || !isOfHub(one));
  const externalId = String(Condition?.StringEquals?.["sts:ExternalId"] ?? "");
  return [
    ...strangers.map(({ kind, who }) => `${name}: ${kind} ${who} may take it on`),
    ...(others.length > strangers.length && externalId.length < 16
      ? [`${name}: the hub may be made to take it on for anybody, without an external id`]
      : []),
    ...(needsAccount && !Condition?.StringEquals?.["aws:SourceAccount"]
      ? [`${name}: the scheduler of any account may take it on`]
      : []),
  ];
}

/** The functions of a hub that go to its members, by the role that each has. */
const isOfHub = ({ kind, who }: { kind: string; who: string }): boolean =>
  kind === "AWS" && /^arn:[\w-]+:iam::\d{12}:role\/portward-[\w-]+-(?:hub|rounds)$/.test(who);

/** Who may send to the bus of a hub: named roles of named accounts. */
function busProblems({ name }: Resource, { Principal, Condition, Action }: Statement): string[] {
  const accounts = typeof Principal === "object" ? list(Principal.AWS ?? []) : [];
  const roles = list((Condition?.ArnEquals?.["aws:PrincipalArn"] ?? []) as string | string[]);
  const isNamed = accounts.length > 0 && accounts.every(arn => /:\d{12}:root$/.test(arn));
  return [
    ...(isNamed ? [] : [`${name}: lets every account send`]),
    ...(roles.length > 0 && roles.every(arn => /:role\/portward-[\w-]+-forward$/.test(arn))
      ? []
      : [`${name}: lets send whoever the accounts let`]),
    ...list(Action)
      .filter(action => action !== "events:PutEvents")
      .map(action => `${name}: allows ${action}`),
  ];
}

/** What the role of a hub may do in a member beyond what remediate may do to groups at home. */
export function memberProblems(member: Synthesis, home: Synthesis): string[] {
  const calls = (graph: Synthesis, name: string) =>
    all(graph, "Role")
      .filter(role => role.name === name)
      .flatMap(granted)
      .flatMap(({ Action, Resource, Effect }) =>
        list(Action).flatMap(action =>
          list(Resource).map(on => `${Effect} ${action} on ${on === "*" ? on : endOf(on)}`),
        ),
      );
  const known = calls(home, "RemediateExecutionRole").filter(one => one.startsWith("Allow ec2:"));
  const may = calls(member, "MemberRole");
  return [
    ...may.filter(one => !known.includes(one)).map(one => `MemberRole: ${one}`),
    ...known.filter(one => !may.includes(one)).map(one => `MemberRole: no ${one}`),
  ];
}

function openProblems({ name }: Resource, { Effect, Condition }: Statement): string[] {
  if (Effect === "Deny") return [];
  const conditions = Object.values(Condition ?? {}).flatMap(Object.keys);
  return conditions.includes("aws:SourceArn") ? [] : [`${name}: allows on nobody's behalf`];
}

/** Calls by which an item is put, and by which one that is there is changed or removed. */
const PUTS = "PutItem BatchWriteItem PartiQLInsert".split(" ");
const EDITS = "UpdateItem DeleteItem PartiQLUpdate PartiQLDelete".split(" ");

/** Tables that somebody may write who has not to, or whose history somebody may edit. */
export function tableProblems(graph: Synthesis, deployers: readonly string[]): string[] {
  return all(graph, "Table").flatMap(table => {
    const { id, name } = table;
    const policy = all(graph, "ResourcePolicy").find(({ inputs }) =>
      String(inputs.resourceArn).endsWith(`:table/${id}`),
    );
    if (!policy) return [`${name}: whoever has a right in IAM may write it`];
    const denied = statements(policy.inputs.policy).filter(({ Effect }) => Effect === "Deny");
    const [, partition, , , account] = String(policy.inputs.resourceArn).split(":");
    const roles = writersOf(graph, id).map(role => `arn:${partition}:iam::${account}:role/${role}`);
    const allowed = [...roles, ...deployers];
    const open = [...PUTS, ...EDITS].filter(
      call => !denied.some(one => isDenying(one, call, allowed)),
    );
    const editable = EDITS.filter(call => !denied.some(one => isDenying(one, call, [])));
    return [
      ...open.map(call => `${name}: more than its writers may call ${call}`),
      ...(id.endsWith("-history") ? editable : []).map(
        call => `${name}: somebody may call ${call}`,
      ),
    ];
  });
}

/** Tells whether a statement denies a call to everybody but those allowed. */
function isDenying(
  { Action, Principal, Condition }: Statement,
  call: string,
  allowed: readonly string[],
): boolean {
  const spared = list(Condition?.ArnNotLike?.["aws:PrincipalArn"] ?? []) as readonly string[];
  return (
    Principal === "*" &&
    list(Action).includes(`dynamodb:${call}`) &&
    spared.every(arn => allowed.includes(arn))
  );
}

/** The roles that are granted a write to a table. */
const writersOf = (graph: Synthesis, table: string): string[] =>
  all(graph, "Role")
    .filter(role =>
      granted(role).some(
        ({ Action, Resource }) =>
          list(Resource).some(arn => arn.endsWith(`:table/${table}`)) &&
          list(Action).some(action => [...PUTS, ...EDITS].includes(action.split(":")[1] ?? "")),
      ),
    )
    .map(({ id }) => id);

/** Ways on which an event is lost when it cannot be delivered or worked on. */
export function deadLetterProblems(graph: Synthesis): string[] {
  const arns = new Map(all(graph, "Queue").map(queue => [arnOf(queue), queue]));
  const taking = all(graph, "Queue").map(queue => deadLettersOf(queue.inputs.redrivePolicy));
  const undelivered = all(graph, "EventTarget").map(deadLettersOfTarget);
  const deadLetters = new Set([...taking, ...undelivered].filter(arn => arn !== undefined));
  const watched = all(graph, "MetricAlarm").map(({ inputs }) =>
    inputs.metricName === "ApproximateNumberOfMessagesVisible"
      ? (inputs.dimensions as Record<string, string>).QueueName
      : undefined,
  );
  return [
    ...[...arns]
      .filter(([arn, queue]) => !deadLetters.has(arn) && !queue.inputs.redrivePolicy)
      .map(([, { name }]) => `${name}: has no dead-letter queue`),
    ...all(graph, "EventTarget")
      .filter(target => {
        const arn = deadLettersOfTarget(target);
        return arn === undefined || !arns.has(arn) || !target.inputs.retryPolicy;
      })
      .map(({ name }) => `${name}: drops what it cannot deliver`),
    ...[...deadLetters]
      .filter(arn => !watched.includes(arn.split(":").at(-1)))
      .map(arn => `${arn}: nobody hears when it is not empty`),
  ];
}

const arnOf = (queue: Resource): string => {
  const { host, pathname } = new URL(queue.id);
  const [, account, name] = pathname.split("/");
  const [, region = ""] = host.split(".");
  const partition = host.endsWith(".cn")
    ? "aws-cn"
    : region.includes("-gov-")
      ? "aws-us-gov"
      : "aws";
  return `arn:${partition}:sqs:${region}:${account}:${name}`;
};

const deadLettersOfTarget = ({ inputs }: Resource): string | undefined =>
  ((inputs.deadLetterConfig ?? {}) as { arn?: string }).arn;

const deadLettersOf = (redrive: unknown): string | undefined =>
  typeof redrive === "string" ? JSON.parse(redrive).deadLetterTargetArn : undefined;

/** Calls that change a group, typed from the design and not from the code. */
const GROUP_CALLS = `AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress
  RevokeSecurityGroupIngress RevokeSecurityGroupEgress ModifySecurityGroupRules CreateSecurityGroup
  DeleteSecurityGroup AssociateSecurityGroupVpc DisassociateSecurityGroupVpc AssociateVpcCidrBlock
  CreateVpc CreateDefaultVpc CreateTags DeleteTags ModifyManagedPrefixList
  RestoreManagedPrefixListVersion`.split(/\s+/);

/** Calls that no rule on the default bus hears of. */
export function eventProblems(graph: Synthesis): string[] {
  const heard = all(graph, "EventRule")
    .filter(({ inputs }) => !inputs.eventBusName && inputs.state !== "DISABLED")
    .map(rule => JSON.parse(text(rule, "eventPattern")))
    .filter(({ source }) => source.includes("aws.ec2"))
    .flatMap(({ detail }) => detail.eventName as string[]);
  return GROUP_CALLS.filter(call => !heard.includes(call)).map(call => `nobody hears of ${call}`);
}

/** Routes that are missing, or that let in whoever comes. */
export function routeProblems(graph: Synthesis, { isPublic }: { isPublic: boolean }): string[] {
  const deployed = new Map(
    all(graph, "Route").map(({ inputs }) => [inputs.routeKey, inputs.authorizationType]),
  );
  const wanted = routes.filter(({ authority }) => authority !== "public" || isPublic);
  const keyOf = ({ method, path }: (typeof routes)[number]) => `${method} ${path}`;
  const open = [...deployed].filter(([, type]) => type !== "AWS_IAM" && type !== "JWT");
  const mayBeOpen = wanted.filter(({ authority }) => authority === "public").map(keyOf);
  return [
    ...wanted
      .map(keyOf)
      .filter(key => !deployed.has(key))
      .map(key => `${key} is not deployed`),
    ...open
      .map(([key]) => String(key))
      .filter(key => !mayBeOpen.some(allowed => allowed === key))
      .map(key => `${key} is open to everybody`),
  ];
}
