// Where the demo plays: a local account in this process with the five servers, Portward deployed in
// it, the example matrix with the demo's own file over it in force, and a tester's EC2 client.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { activate, reconcileGoverned } from "../../functions/reconcile/activate.ts";
import { type Account, startAccount } from "../../local/account.ts";
import { withLocalPeople } from "../../local/people.ts";
import { type Deployment, deploy } from "../../local/portward.ts";
import { type SeededGroups, seedFiveServers } from "../../local/seed.ts";
import { createTester, type Tester } from "../../local/tester.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { makePolicy, type Policy } from "../../matrix/policy.ts";
import { boundsOfList, listsNamed } from "../named.ts";

export interface Stage {
  readonly account: Account;
  readonly deployment: Deployment;
  readonly tester: Tester;
  readonly groups: SeededGroups;
  /** The prefix list that the demo's matrix bounds. */
  readonly listId: string;
  readonly policy: Policy;
  /** Resolves when every event so far has been worked on. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

const FILES = ["../../matrix/examples/funai-studio.yaml", "./partners.yaml"];

/** Sets the stage. */
export async function openStage(): Promise<Stage> {
  const account = await startAccount();
  const groups = seedFiveServers(account);
  const files = FILES.map(name => ({
    ...{ name, text: readFileSync(new URL(name, import.meta.url), "utf8") },
  }));
  const document = withLocalPeople(parseMatrix(files), account);
  const [listId = ""] = listsNamed(document);
  account.ec2.seed.prefixList(
    { account: account.accountId, region: account.region },
    {
      prefixListId: listId,
      name: "partners",
      entries: boundsOfList(document, listId).map(cidr => ({ cidr })),
      maxEntries: 10,
    },
  );
  const deployment = deploy(account);
  const { aws } = deployment;
  const { pins, refused } = await activate(aws, document, { by: "demo", note: "the demo" });
  if (refused !== undefined) throw new Error(`the matrix was not applied: ${refused}`);
  await reconcileGoverned(aws, pins, "apply");
  const quiet = () => quietOf(account, deployment);
  await quiet();
  return {
    account,
    deployment,
    tester: createTester(account),
    groups,
    listId,
    policy: makePolicy(document, pins, "1"),
    quiet,
    async close() {
      deployment.stop();
      await account.stop();
    },
  };
}

const PATIENCE_MS = 12_000;

async function quietOf(account: Account, { config }: Deployment): Promise<void> {
  const queue = config.retryQueueUrl.split("/").at(-1) ?? "";
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    await account.idle();
    const { visible, inFlight } = account.queues.count(queue);
    if (visible + inFlight === 0) return;
    // What failed is hidden for minutes before it comes again.
    if (Date.now() > end) throw new Error(`${inFlight} events are not done after 12 s`);
    await sleep(10);
  }
}
