// Portward deployed in the local account: the same tables, event pattern, queue and handlers as in
// a real one. `stacks/` says it for AWS, this file for one process.
import { Logger } from "@aws-lambda-powertools/logger";
import { api } from "../functions/api/index.ts";
import { attachments } from "../functions/attachments.ts";
import { audit } from "../functions/audit.ts";
import { type AwsAccount, connect } from "../functions/aws/account.ts";
import type { Surroundings } from "../functions/aws/connection.ts";
import { type Activation, activate, reconcileGoverned } from "../functions/reconcile/activate.ts";
import { sweep } from "../functions/reconcile/sweep.ts";
import { remediate } from "../functions/remediate.ts";
import { window } from "../functions/window.ts";
import { type Config, readConfig } from "../functions/wiring/config.ts";
import { routes } from "../functions/wiring/routes.ts";
import { type TableName, tables } from "../functions/wiring/tables.ts";
import {
  attachmentDelay,
  attachmentEventPattern,
  groupEventPattern,
  jobEvents,
} from "../functions/wiring/triggers.ts";
import type { MatrixDocument } from "../matrix/document.ts";
import type { Account } from "./account.ts";
import { deployApprovals } from "./approvals.ts";
import { tableNameOf } from "./dynamodb.ts";
import { accessKeyOf, ownRole, secretOf } from "./identities.ts";
import { deployNotifier } from "./notifier.ts";

const QUEUE = "portward-remediate";
const ATTACHMENTS = "portward-attachments";
const DEAD_LETTERS = "portward-dead-letters";
const TOPIC = "portward-alerts";
const REPORTS = "portward-reports";
const SCHEDULES = "portward";
const WINDOW = "portward-window";
const AUDIT = "portward-audit";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Who applies a followed file. */
const FOLLOWER = "local";

export interface Deployment {
  readonly config: Config;
  readonly aws: AwsAccount;
  readonly deadLetters: string;
  /** Applies a matrix now, and again whenever a group appears that it names. */
  follow(document: MatrixDocument): Promise<Activation>;
  stop(): void;
}

/** What a deployment in the local account may do otherwise. */
export interface DeployOptions {
  /** Where log lines go; nowhere unless told. */
  readonly log?: Logger;
  /** How the functions' calls reach the account; over its socket unless told. */
  readonly requestHandler?: Surroundings["requestHandler"];
  /** How the functions wait; tests make it short. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** The name of the chat secret; alerts go to chat only where there is one. */
  readonly chatSecret?: string;
  /** Whether receivers in chat may be on this machine, by plain http. */
  readonly chatLoopback?: boolean;
}

/** Deploys Portward into a running local account. */
export function deploy(account: Account, options: DeployOptions = {}): Deployment {
  const config = configOf(account, options.chatSecret);
  const accessKeyId = accessKeyOf("portward");
  const surroundings = {
    endpoint: account.url,
    credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
    clock: account.clock.now,
    log: options.log ?? new Logger({ serviceName: "portward", logLevel: "SILENT" }),
    ...(options.sleep ? { sleep: options.sleep } : {}),
    ...(options.requestHandler ? { requestHandler: options.requestHandler } : {}),
  };
  const aws = connect(config, surroundings);
  account.buckets.create(REPORTS);
  account.queues.create(DEAD_LETTERS);
  const redrive = {
    VisibilityTimeout: "360",
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: account.queues.arnOf(DEAD_LETTERS),
      maxReceiveCount: 5,
    }),
  };
  account.queues.create(QUEUE, redrive);
  account.queues.create(ATTACHMENTS, { ...redrive, DelaySeconds: `${attachmentDelay}` });
  account.bus.putRule({
    name: "portward-group-events",
    pattern: { ...groupEventPattern() },
    targets: [account.queues.arnOf(QUEUE)],
  });
  account.bus.putRule({
    name: "portward-attachment-events",
    pattern: { ...attachmentEventPattern() },
    targets: [account.queues.arnOf(ATTACHMENTS)],
  });
  if (!account.inbox.find(config.topicArn)) {
    account.inbox.putTopic({ arn: config.topicArn, attributes: {}, subscriptions: [] });
  }
  if (!account.schedules.hasGroup(SCHEDULES)) account.schedules.addGroup(SCHEDULES);
  account.functions.put(
    WINDOW,
    window(() => aws),
  );
  account.functions.put(
    AUDIT,
    audit(() => aws),
    { timeoutMs: 15 * MINUTE },
  );
  account.bus.putRule({
    name: "portward-jobs",
    pattern: { ...jobEvents, source: [...jobEvents.source] },
    targets: [account.functions.arnOf(AUDIT)],
  });
  if (options.chatSecret !== undefined) {
    deployNotifier(account, changes => connect({ ...config, ...changes }, surroundings), {
      topicArn: config.topicArn,
      allowLoopback: options.chatLoopback ?? false,
    });
  }
  const following = follower(aws);
  const handle = remediate(() => aws);
  const handleApi = api(() => aws);
  account.queues.consume(QUEUE, {
    functionName: QUEUE,
    handler: async event => {
      if (event.Records.some(({ body }) => mayName(body))) await following.refresh();
      return handle(event);
    },
  });
  account.queues.consume(ATTACHMENTS, {
    functionName: ATTACHMENTS,
    handler: attachments(() => aws),
    batchSize: 100,
  });
  account.api.serve((event, context) => handleApi(event, context), { routes });
  return {
    config,
    aws,
    deadLetters: DEAD_LETTERS,
    follow: following.follow,
    stop: stopAll([
      every(account, MINUTE, () => sweep(aws)),
      every(account, HOUR, async () => {
        account.functions.send(account.functions.arnOf(AUDIT), { source: "aws.events" });
      }),
    ]),
  };
}

