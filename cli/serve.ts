// Serves a local AWS account with Portward deployed in it, until it is stopped: any SDK or the `aws`
// CLI can open a port there and watch it close. Alerts are printed as they are published.
import { readFileSync } from "node:fs";
import { activate, reconcileGoverned } from "../functions/reconcile/activate.ts";
import { startAccount } from "../local/account.ts";
import type { InboxMessage } from "../local/inbox.ts";
import { withLocalPeople } from "../local/people.ts";
import { deploy } from "../local/portward.ts";
import { seedFiveServers } from "../local/seed.ts";
import type { MatrixDocument } from "../matrix/document.ts";
import { parseMatrix } from "../matrix/file/parse.ts";
import { plainText } from "../matrix/plain-text.ts";
import { environmentOf } from "./environment.ts";
import { CLEAN, type ExitCode, INTERRUPTED } from "./exit-code.ts";
import { readMatrixFiles } from "./matrix-files.ts";
import { paint, print, printLines, table } from "./output.ts";
import { plantNamed } from "./planting.ts";
import { announceRunning } from "./running.ts";

export interface LocalOptions {
  readonly port: number;
  readonly matrix?: string[];
  readonly state?: string;
  readonly json?: boolean;
}

const EXAMPLE = new URL("../matrix/examples/funai-studio.yaml", import.meta.url);

/** Starts the account, and stops it when the process is told to stop. */
export async function serve(options: LocalOptions): Promise<ExitCode> {
  const document = options.matrix && readMatrixFiles(options.matrix);
  const stopped = stopSignal();
  const account = await startOn(options);
  const deployment = deploy(account);
  const alerts = alertPrinter(options.json);
  account.inbox.listen(alerts.print);
  const close = async () => {
    deployment.stop();
    await account.stop();
  };
  let forget = () => {};
  try {
    const story = document
      ? await followMatrix(account, deployment, document)
      : await exampleMatrix(account, deployment);
    forget = announce(account, deployment);
    printStart({ account, deployment, story }, options.json);
    alerts.begin();
    return await stopped;
  } finally {
    forget();
    await close();
  }
}

type Account = Awaited<ReturnType<typeof startAccount>>;
type Deployment = ReturnType<typeof deploy>;

/** What the account was started with. */
interface Story {
  readonly lines: readonly string[];
  /** A group that an example can open a port in. */
  readonly groupId?: string;
}

async function startOn({ port, state }: LocalOptions): Promise<Account> {
  try {
    return await startAccount({ port, ...(state !== undefined && { stateDir: state }) });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EADDRINUSE") throw thrown;
    throw new Error(`port ${port} is taken: choose another with --port N, or any with --port 0`);
  }
}

/** The five servers under their example, unless a kept account has a matrix in force already. */
async function exampleMatrix(account: Account, { aws }: Deployment): Promise<Story> {
  const groups = seedFiveServers(account);
  const kept = (await aws.policy.activeSummary()).active;
  if (kept) {
    const lines = [`matrix version ${kept.version} is still in force, applied by ${kept.by}`];
    return { lines, groupId: groups.deploy };
  }
  const text = readFileSync(EXAMPLE, "utf8");
  const example = parseMatrix([{ name: "funai-studio.yaml", text }]);
  const document: MatrixDocument = { ...withLocalPeople(example, account), mode: "enforce" };
  const { pins } = await activate(aws, document, { by: "local", note: "the example" });
  await reconcileGoverned(aws, pins, "apply");
  const lines = [
    "five servers, under matrix/examples/funai-studio.yaml in mode enforce (the file says observe)",
    ...table(Object.entries(groups).map(([part, id]) => [`  ${part}`, id])),
  ];
  return { lines, groupId: groups.deploy };
}

async function followMatrix(
  account: Account,
  deployment: Deployment,
  document: MatrixDocument,
): Promise<Story> {
  const planted = await plantNamed(account, deployment.aws, document);
  const { pins, orphans, refused } = await deployment.follow(document);
  if (refused !== undefined) throw new Error(`not applied: ${refused}`);
  const rows = Object.entries(pins.groups).flatMap(([part, groups]) =>
    groups.map(({ id, name }) => [`  ${part}`, id, plainText(name)]),
  );
  const groupId = Object.values(pins.groups).flat()[0]?.id;
  const lines = [
    `matrix ${document.matrix} in mode ${document.mode}`,
    ...table(rows),
    ...(planted.length > 0 ? [`planted, as the matrix names them: ${planted.join(", ")}`] : []),
    ...(orphans.length > 0
      ? [`waiting for groups that play ${orphans.join(", ")}: create them by name or tags`]
      : []),
  ];
  return { lines, ...(groupId !== undefined && { groupId }) };
}

function announce(account: Account, deployment: Deployment): () => void {
  return announceRunning({
    url: account.url,
    pid: process.pid,
    accountId: account.accountId,
    region: account.region,
    // An operator, who is not the tester of the printed lines.
    env: { ...account.env("alice"), ...environmentOf(deployment.config) },
  });
}

function printStart(
  { account, deployment, story }: { account: Account; deployment: Deployment; story: Story },
  isJson: boolean | undefined,
): void {
  const { url, accountId, region } = account;
  const env = account.env();
  const { pid } = process;
  if (isJson) {
    process.stderr.write(`local account ${new URL(url).host}\n`);
    // One value a line: alerts follow in the same form.
    const config = environmentOf(deployment.config);
    print(JSON.stringify({ url, pid, accountId, region, env, config }));
    return;
  }
  print(`local account ${new URL(url).host}`);
  for (const [name, value] of Object.entries(env)) print(`export ${name}=${value}`);
  print(`pid ${pid}`);
  printLines(story.lines);
  const id = story.groupId ?? "sg-…";
  const call = "aws ec2 authorize-security-group-ingress --protocol tcp --port 7002";
  print(`try: ${call} --cidr 0.0.0.0/0 --group-id ${id}`);
  print(paint("quiet", "alerts follow; end with Ctrl-C"));
}

/** Prints alerts as they come, those of the start after the first lines. */
function alertPrinter(isJson: boolean | undefined) {
  const early: InboxMessage[] = [];
  let hasBegun = false;
  const show = ({ subject = "", message, attributes, at }: InboxMessage) => {
    const time = new Date(at).toISOString();
    const group = attributes.group?.value ?? "";
    if (isJson) print(JSON.stringify({ at: time, subject, group, message }));
    else print(`${time.slice(11, 19)}  ${subject.replace(/, \d{12}.*$/, "")}`);
  };
  return {
    print(message: InboxMessage): void {
      if (hasBegun) show(message);
      else early.push(message);
    },
    begin(): void {
      hasBegun = true;
      for (const message of early) show(message);
    },
  };
}

/** Resolves when the process is told to stop: by Ctrl-C, or in good order by SIGTERM. */
function stopSignal(): Promise<ExitCode> {
  // Without this the command line would end at once, and leave its file behind.
  process.removeAllListeners("SIGINT");
  return new Promise(resolve => {
    process.once("SIGINT", () => resolve(INTERRUPTED));
    process.once("SIGTERM", () => resolve(CLEAN));
  });
}
