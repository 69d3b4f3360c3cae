// The account a command works on: the running local one, or with --aws the real one by the SDK's
// own conventions. Which it is, is the first line of every answer.
import type { AwsAccount } from "../functions/aws/account.ts";
import type { Surroundings } from "../functions/aws/connection.ts";
import type { AccountReader, Identity } from "../functions/aws/identity.ts";
import { type Config, readConfig } from "../functions/wiring/config.ts";
import { InputError, inputError, quoted } from "../matrix/errors.ts";
import { readJsonInputs } from "./input-file.ts";
import type { AccountOptions } from "./option.ts";
import { findRunning, type RunningAccount } from "./running.ts";

/** An account, and the ways into it. */
export interface Target {
  /** How it is named in the first line. */
  readonly title: string;
  readonly account: string;
  readonly region: string;
  /** How the SDK's clients reach it; empty where they find everything themselves. */
  readonly access: Access;
  /** The caller's ARN. */
  caller(): Promise<string>;
  /** Security groups for reading; nothing of Portward need be installed. */
  reader(): Promise<AccountReader>;
  /** Where Portward's API is; throws an InputError where that is not configured. */
  apiUrl(): string;
  /** Everything Portward keeps and calls; throws an InputError where its names are not configured. */
  connect(): Promise<AwsAccount>;
}

/** What an SDK client is told of an account. */
export interface Access {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** Finds the account the options mean. */
export async function openTarget(options: AccountOptions): Promise<Target> {
  if (options.aws) return awsTarget(options);
  if (options.config !== undefined) {
    throw inputError("option.config", "--config goes with --aws", "add --aws");
  }
  const running = await findRunning();
  if (running) return localTarget(running);
  throw new Error(
    "no local account is running here: start one with `portward local` in this directory, " +
      "or name a real account with --aws",
  );
}

async function localTarget(running: RunningAccount): Promise<Target> {
  const { url, accountId, region, env } = running;
  const credentials = {
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "",
  };
  const access = { endpoint: url, credentials, region };
  return {
    title: `local account ${new URL(url).host}`,
    account: accountId,
    region,
    access,
    caller: async () => (await identityModule()).identify(access).then(({ arn }) => arn),
    reader: async () => (await identityModule()).accountReader(access),
    apiUrl: () => url,
    connect: () => connectTo(readConfig(env), { endpoint: url, credentials }),
  };
}

async function awsTarget(options: AccountOptions): Promise<Target> {
  const env = { ...process.env, ...readConfigFile(options.config) };
  const { identify, accountReader } = await identityModule();
  const own = env.PORTWARD_REGION;
  const identity = await identify(own ? { region: own } : {});
  const { account, region } = identity;
  return {
    title: `account ${account} ${region}`,
    account,
    region,
    access: { region },
    caller: async () => identity.arn,
    reader: async () => accountReader({ region }),
    apiUrl: () => apiUrlIn(env),
    connect: () => connectTo(configured(ownEnvironment(env, identity)), {}),
  };
}

const identityModule = () => import("../functions/aws/identity.ts");

function ownEnvironment(env: NodeJS.ProcessEnv, { account, region }: Identity): NodeJS.ProcessEnv {
  const own = env.PORTWARD_ACCOUNT;
  if (own && own !== account) {
    throw new Error(`the credentials are of account ${account}, the configuration is of ${own}`);
  }
  return { ...env, PORTWARD_ACCOUNT: account, PORTWARD_REGION: region };
}

function apiUrlIn({ PORTWARD_API_URL: url = "" }: NodeJS.ProcessEnv): string {
  const cure = "set PORTWARD_API_URL, or name it with --config FILE: the deployment prints it";
  if (url === "") {
    const message =
      "whoever can write the tables could name himself as anybody, so with --aws steps go through the API, whose address is not configured";
    throw inputError("config.api-url", message, cure);
  }
  // A signature over plain HTTP tells everybody on the way what was asked, and by whom.
  const isSafe = /^https:\/\/[^/\s]+$|^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(url);
  if (isSafe) return url;
  throw inputError("config.api-url", `${quoted(url)} is no https address without a path`, cure);
}

function configured(env: NodeJS.ProcessEnv): Config {
  try {
    return readConfig(env);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    const cure = "name them with --config FILE, as `portward setup --aws` prints it";
    const message = "Portward's tables, topic and queues are not configured for this account";
    throw new InputError([...thrown.problems, { code: "config", message, cure }]);
  }
}

async function connectTo(config: Config, surroundings: Surroundings): Promise<AwsAccount> {
  const [{ connect }, { Logger }] = await Promise.all([
    import("../functions/aws/account.ts"),
    import("@aws-lambda-powertools/logger"),
  ]);
  // A function's log lines would mix with the answer.
  const log = new Logger({ serviceName: "portward", logLevel: "SILENT" });
  return connect(config, { ...surroundings, log });
}

function readConfigFile(name: string | undefined): Record<string, string> {
  if (name === undefined) return {};
  const [file] = readJsonInputs([name]);
  const entries = Object.entries(Object(file?.json)).flatMap(([key, value]) =>
    /^PORTWARD_[A-Z_]+$/.test(key) && typeof value === "string" ? [[key, value] as const] : [],
  );
  const isMap = entries.length === Object.keys(Object(file?.json)).length;
  if (isMap && entries.length > 0) return Object.fromEntries(entries);
  const cure = "`portward setup --aws` prints one";
  throw inputError("config.file", `${name} is no JSON map of PORTWARD_* variables to text`, cure);
}
