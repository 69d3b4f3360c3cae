// Slack, as far as clicks go: signs them with the secret that is kept, and takes the answers on loopback.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ApiAnswer, ApiRequest } from "../../functions/api/route.ts";
import { slackAction } from "../../functions/api/slack.ts";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import { exceptionButtons, findingButtons } from "../../matrix/alert/buttons.ts";
import { type Acting, TEAM } from "./acting.ts";
import type { OwnGate } from "./gate.ts";

export const APP = "A0123ABCD";
export const ALICE = "U0ALICE";
export const BOB = "U0BOB";
export const SIGNING = "0123456789abcdef0123456789abcdef";
export const FORM = "application/x-www-form-urlencoded";

/** A button that does nothing, on a finding that nobody has. */
export const IDLE: Pressed = { actionId: "finding:deny", value: '{"f":"f-aaaaaaaaaaaa"}' };

export interface Pressed {
  readonly actionId: string;
  readonly value: string;
}

export type Signed = Pick<ApiRequest, "headers" | "rawBody">;

export interface Slack {
  /** Where answers are taken. */
  readonly url: string;
  /** What was answered, with the path that it came to. */
  readonly answers: { path: string; text: string }[];
  /** The status that answers get. */
  status: number;
  /** The form of a click, signed now unless told otherwise. */
  signed(body: string, how?: { secret?: string; at?: number; type?: string }): Signed;
  /** The body of a click on a button. */
  body(button: Pressed | undefined, user?: string, more?: object): string;
  send(request: Signed): Promise<ApiAnswer>;
  click(button: Pressed | undefined, user?: string, more?: object): Promise<ApiAnswer>;
  /** A click that is dealt with through a gate. */
  clickThrough(gate: OwnGate, button: Pressed | undefined, user?: string): Promise<ApiAnswer>;
  /** Stores the secret anew. */
  rotate(more?: object): void;
  stop(): void;
}

/** Starts Slack beside a stage. */
export async function startSlack({ stage, call }: Acting): Promise<Slack> {
  const answers: Slack["answers"] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    answers.push({ path: request.url ?? "", ...JSON.parse(body) });
    response.writeHead(slack.status, { location: `${url}/elsewhere` }).end("ok");
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { account, aws } = stage;
  const name = aws.config.chatSecret ?? "";
  const secretText = (more: object) =>
    JSON.stringify({ signingSecret: SIGNING, teamId: TEAM, appId: APP, answersAt: url, ...more });
  account.secrets.put(name, secretText({}));

  const slack: Slack = {
    ...{ url, answers, status: 200 },
    signed(body, { secret = SIGNING, at = nowS(stage), type = FORM } = {}) {
      const mac = createHmac("sha256", secret).update(`v0:${at}:${body}`).digest("hex");
      const headers = {
        "content-type": type,
        "x-slack-request-timestamp": String(at),
        "x-slack-signature": `v0=${mac}`,
      };
      return { headers, rawBody: Buffer.from(body) };
    },
    body(button, user = ALICE, more = {}) {
      const payload = JSON.stringify({ ...payloadOf(button, user, url), ...more });
      return new URLSearchParams({ payload }).toString();
    },
    send: request => call(slackAction, request),
    click: (button, user, more) => slack.send(slack.signed(slack.body(button, user, more))),
    clickThrough: (gate, button, user) =>
      call(slackAction, slack.signed(slack.body(button, user)), gate),
    rotate: (more = {}) => void account.secrets.put(name, secretText(more)),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
  return slack;
}

/** Slack's clock, in its seconds. */
export const nowS = ({ aws }: Acting["stage"]): number => Math.floor(aws.clock() / 1_000);

const payloadOf = (button: Pressed | undefined, user: string, url: string) => ({
  ...{ type: "block_actions", api_app_id: APP, team: { id: TEAM, domain: "x" }, token: "unused" },
  user: { id: user, username: "whoever", team_id: TEAM },
  response_url: `${url}/actions/1`,
  actions: [{ type: "button", action_id: button?.actionId, value: button?.value, block_id: "b" }],
});

/** What the one who clicked is told. */
export const textOf = ({ body }: ApiAnswer): string => (body as { text?: string }).text ?? "";

/** The button that allows what a finding closed. */
export const allow = (finding: string, minutes = 60) =>
  findingButtons(finding).find(({ actionId }) => actionId === `finding:allow:${minutes}`);

/** The button that leaves it closed. */
export const deny = (finding: string) =>
  findingButtons(finding).find(({ actionId }) => actionId === "finding:deny");

/** A button under a request. */
export const buttonOf = ({ id, askHash }: KeptException, kind: "approve" | "reject") =>
  exceptionButtons({ id, hash: askHash }).find(({ actionId }) => actionId === `exception:${kind}`);
