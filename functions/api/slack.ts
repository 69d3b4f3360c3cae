// A click on a button in Slack: checked to be Slack's, of our team and app, then done. Whatever becomes
// of it, Slack gets its 200 and the one who clicked is told; what is not Slack's gets nothing.
import * as z from "zod";
import { readClick } from "../../matrix/alert/buttons.ts";
import { chatEscaped } from "../../matrix/alert/chat-text.ts";
import { plainText } from "../../matrix/plain-text.ts";
import { ANSWERS_AT, answerChat, type ChatAnswer, isAnswerable } from "../aws/chat-answer.ts";
import { errorText } from "../aws/error-codes.ts";
import { actOnClick, type Clicked } from "../reconcile/chat-click.ts";
import { problem } from "./problem.ts";
import type { ApiHandler, ApiRequest } from "./route.ts";
import { isFromSlack } from "./slack-signature.ts";

/**
 * What the secret says about clicks.
 *
 * @example { "signingSecret": "8f742231b10e8888abcd99yyyzzz85a5", "teamId": "T0123ABCD", "appId": "A0123ABCD" }
 */
const secretSchema = z.object({
  signingSecret: z.string().min(16),
  teamId: z.string().min(1),
  appId: z.string().min(1),
  /** Where answers go, if not to Slack itself. */
  answersAt: z.url().optional(),
});

/**
 * A click, as far as it is looked at.
 *
 * @example { "type": "block_actions", "api_app_id": "A0123ABCD", "team": { "id": "T0123ABCD" },
 *   "user": { "id": "U0123ABCD" }, "response_url": "https://hooks.slack.com/actions/T0/1/x",
 *   "actions": [{ "action_id": "finding:deny", "value": "{\"f\":\"f-feci5krfm5sp\"}" }] }
 */
const payloadSchema = z.object({
  type: z.literal("block_actions"),
  api_app_id: z.string(),
  team: z.object({ id: z.string() }),
  user: z.object({ id: z.string().regex(/^[A-Z0-9]{1,32}$/), team_id: z.string().optional() }),
  response_url: z.string().max(500).optional(),
  actions: z.array(z.object({ action_id: z.string(), value: z.string() })).length(1),
});

type Secret = z.infer<typeof secretSchema>;
type Payload = z.infer<typeof payloadSchema>;
type Aws = Parameters<ApiHandler>[1];

/** Takes a click on a button. */
export const slackAction: ApiHandler = async (request, aws) => {
  const kept = await aws.chat.secret();
  if (!kept) return problem(404, "no-chat", "no chat is configured");
  const secret = secretSchema.parse(kept);
  const payload = payloadOf(request, secret, aws.clock());
  if ("status" in payload) {
    const { sourceIp, requestId } = request;
    aws.log.info("a click was refused", { because: payload.because, sourceIp, requestId });
    return problem(payload.status, payload.code, payload.because);
  }
  const answer = answerOf(await clicked(payload, aws));
  await sendAnswer(payload, answer, secret, aws);
  return { status: 200, body: answer };
};

interface NoPayload {
  readonly status: number;
  readonly code: string;
  readonly because: string;
}

function payloadOf(
  request: ApiRequest,
  { signingSecret, teamId, appId }: Secret,
  now: number,
): Payload | NoPayload {
  const { headers, rawBody } = request;
  if (!isFromSlack(request, signingSecret, now)) {
    return { status: 401, code: "signature", because: "it is not signed by Slack, or too old" };
  }
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    return { status: 415, code: "media-type", because: "a click comes as a form" };
  }
  const { data, success } = payloadSchema.safeParse(jsonOf(rawBody));
  if (!success) return { status: 400, code: "payload", because: "it is no click on a button" };
  const isOurs =
    data.api_app_id === appId &&
    [data.team.id, data.user.team_id ?? teamId].every(id => id === teamId);
  return isOurs ? data : { status: 403, code: "stranger", because: "it is of another team or app" };
}

function jsonOf(rawBody: Buffer): unknown {
  const payloads = new URLSearchParams(rawBody.toString()).getAll("payload");
  try {
    return payloads.length === 1 ? JSON.parse(payloads[0] ?? "") : undefined;
  } catch {
    return undefined;
  }
}

async function clicked({ team, user, actions }: Payload, aws: Aws): Promise<Clicked> {
  const by = { kind: "slack", team: team.id, user: user.id } as const;
  const [{ action_id, value } = { action_id: "", value: "" }] = actions;
  const click = readClick(action_id, value);
  const who = { team: team.id, user: user.id, action: plainText(action_id, 100) };
  if (!click) {
    aws.log.info("a click on a button that is not ours was left", who);
    return { kind: "left", text: "This button is not known any more." };
  }
  try {
    const done = await actOnClick(aws, click, by);
    const code = done.kind === "refused" ? { code: done.code } : {};
    aws.log.info(`a click was ${done.kind}`, { ...who, ...code, value: plainText(value, 200) });
    return done;
  } catch (error) {
    // An error would make Slack say that the app is broken, and nobody would know what to do.
    aws.log.error("a click could not be done", { ...who, error: errorText(error) });
    return { kind: "left", text: "It could not be done now. Click again in a minute." };
  }
}

function answerOf(done: Clicked): ChatAnswer {
  const text = done.kind === "refused" ? `Refused: ${done.because}.` : done.text;
  return { response_type: "ephemeral", replace_original: false, text: chatEscaped(text, 2_000) };
}

async function sendAnswer(
  { response_url: url }: Payload,
  answer: ChatAnswer,
  { answersAt = ANSWERS_AT }: Secret,
  aws: Aws,
): Promise<void> {
  if (url === undefined || !isAnswerable(url, new URL(answersAt).origin)) return;
  try {
    await answerChat(url, answer);
  } catch (error) {
    aws.log.error("the one who clicked could not be answered", { error: errorText(error) });
  }
}
