// Where alerts go in chat, out of the chat secret. It posts nothing, and names no address: whoever
// knows a webhook's address can post to it.
import { createHash } from "node:crypto";
import type { WebhookForm } from "../../matrix/alert/webhook-message.ts";
import type { ChatSecret } from "./chat-secret.ts";

/** One receiver. */
export interface ChatTarget {
  /** The same for the same address; tells nothing of it. */
  readonly id: string;
  /** For logs and reasons. */
  readonly name: string;
  readonly url: string;
  readonly form: "slack" | WebhookForm;
}

export interface ChatTargets {
  readonly targets: readonly ChatTarget[];
  /** The hosts that may be posted to. */
  readonly hosts: ReadonlySet<string>;
  /** Whether clicks on buttons are taken. */
  readonly hasButtons: boolean;
  /** What is wrong in the secret, in words that give nothing of it away. */
  readonly problems: readonly string[];
}

/** The hosts of those whose form says who they are. */
const HOSTS: readonly string[] = [
  "hooks.slack.com",
  "hooks.slack-gov.com",
  "oapi.dingtalk.com",
  "open.feishu.cn",
  "open.larksuite.com",
  "qyapi.weixin.qq.com",
];
const FORMS: readonly string[] = ["generic", "dingtalk", "feishu", "wecom"];
const MOST = 10;

/**
 * Reads the receivers out of the secret.
 *
 * @example chatTargets({ slackWebhook: "https://hooks.slack.com/services/T0/B0/x" }).targets.length // 1
 */
export function chatTargets(secret: ChatSecret | undefined): ChatTargets {
  const { slackWebhook, webhooks = [], hosts = [], signingSecret } = secret ?? {};
  const problems: string[] = [];
  const targets: ChatTarget[] = [];
  const add = (url: string, form: ChatTarget["form"], name: string): void => {
    const id = createHash("sha256").update(url).digest("base64url").slice(0, 16);
    if (!targets.some(other => other.id === id)) targets.push({ id, name, url, form });
  };
  if (typeof slackWebhook === "string") add(slackWebhook, "slack", "slack");
  else if (slackWebhook !== undefined) problems.push("slackWebhook is no text");
  if (!Array.isArray(webhooks)) problems.push("webhooks is no list");
  for (const [index, entry] of (Array.isArray(webhooks) ? webhooks : []).entries()) {
    const { url, form = "generic" } = Object(entry) as { url?: unknown; form?: unknown };
    const name = `webhook ${index + 1}`;
    if (typeof url !== "string") problems.push(`${name} has no url`);
    else if (!isForm(form)) problems.push(`the form of ${name} is none of ${FORMS.join(", ")}`);
    else if (index >= MOST) problems.push(`${name} is one too many: ${MOST} at most`);
    else add(url, form, `${name} (${form})`);
  }
  const named = Array.isArray(hosts) ? hosts.filter(host => typeof host === "string") : [];
  return {
    ...{ targets, problems },
    hosts: new Set([...HOSTS, ...named.map(host => host.toLowerCase())]),
    hasButtons: typeof signingSecret === "string",
  };
}

const isForm = (form: unknown): form is WebhookForm =>
  typeof form === "string" && FORMS.includes(form);
