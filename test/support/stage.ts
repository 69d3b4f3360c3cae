// Portward deployed with nothing moving but what a test moves: no minute sweep, no waiting in real
// time, a log to read. Counts what Portward called and whom it told since the last mark.
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { ModifySecurityGroupRulesCommand } from "@aws-sdk/client-ec2";
import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { connect } from "../../functions/aws/account.ts";
import { ruleRequest } from "../../functions/aws/ip-permission.ts";
import { documentClient, type Item, type Key } from "../../functions/aws/stores/dynamo.ts";
import { activate, reconcileGoverned } from "../../functions/reconcile/activate.ts";
import { sweep } from "../../functions/reconcile/sweep.ts";
import type { TableName } from "../../functions/wiring/tables.ts";
import type { Account } from "../../local/account.ts";
import { tableNameOf } from "../../local/dynamodb.ts";
import { accessKeyOf, type KeyName, secretOf } from "../../local/identities.ts";
import type { InboxMessage } from "../../local/inbox.ts";
import type { DeployOptions } from "../../local/portward.ts";
import type { Call } from "../../local/wire/call-log.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import type { LiveRule } from "../../matrix/group.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { carrierTo } from "./carrier.ts";
import { type Deployed, ruleOf, startDeployed, studio } from "./deployed.ts";
import { type LogLine, logInto } from "./logged.ts";
import { isWrite } from "./write.ts";

export interface Stage extends Deployed {
  /** Makes a matrix the active one, and holds the groups it names to it. */
  apply(matrix: string): Promise<void>;
  /** The rules of a group, with their ids and descriptions. */
  live(groupId: string): Promise<readonly LiveRule[]>;
  /** Gives a rule new content as a person does, and returns its id. */
  edit(groupId: string, from: string, to: string): Promise<string>;
  /** Does something whose events nobody hears of. */
  quietly(task: () => Promise<unknown>): Promise<void>;
  /** Forgets the calls, alerts and log lines so far. */
  mark(): void;
  /** Portward's calls to EC2 since the mark. */
  calls(): readonly Call[];
  /** Portward's calls to EC2 since the mark that change something, by name. */
  writes(): string[];
  /** Portward's calls to EC2 since the mark that read something, by name. */
  reads(): string[];
  alerts(): readonly InboxMessage[];
  log(): readonly LogLine[];
  /** Lets time pass in the account, and whatever then falls due run. */
  later(seconds: number): Promise<void>;
  /** Lets so much time pass that no message will be looked at again. */
  everyLook(): Promise<void>;
  /** Runs the minute's sweep, as if these groups had been left open. */
  sweep(...groupIds: string[]): Promise<{ groups: number; failed: number }>;
  /** DynamoDB as somebody who may do everything. */
  readonly documents: ReturnType<typeof documentClient>;
  put(table: TableName, item: Item & Key): Promise<void>;
  remove(table: TableName, key: Key): Promise<void>;
}

/** The example matrix in a mode. */
export const studioIn = (mode: "observe" | "revoke" | "enforce"): string =>
  studio().replace("mode: observe", `mode: ${mode}`);

export interface StageOptions {
  /** How often a call is tried. With one a test of failures need not wait for the SDK's own retries. */
  readonly tries?: number;
  readonly deploy?: DeployOptions;
  /** Whether calls go over sockets. */
  readonly isOnline?: boolean;
}

/**
 * Starts the five servers under a matrix, the example in enforce unless given; null for none.
 */
