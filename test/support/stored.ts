// The stores against the local account's tables, or others (store-tables.ts): a scope of its own for
// every test, so that none sees another's items, and clients that crash at a chosen call.
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { documentClient } from "../../functions/aws/stores/dynamo.ts";
import { type Retention, usualRetention } from "../../functions/wiring/retention.ts";
import type { TableName } from "../../functions/wiring/tables.ts";
import { type Account, startAccount } from "../../local/account.ts";
import { storeTables } from "./store-tables.ts";

export const tables: Readonly<Record<TableName, string>> = {
  policy: "portward-policy",
  exceptions: "portward-exceptions",
  history: "portward-history",
  findings: "portward-findings",
  ops: "portward-ops",
};

/** A local account for stores. */
export interface Stored {
  readonly account: Account;
  readonly client: DynamoDBDocumentClient;
  /** The configuration of a scope nobody has used. */
  config(): { scope: string; tables: typeof tables; retention: Retention };
  /** A client that fails at its n-th call and ever after, before or after that call took effect. */
  crashingClient(call: number, when: "before" | "after"): DynamoDBDocumentClient;
  /** A client that makes every call twice, as the SDK does when the first answer is lost. */
  repeatingClient(): DynamoDBDocumentClient;
  /** A client that repeats nothing. */
  impatientClient(): DynamoDBDocumentClient;
  stop(): Promise<void>;
}

/** Starts an account. */
export async function startStored(): Promise<Stored> {
  const { account, endpoint, series, exposed } = await storeTables(await startAccount());
  const newClient = (options = {}) =>
    exposed(documentClient({ ...clientOptions(account), endpoint, ...options }));
  const client = newClient();
  let scopes = 0;
  return {
    account,
    client,
    config() {
      scopes += 1;
      const scope = `${account.accountId}/${series}-${scopes}`;
      return { scope, tables, retention: usualRetention };
    },
    crashingClient(call, when) {
      const crashing = newClient();
      let calls = 0;
      crashing.middlewareStack.add(
        next => async args => {
          calls += 1;
          if (calls > call || (calls === call && when === "before")) throw new Error("crashed");
          const answer = await next(args);
          if (calls === call) throw new Error("crashed");
          return answer;
        },
        { step: "initialize" },
      );
      return crashing;
    },
    repeatingClient() {
      const repeating = newClient();
      repeating.middlewareStack.add(
        next => async args => {
          await next(args).catch(() => undefined);
          return next(args);
        },
        { step: "initialize" },
      );
      return repeating;
    },
    impatientClient: () => newClient({ maxAttempts: 1 }),
    async stop() {
      client.destroy();
      await account.stop();
    },
  };
}

/** What an SDK client needs to reach the account as Portward's own role. */
export function clientOptions(account: Account) {
  const env = account.env("portward");
  return {
    endpoint: account.url,
    region: account.region,
    maxAttempts: 3,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "",
    },
  };
}