function configOf(account: Account, chatSecret?: string): Config {
  const scope = `${account.region}:${account.accountId}`;
  const names = Object.keys(tables) as TableName[];
  return readConfig({
    ...Object.fromEntries(
      names.map(name => [`PORTWARD_TABLE_${name.toUpperCase()}`, tableNameOf(name)]),
    ),
    PORTWARD_ACCOUNT: account.accountId,
    PORTWARD_REGION: account.region,
    PORTWARD_STAGE: "local",
    PORTWARD_CHAT_SECRET: chatSecret,
    ...deployApprovals(account),
    PORTWARD_TOPIC_ARN: `arn:aws:sns:${scope}:${TOPIC}`,
    PORTWARD_SCHEDULE_GROUP: SCHEDULES,
    PORTWARD_SCHEDULE_TARGET_ARN: account.functions.arnOf(WINDOW),
    PORTWARD_SCHEDULE_ROLE_ARN: `arn:aws:iam::${account.accountId}:role/${ownRole}`,
    PORTWARD_EVENT_BUS: "default",
    PORTWARD_ROLE_ARNS: `arn:aws:iam::${account.accountId}:role/${ownRole}`,
    PORTWARD_RETRY_QUEUE_URL: `${account.url}/${account.accountId}/${QUEUE}`,
    PORTWARD_DEAD_LETTER_QUEUE_URL: `${account.url}/${account.accountId}/${DEAD_LETTERS}`,
    PORTWARD_API_URL: account.url,
    PORTWARD_REPORT_BUCKET_URL: `${account.url}/${REPORTS}`,
  });
}

// A real account pins groups when somebody applies; here the file is applied as groups appear, until
// somebody applies another.
function follower(aws: AwsAccount) {
  let document: MatrixDocument | undefined;
  const apply = async (matrix: MatrixDocument): Promise<Activation> => {
    const activation = await activate(aws, matrix, { by: FOLLOWER, note: "followed file" });
    if (activation.applied) await reconcileGoverned(aws, activation.pins, "apply");
    return activation;
  };
  return {
    follow(matrix: MatrixDocument): Promise<Activation> {
      document = matrix;
      return apply(matrix);
    },
    async refresh(): Promise<void> {
      if (!document) return;
      const { active } = await aws.policy.readPolicy();
      if (active?.by === FOLLOWER) await apply(document);
    },
  };
}

const mayName = (body: string): boolean =>
  /"eventName":"(?:CreateSecurityGroup|DeleteSecurityGroup|CreateTags|DeleteTags)"/.test(body);

const stopAll = (stops: readonly (() => void)[]) => () => {
  for (const stop of stops) stop();
};

function every(account: Account, ms: number, task: () => Promise<unknown>): () => void {
  let cancel = () => {};
  const next = () => {
    cancel = account.clock.after(ms, () => {
      void task().catch(() => undefined);
      next();
    });
  };
  next();
  return () => cancel();
}
