// Inputs that reach an account: API requests, clicks, links, queue messages, answers of EC2. Each says
// undefined when it was dealt with as promised. Nothing of them names a drift, so none may write.
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { showApproval } from "../../functions/api/approvals.ts";
import { type AwsAccount, connect } from "../../functions/aws/account.ts";
import { runBatch } from "../../functions/reconcile/batch.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { routes } from "../../functions/wiring/routes.ts";
import { accessKeyOf, secretOf } from "../../local/identities.ts";
import { type Random, randomOf, whole } from "../chaos/draw.ts";
import { type Acting, startActing } from "../support/acting.ts";
import { hand } from "../support/api.ts";
import { ALICE, IDLE, type Slack, startSlack } from "../support/slack.ts";
import { mutateJson, mutateText, mutateXml } from "./mutate.ts";
import { drawBody, thrown, type Wrong } from "./offline.ts";

export interface Online {
  readonly acting: Acting;
  callsApi(random: Random): Promise<Wrong>;
  clicks(random: Random): Promise<Wrong>;
  followsLink(random: Random): Promise<Wrong>;
  hearsOf(random: Random): Promise<Wrong>;
  readsEc2(random: Random): Promise<Wrong>;
  /** Forgets what was called and logged so far, so that only Portward's own memory can grow. */
  forget(): void;
  /** Opens a port by hand: this is closed, and the groups are then what they were before all inputs. */
  stillCloses(): Promise<Wrong>;
  stop(): Promise<void>;
}

/** Starts the account, with the example in enforce and nothing to close. */
export async function startOnline(): Promise<Online> {
  const acting = await startActing();
  const slack = await startSlack(acting);
  const proxy = await startProxy(acting.stage.account.url);
  const { stage } = acting;
  const accessKeyId = accessKeyOf("portward");
  const beyond = connect(stage.aws.config, {
    endpoint: proxy.url,
    credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
    ...{ clock: stage.account.clock.now, sleep: stage.aws.sleep, log: stage.aws.log as never },
    maxAttempts: 1,
  });
  const [claim] = Object.values(acting.linksOf(await acting.mail(await acting.ask())));
  const token = claim?.split("/approvals/")[1] ?? "";
  const before = await rulesOf(acting);
  stage.mark();
  return {
    acting,
    callsApi: random => unwritten(acting, () => callApi(stage.aws, random)),
    clicks: random => unwritten(acting, () => click(acting, slack, random)),
    followsLink: random => unwritten(acting, () => follow(acting, token, random)),
    hearsOf: random => unwritten(acting, () => hear(acting, random)),
    readsEc2: random => unwritten(acting, () => read(acting, beyond, proxy, random)),
    forget() {
      stage.account.calls.clear();
      stage.mark();
    },
    async stillCloses() {
      stage.mark();
      await stage.open(stage.groups.deploy, OPENED);
      await stage.idle();
      if (!stage.writes().includes("RevokeSecurityGroupIngress"))
        return "nothing closes any more: that nothing was written says nothing";
      const after = await rulesOf(acting);
      return after === before ? undefined : `the groups hold ${after}, and held ${before}`;
    },
    async stop() {
      await proxy.stop();
      slack.stop();
      await stage.stop();
    },
  };
}

const OPENED = "ingress tcp 22 from 0.0.0.0/0";

const rulesOf = async ({ stage }: Acting): Promise<string> =>
  JSON.stringify(await Promise.all(Object.values(stage.groups).map(id => stage.rules(id))));

async function unwritten({ stage }: Acting, task: () => Promise<Wrong>): Promise<Wrong> {
  const wrong = await task();
  const writes = stage.writes();
  if (writes.length === 0) return wrong;
  stage.mark();
  return `it wrote: ${writes.join(", ")} ${wrong ?? ""}`;
}

const AUTHORIZER = { iam: { userArn: "arn:aws:iam::111122223333:user/wang" } };
const WISH = {
  ...{ rule: "ingress tcp 7002 from 10.1.2.3/32", group: "sg-0f0a1b2c3d4e50100" },
  ...{ minutes: 60, reason: "release", open: true },
};
const BODIES: readonly unknown[] = [
  ...[WISH, { kind: "pause", minutes: 5, reason: "x" }, { text: "matrix: m", note: "n" }],
  ...[{ note: "n", hash: "h" }, {}, { apply: "p-000000000000" }],
];

