// Three local accounts in two regions each, every one with the five servers under the same ids: the
// hardest case for whatever mixes them up. They share one set of tables, as the members of a hub do.
import { Logger } from "@aws-lambda-powertools/logger";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { AwsAccount } from "../../functions/aws/account.ts";
import { memberAccount } from "../../functions/aws/hub.ts";
import { activate } from "../../functions/reconcile/activate.ts";
import { runBatch } from "../../functions/reconcile/batch.ts";
import type { Config } from "../../functions/wiring/config.ts";
import { type TableName, tables } from "../../functions/wiring/tables.ts";
import { type Account, type AccountOptions, startAccount } from "../../local/account.ts";
import { createClock } from "../../local/clock.ts";
import { createCloud } from "../../local/cloud.ts";
import { tableNameOf } from "../../local/dynamodb.ts";
import { accessKeyOf, secretOf } from "../../local/identities.ts";
import { withLocalPeople } from "../../local/people.ts";
import { deploy } from "../../local/portward.ts";
import { type SeededGroups, seedFiveServers } from "../../local/seed.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { clientOf, open } from "./deployed.ts";
import { studioIn } from "./stage.ts";
import { isWrite } from "./write.ts";

const accounts = ["111122223333", "222233334444", "333344445555"] as const;
const regions = ["ap-southeast-1", "eu-west-1"] as const;

/** One account and region. */
export interface Scope {
  readonly name: string;
  readonly account: Account;
  readonly aws: AwsAccount;
  readonly groups: SeededGroups;
  /** Opens rules as the tester does, and returns the bodies of the events it caused. */
  open(groupId: string, ...rules: string[]): Promise<string[]>;
  rules(groupId: string): Promise<string[]>;
  /** Hands messages to this scope's function; answers with those to be delivered again. */
  deliver(...bodies: string[]): Promise<string[]>;
  /** The calls of Portward to this scope's EC2 that changed something. */
  writes(): string[];
}

export interface Scopes {
  readonly home: Account;
  readonly config: Config;
  readonly all: readonly Scope[];
  /** The partitions everything in the tables is in, those of the indexes by day and state too. */
  keys(): Promise<{ table: TableName; pk: string }[]>;
  /** The reasons of the messages that were rejected. */
  rejected(): string[];
  stop(): Promise<void>;
}

/** Starts the scopes, the example in enforce in each; one clock goes for all of them. */
export async function startScopes(): Promise<Scopes> {
  const common = { clock: createClock(), cloud: createCloud() };
  const home = await startAccount({
    ...common,
    ...{ accountId: "999988887777", region: "eu-central-1" },
  });
  const { config, deadLetters, stop: undeploy } = deploy(home);
  undeploy();
  const places = accounts.flatMap(accountId => regions.map(region => ({ accountId, region })));
  const all = await Promise.all(
    places.map(place => startScope(home, config, { ...common, ...place })),
  );
  const documents = new DynamoDBClient(accessTo(home));
  return {
    ...{ home, config, all },
    async keys() {
      const names = Object.keys(tables) as TableName[];
      const found = await Promise.all(
        names.map(async table => {
          const scan = new ScanCommand({ TableName: tableNameOf(table) });
          const { Items = [] } = await documents.send(scan);
          const partitions = Items.flatMap(({ pk, day, scopedState }) => [pk, day, scopedState]);
          return partitions.flatMap(key => (key?.S === undefined ? [] : [{ table, pk: key.S }]));
        }),
      );
      return found.flat();
    },
    rejected: () =>
      home.queues
        .messages(deadLetters)
        .map(({ attributes }) => attributes.reason?.StringValue ?? ""),
    async stop() {
      documents.destroy();
      await Promise.all([home, ...all.map(({ account }) => account)].map(one => one.stop()));
    },
  };
}

async function startScope(
  home: Account,
  homeConfig: Config,
  options: AccountOptions,
): Promise<Scope> {
  const account = await startAccount(options);
  const groups = seedFiveServers(account);
  const aws = memberOf(home, homeConfig, account);
  const document = parseMatrix([{ name: "matrix.yaml", text: studioIn("enforce") }]);
  await activate(aws, withLocalPeople(document, account), { by: "test", note: "" });
  const tester = clientOf(account, "tester");
  return {
    name: aws.config.scope,
    account,
    aws,
    groups,
    async open(groupId, ...rules) {
      const before = account.bus.events().length;
      await open(tester, groupId, rules);
      return account.bus
        .events()
        .slice(before)
        .map(event => JSON.stringify(event));
    },
    async rules(groupId) {
      const read = await aws.groups.read(groupId);
      return (read?.group.rules ?? []).map(({ rule }) => formatRule(rule)).toSorted();
    },
    deliver: (...bodies) =>
      runBatch(
        aws,
        bodies.map((body, index) => ({ id: `message-${index}`, body, attempt: 0 })),
      ),
    writes: () =>
      account.calls
        .list()
        .filter(({ service, caller }) => service === "ec2" && caller.includes("portward"))
        .map(({ action }) => action)
        .filter(isWrite),
  };
}

/** What a function has that looks after one account and keeps its records in another. */
function memberOf(home: Account, homeConfig: Config, account: Account): AwsAccount {
  const { accountId, region } = account;
  const ways = { home: accessTo(home), there: accessTo(account) };
  return memberAccount(homeConfig, { account: accountId, region }, ways);
}

function accessTo(account: Account) {
  const accessKeyId = accessKeyOf("portward");
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  const log = new Logger({ serviceName: "portward", logLevel: "SILENT" });
  const { url: endpoint, region, clock } = account;
  return { endpoint, region, credentials, clock: clock.now, log };
}