export async function startStage(
  matrix: string | null = studioIn("enforce"),
  { tries = 3, deploy = {}, isOnline = false }: StageOptions = {},
): Promise<Stage> {
  const lines: LogLine[] = [];
  // The clock is only known once the account is there, and nobody waits before that.
  let account: Account | undefined;
  const sleep = async (ms: number, signal?: AbortSignal) => {
    if (ms >= HELD_BACK) await wait(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
    else account?.clock.advance(ms);
    await turn();
  };
  const log = logInto(lines);
  const deployed = await startDeployed({
    ...{ matrix: null, isOnline },
    deploy: { ...deploy, sleep, log },
  });
  account = deployed.account;
  const clients = {
    ...access(account, "portward", isOnline),
    clock: account.clock.now,
    sleep,
    log,
  };
  // The handlers hold this object, so they call by these clients from now on.
  Object.assign(
    deployed.aws,
    connect(deployed.deployment.config, { ...clients, maxAttempts: tries }),
  );
  deployed.deployment.stop();
  const stage = stageOf(deployed, lines);
  if (matrix !== null) await stage.apply(matrix);
  await deployed.idle();
  stage.mark();
  return stage;
}

/** Waits from here on are for a call that is under way: in real time, cut short when it ends. */
const HELD_BACK = 5_000;

function stageOf(deployed: Deployed, lines: LogLine[]): Stage {
  const { account, aws } = deployed;
  const documents = documentClient(access(account, "root"));
  let [callsSeen, alertsSeen] = [0, 0];
  const mine = () =>
    account.calls
      .list()
      .slice(callsSeen)
      .filter(({ service, caller }) => service === "ec2" && caller.includes("portward"));
  const later = async (seconds: number) => {
    account.clock.advance(seconds * 1_000);
    await deployed.idle();
  };
  const live = async (groupId: string) => (await aws.groups.read(groupId))?.group.rules ?? [];
  return {
    ...deployed,
    documents,
    live,
    apply: matrix => applyMatrix(deployed, matrix),
    edit: (groupId, from, to) => edit(deployed, groupId, { from, to, rules: live(groupId) }),
    async quietly(task) {
      account.bus.deliver({ drop: () => true });
      await task().finally(() => account.bus.deliver({}));
    },
    mark() {
      callsSeen = account.calls.list().length;
      alertsSeen = account.inbox.messages().length;
      lines.length = 0;
    },
    calls: mine,
    writes: () => mine().map(actionOf).filter(isWrite),
    reads: () =>
      mine()
        .map(actionOf)
        .filter(action => !isWrite(action)),
    alerts: () => account.inbox.messages().slice(alertsSeen),
    log: () => lines,
    later,
    async everyLook() {
      for (const seconds of [5, 30, 45, 120, 900]) await later(seconds);
    },
    async sweep(...groupIds) {
      await Promise.all(groupIds.map(id => aws.intents.markDirty(id, "test", aws.clock())));
      const swept = await sweep(aws);
      await deployed.idle();
      return swept;
    },
    async put(table, item) {
      await documents.send(new PutCommand({ TableName: tableNameOf(table), Item: item }));
    },
    async remove(table, Key) {
      await documents.send(new DeleteCommand({ TableName: tableNameOf(table), Key }));
    },
    async stop() {
      documents.destroy();
      await deployed.stop();
    },
  };
}

const actionOf = ({ action }: Call): string => action;

async function applyMatrix({ aws, idle }: Deployed, matrix: string): Promise<void> {
  const document = parseMatrix([{ name: "matrix.yaml", text: matrix }]);
  const { pins, refused } = await activate(aws, document, { by: "test", note: "" });
  if (refused) throw new Error(refused);
  await reconcileGoverned(aws, pins, "apply");
  await idle();
}

async function edit(
  { as }: Deployed,
  GroupId: string,
  { from, to, rules }: { from: string; to: string; rules: Promise<readonly LiveRule[]> },
): Promise<string> {
  const found = (await rules).find(({ rule }) => formatRule(rule) === from);
  if (!found?.ruleId) throw new Error(`${GroupId} has no rule ${from}`);
  const SecurityGroupRule = ruleRequest(ruleOf(to), found.description);
  const update = { SecurityGroupRuleId: found.ruleId, SecurityGroupRule };
  const SecurityGroupRules = [update];
  await as("tester").send(new ModifySecurityGroupRulesCommand({ GroupId, SecurityGroupRules }));
  return found.ruleId;
}

function access(account: Account, name: KeyName, isOnline = false) {
  const { url: endpoint, region } = account;
  const accessKeyId = accessKeyOf(name);
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  const carried = isOnline ? {} : { requestHandler: carrierTo(account) };
  return { endpoint, region, credentials, ...carried };
}