async function callApi(aws: AwsAccount, random: Random): Promise<Wrong> {
  const route = routes[whole(random, routes.length)] ?? routes[0];
  const given = mutateText(random, route.path);
  const path =
    random() < 0.5 ? route.path.replace(/\{\w+\}/g, "x-00000000000000000000000000") : given;
  const method = random() < 0.9 ? route.method : "PATCH";
  const body = mutateJson(random, BODIES[whole(random, BODIES.length)]);
  const text = random() < 0.2 ? mutateText(random, JSON.stringify(body)) : JSON.stringify(body);
  // Bodies that are sound are other tests': here none is to be taken for what somebody wants.
  const query = random() < 0.5 ? "" : mutateText(random, "limit=5&state=open&since=2026-01-01");
  const headers = random() < 0.5 ? {} : { "idempotency-key": mutateText(random, "key-1234567890") };
  const wish = { method, path, query, headers, body: method === "GET" ? undefined : text };
  try {
    const { status } = await hand(aws, { ...wish, authorizer: AUTHORIZER });
    return status < 500 ? undefined : `${status} to ${JSON.stringify(wish)}`;
  } catch (error) {
    return `${thrown(error)} at ${JSON.stringify(wish)}`;
  }
}

async function click(acting: Acting, slack: Slack, random: Random): Promise<Wrong> {
  const form = new URLSearchParams(slack.body(IDLE, ALICE));
  const payload = mutateJson(random, JSON.parse(form.get("payload") ?? "{}"));
  const sent =
    random() < 0.8 ? JSON.stringify(payload) : mutateText(random, JSON.stringify(payload));
  const body = new URLSearchParams({ payload: sent }).toString();
  const how = random() < 0.9 ? {} : { secret: "f".repeat(32) };
  try {
    const { status } = await slack.send(
      slack.signed(random() < 0.9 ? body : mutateText(random, body), how),
    );
    return status < 500 ? undefined : `${status} to the click ${body}`;
  } catch (error) {
    return `${thrown(error)} at the click ${body} on ${acting.approvalTopic}`;
  }
}

async function follow({ call }: Acting, token: string, random: Random): Promise<Wrong> {
  const mutated = mutateText(random, token);
  try {
    const { status } = await call(showApproval, { params: { token: mutated } });
    const isRefused = status >= 400 && status < 500;
    return isRefused || mutated === token ? undefined : `${status} to the link ${mutated}`;
  } catch (error) {
    return `${thrown(error)} at the link ${mutated}`;
  }
}

async function hear({ stage }: Acting, random: Random): Promise<Wrong> {
  const { region } = stage.account;
  const groups = Object.values(stage.groups);
  // Of a group that is there and has no drift as often as of one that nobody has.
  const group = random() < 0.5 ? groups[whole(random, groups.length)] : undefined;
  const drawn = drawBody(random).replaceAll("eu-west-1", region);
  const body = group === undefined ? drawn : drawn.replaceAll(/sg-[0-9a-f]{17}/g, group);
  try {
    await runBatch(stage.aws, [{ id: "m", body, attempt: whole(random, 4) }]);
    return undefined;
  } catch (error) {
    return `${thrown(error)} at the message ${body}`;
  }
}

async function read(
  { stage }: Acting,
  beyond: AwsAccount,
  proxy: Proxy,
  random: Random,
): Promise<Wrong> {
  const [, groupId = ""] = Object.entries(stage.groups)[whole(random, 5)] ?? [];
  proxy.seed = whole(random, 1e9);
  proxy.mayDrop = random() < 0.3;
  const { account, region } = stage.aws.config;
  const trigger = { kind: "sweep" as const, id: "fuzz", account, region, changes: [] };
  try {
    await reconcile(beyond, groupId, [trigger]);
    return undefined;
  } catch (error) {
    // A rule that cannot be read fails the run, which comes again; a mistake of ours would be another.
    const isClean =
      error instanceof Error && !/^(?:Type|Range|Reference|Syntax)Error/.test(error.name);
    return isClean ? undefined : `${thrown(error)} at answers of seed ${proxy.seed}`;
  }
}

interface Proxy {
  readonly url: string;
  seed: number;
  /** Whether elements may be missing, or only more of them be there. */
  mayDrop: boolean;
  stop(): Promise<void>;
}

/** An endpoint that hands EC2's answers to reads on with elements added or left out. */
async function startProxy(target: string): Promise<Proxy> {
  const server = createServer(async (incoming, response) => {
    const body: Buffer[] = [];
    for await (const chunk of incoming) body.push(chunk as Buffer);
    const { method = "POST", url = "/", headers } = incoming;
    const asked = forward(`${target}${url}`, { method, headers }, async answer => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks);
      const isRead =
        /\/ec2\/aws4/.test(headers.authorization ?? "") &&
        /Action=Describe/.test(String(Buffer.concat(body)));
      const sent = isRead
        ? Buffer.from(mutateXml(randomOf(proxy.seed), String(text), proxy.mayDrop))
        : text;
      response.writeHead(answer.statusCode ?? 500, {
        ...answer.headers,
        "content-length": sent.length,
      });
      response.end(sent);
    });
    asked.on("error", () => response.destroy());
    asked.end(Buffer.concat(body));
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const proxy: Proxy = {
    ...{
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      seed: 0,
      mayDrop: false,
    },
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return proxy;
}
