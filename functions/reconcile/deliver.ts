// Brings one alert to everybody in chat who is to have it, each once: a receiver that fails is tried
// again by the queue, one that refuses ends in the dead-letter queue, and neither holds up the others.
import { slackMessage } from "../../matrix/alert/slack-message.ts";
import { webhookMessage } from "../../matrix/alert/webhook-message.ts";
import type { ChatTarget, ChatTargets } from "../aws/chat-targets.ts";
import type { Notification } from "../aws/notification.ts";
import { type Posted, postJson } from "../aws/webhook.ts";
import type { Deps } from "./deps.ts";

export interface Delivering {
  readonly to: ChatTargets;
  /** Receivers that said "not now": they are left alone for the rest of the batch. */
  readonly resting: Set<string>;
  readonly allowLoopback: boolean;
}

type Needs = Pick<Deps, "clock" | "deliveries" | "log" | "queue">;

/** Posts a message to every receiver that has not had it; true when none has to be tried again. */
export async function deliver(
  deps: Needs,
  { id, alert }: Notification,
  body: string,
  { to, resting, allowLoopback }: Delivering,
): Promise<boolean> {
  let isDone = true;
  for (const target of to.targets) {
    const turn = resting.has(target.id)
      ? "busy"
      : await deps.deliveries.begin(id, target.id, deps.clock());
    if (turn === "busy") isDone = false;
    if (turn !== "turn") continue;
    const message =
      target.form === "slack"
        ? slackMessage(alert, { withButtons: to.hasButtons })
        : webhookMessage(alert, target.form);
    const options = { hosts: to.hosts, allowLoopback };
    const posted = answered(target, await postJson(target.url, message, options));
    if (posted.kind === "later") {
      deps.log.warn("a chat message could not be posted yet", about(target, posted.because));
      resting.add(target.id);
      isDone = false;
      await deps.deliveries.release(id, target.id);
      continue;
    }
    if (posted.kind === "refused") {
      deps.log.error("a chat message was refused", about(target, posted.because));
      await deps.queue.reject(body, id, `${target.name}: ${posted.because}`);
    }
    const outcome = posted.kind === "done" ? "posted" : "refused";
    await deps.deliveries.finish(id, target.id, deps.clock(), outcome);
  }
  return isDone;
}

const about = ({ name }: ChatTarget, because: string) => ({ target: name, because });

/** What robots answer when they have had too many, by their own documents. */
const TOO_MANY = new Set([45_009, 130_101, 130_102, 11_232, 9_499]);

// The robots answer 200 whatever happened, and say in the body how it went.
function answered({ form }: ChatTarget, posted: Posted): Posted {
  if (posted.kind !== "done" || form === "slack" || form === "generic") return posted;
  const code = codeIn(posted.body);
  if (code === 0) return posted;
  return { kind: TOO_MANY.has(code) ? "later" : "refused", because: `it answered code ${code}` };
}

function codeIn(body: string): number {
  try {
    const { errcode, code, StatusCode } = Object(JSON.parse(body)) as Record<string, unknown>;
    return Number(errcode ?? code ?? StatusCode ?? 0);
  } catch {
    return 0;
  }
}
