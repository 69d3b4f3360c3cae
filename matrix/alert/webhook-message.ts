// An alert for other receivers: JSON for whoever reads it by program, and plain text in the forms that
// the robots of DingTalk, Feishu and WeCom take.
import { plainText } from "../plain-text.ts";
import { type ChatAlert, chatFacts, headingOf } from "./chat-text.ts";
import { bytesOf } from "./size.ts";

export type WebhookForm = "generic" | "dingtalk" | "feishu" | "wecom";

/**
 * Bytes of the text a robot takes, less some for what is around it: WeCom says 2,048, the others 20 KB.
 * https://developer.work.weixin.qq.com/document/path/91770
 */
export const robotBytes = { dingtalk: 18_000, feishu: 18_000, wecom: 2_000 } as const;

/** Makes the body to post. */
export function webhookMessage(alert: ChatAlert, form: WebhookForm): object {
  const { subject, detail } = alert;
  switch (form) {
    case "generic":
      return { version: "1", source: "portward", subject: plainText(subject, 200), ...detail };
    case "dingtalk":
      return { msgtype: "text", text: { content: textOf(alert, robotBytes.dingtalk) } };
    case "wecom":
      return { msgtype: "text", text: { content: textOf(alert, robotBytes.wecom) } };
    case "feishu":
      return { msg_type: "text", content: { text: textOf(alert, robotBytes.feishu, untagged) } };
  }
}

// Feishu's text knows a tag that calls everybody, and no way to escape one.
const untagged = (text: string): string => text.replaceAll("<", "‹").replaceAll(">", "›");

// The name is there for robots that take messages with a keyword only.
function textOf(alert: ChatAlert, bytes: number, changed = (text: string): string => text): string {
  const lines = [
    `Portward: ${plainText(headingOf(alert), 300)}`,
    ...chatFacts(alert).map(({ label, lines }) => `${label}: ${lines.map(line).join("; ")}`),
    ...(alert.detail.advice ?? []).map(line),
  ].map(changed);
  let left = bytes;
  const shown = lines.filter(one => {
    left -= bytesOf(one) + 1;
    return left >= 0;
  });
  return shown.join("\n");
}

const line = (text: string): string => plainText(text, 500);
