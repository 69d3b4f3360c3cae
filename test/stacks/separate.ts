// Portward in the local account with a role for each function, as the stacks deploy it, so that every
// call at the wire has a function's name. Everything else is as in any other test.
import type { SQSEvent } from "aws-lambda";
import { api } from "../../functions/api/index.ts";
import { attachments } from "../../functions/attachments.ts";
import { audit } from "../../functions/audit.ts";
import { type AwsAccount, connect } from "../../functions/aws/account.ts";
import { canaryGroup } from "../../functions/aws/canary-group.ts";
import { sing } from "../../functions/reconcile/canary.ts";
import { everyMinute } from "../../functions/sweep.ts";
import { window } from "../../functions/window.ts";
import type { Config } from "../../functions/wiring/config.ts";
import { routes } from "../../functions/wiring/routes.ts";
import { functionKeyOf, secretOf } from "../../local/identities.ts";
import { deployNotifier } from "../../local/notifier.ts";
import type { Call } from "../../local/wire/call-log.ts";
import { type FunctionName, reconcilers } from "../../stacks/permissions.ts";
import { type Acting, startActing } from "../support/acting.ts";

export interface Separate extends Acting {
  readonly config: Config;
  /** The account as a function reaches it. */
  as(name: FunctionName): AwsAccount;
  sweep(): Promise<{ groups: number; failed: number }>;
  audit(event?: object): Promise<unknown>;
  /** Has messages of the queue of attachments looked at. */
  attachments(...bodies: string[]): Promise<void>;
  canary(groupId: string): Promise<{ outcome: string }>;
  /** What a function has called since the account was started. */
  callsOf(name: FunctionName): readonly Call[];
}

const MINUTE = 60_000;

/** Starts the account, and gives each function a role of its own. */
export async function startSeparate(): Promise<Separate> {
  const acting = await startActing();
  const { stage } = acting;
  const { account } = stage;
  const { sleep, log, clock } = stage.aws;
  const roles = reconcilers.map(name => `portward-${name}-function`);
  const ownRoleArns = [
    ...stage.aws.config.ownRoleArns,
    ...roles.map(role => `arn:aws:iam::${account.accountId}:role/${role}`),
  ];
  const config: Config = { ...stage.aws.config, ownRoleArns };
  const credentialsOf = (name: FunctionName) => {
    const accessKeyId = functionKeyOf(name);
    return { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  };
  const around = { endpoint: account.url, clock, sleep, log, maxAttempts: 1 };
  const as = (name: FunctionName) =>
    connect(config, { ...around, credentials: credentialsOf(name) });
  // The handler behind the queue holds the stage's clients; a test goes on with what they were.
  const operator = { ...stage.aws };
  Object.assign(stage.aws, as("remediate"));
  Object.assign(stage, { aws: operator });
  const [audits, windows, minutes, answers] = [as("audit"), as("window"), as("sweep"), as("api")];
  account.functions.put(
    "portward-window",
    window(() => windows),
  );
  const auditing = audit(() => audits);
  account.functions.put("portward-audit", auditing, { timeoutMs: 15 * MINUTE });
  account.api.serve(
    api(() => answers),
    { routes },
  );
  deployNotifier(
    account,
    changes =>
      connect({ ...config, ...changes }, { ...around, credentials: credentialsOf("notify") }),
    { topicArn: config.topicArn, allowLoopback: true },
  );
  const swept = everyMinute(() => minutes);
  const sweep = async () => {
    const answer = await swept();
    await stage.idle();
    return answer;
  };
  return {
    ...{ ...acting, config, as },
    sweep,
    async rest() {
      await stage.later(10 * 3_600);
      await sweep();
    },
    async audit(event = { source: "aws.scheduler" }) {
      const answer = await auditing(event, { getRemainingTimeInMillis: () => 10 * MINUTE });
      await stage.idle();
      return answer;
    },
    async attachments(...bodies) {
      const looking = attachments(() => as("attachments"));
      const Records = bodies.map((body, at) => ({
        messageId: `m-${at}`,
        body,
        messageAttributes: {},
      }));
      const answer = await looking({ Records } as unknown as SQSEvent);
      if (answer.batchItemFailures.length > 0) throw new Error(JSON.stringify(answer));
      await stage.idle();
    },
    canary(groupId) {
      const options = {
        ...{ endpoint: account.url, region: account.region },
        credentials: credentialsOf("canary"),
      };
      const group = canaryGroup(groupId, options);
      return sing({ stage: "test", group, clock, sleep, log });
    },
    callsOf: name =>
      account.calls.list().filter(({ caller }) => caller.endsWith(`/portward-${name}-function`)),
  };
}
