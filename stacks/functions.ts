// The Lambda functions: what each runs, for how long and how large. One more function is one more line
// here and its grants in stacks/permissions.ts.
import { tables } from "../functions/wiring/tables.ts";
import { isOfHub } from "./hub-permissions.ts";
import { type FunctionName, reconcilers } from "./permissions.ts";
import { roleOf } from "./roles.ts";
import { camel, reportBucketName, type Site } from "./site.ts";

interface Shape {
  readonly handler: string;
  readonly does: string;
  readonly seconds: number;
  readonly megabytes: number;
}

export const functions: Readonly<Record<FunctionName, Shape>> = {
  remediate: {
    handler: "functions/remediate.handler",
    does: "closes what an event opened",
    seconds: 60,
    megabytes: 512,
  },
  attachments: {
    handler: "functions/attachments.handler",
    does: "looks at what groups are attached to",
    seconds: 120,
    megabytes: 512,
  },
  sweep: {
    handler: "functions/sweep.handler",
    does: "finishes every minute what was left over",
    seconds: 300,
    megabytes: 512,
  },
  audit: {
    handler: "functions/audit.handler",
    does: "looks at everything every hour, and does the API's jobs",
    seconds: 900,
    megabytes: 1_024,
  },
  window: {
    handler: "functions/window.handler",
    does: "opens and closes an exception at its time",
    seconds: 60,
    megabytes: 512,
  },
  api: {
    handler: "functions/api/index.handler",
    does: "answers the HTTP API",
    seconds: 29,
    megabytes: 512,
  },
  notify: {
    handler: "functions/notify.handler",
    does: "posts alerts to chat",
    seconds: 30,
    megabytes: 256,
  },
  hub: {
    handler: "functions/hub.handler",
    does: "closes what an event of a member opened",
    seconds: 60,
    megabytes: 512,
  },
  rounds: {
    handler: "functions/rounds.handler",
    does: "audits and sweeps the members by a queue",
    seconds: 900,
    megabytes: 1_024,
  },
  canary: {
    handler: "functions/canary.handler",
    does: "opens a port of its own and measures how long it stays open",
    seconds: 120,
    megabytes: 256,
  },
};

/** The functions of a stage: nothing is posted without a secret, the canary wants a VPC, a hub members. */
export function functionsOf({ parameters }: Site): FunctionName[] {
  return (Object.keys(functions) as FunctionName[]).filter(name => {
    if (name === "notify") return parameters.chatSecret !== undefined;
    if (isOfHub(name)) return parameters.members !== undefined;
    return name !== "canary" || parameters.canaryVpc !== undefined;
  });
}

/** The queues that functions put messages on. */
export interface Queues {
  readonly retry: sst.aws.Queue;
  readonly deadLetters: sst.aws.Queue;
}

/** What functions are told that only the deploy knows. */
export interface Surroundings extends Queues {
  readonly apiUrl: $util.Input<string>;
  /** Absent in a stage without a canary. */
  readonly canaryGroupId?: $util.Input<string> | undefined;
}

type Environment = Record<string, $util.Input<string>>;

/** The environment of the functions, as functions/wiring/config.ts reads it. */
export function environmentOf(site: Site, around: Surroundings): Environment {
  const names = Object.keys(tables);
  return {
    ...Object.fromEntries(
      names.map(name => [`PORTWARD_TABLE_${name.toUpperCase()}`, site.name(name)]),
    ),
    PORTWARD_ACCOUNT: site.account,
    PORTWARD_STAGE: site.stage,
    PORTWARD_ACTS: String(site.parameters.acts),
    PORTWARD_TOPIC_ARN: site.arn("sns", site.name("alerts")),
    PORTWARD_EVENT_BUS: "default",
    PORTWARD_ROLE_ARNS: reconcilers.map(site.roleArn).join(","),
    PORTWARD_RETRY_QUEUE_URL: around.retry.url,
    PORTWARD_DEAD_LETTER_QUEUE_URL: around.deadLetters.url,
    PORTWARD_API_URL: around.apiUrl,
    PORTWARD_SCHEDULE_GROUP: site.name("exceptions"),
    PORTWARD_SCHEDULE_TARGET_ARN: site.arn("lambda", `function:${site.name("window")}`),
    PORTWARD_SCHEDULE_ROLE_ARN: site.roleArn("schedules"),
    // The alias, so that the key need not exist before what is told of it.
    PORTWARD_APPROVAL_TOPIC_ARN: site.arn("sns", site.name("approvals")),
    PORTWARD_APPROVAL_KEY_ID: `alias/${site.name("approvals")}`,
    ...(around.canaryGroupId && {
      PORTWARD_CANARY_GROUP: around.canaryGroupId,
      PORTWARD_CANARY_ROLE_ARN: site.roleArn("canary"),
    }),
    PORTWARD_REPORT_BUCKET_URL: `https://s3.${site.region}.${site.dnsSuffix}/${reportBucketName(site)}`,
    PORTWARD_FINDING_DAYS: String(site.parameters.findingDays),
    PORTWARD_EXCEPTION_DAYS: String(site.parameters.exceptionDays),
    PORTWARD_REPORT_DAYS: String(site.parameters.reportDays),
    ...(site.parameters.chatSecret && { PORTWARD_CHAT_SECRET: site.parameters.chatSecret }),
  };
}

/** Makes a function with a role of its own. */
export function deployFunction(
  site: Site,
  name: FunctionName,
  environment: Environment,
): sst.aws.Function {
  const { handler, does, seconds, megabytes } = functions[name];
  return new sst.aws.Function(camel(name), {
    name: site.name(name),
    handler,
    description: `Portward ${does}`,
    role: roleOf(site, name).arn,
    runtime: "nodejs24.x",
    architecture: "arm64",
    timeout: `${seconds} seconds`,
    memory: `${megabytes} MB`,
    environment,
    nodejs: { plugins: "stacks/esbuild/plugins.mjs" },
    transform: {
      function: { tracingConfig: { mode: "Active" } },
      logGroup: { retentionInDays: site.parameters.logDays },
    },
  });
}
