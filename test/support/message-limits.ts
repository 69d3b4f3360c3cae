// What SNS, mail and Slack take, in their own numbers: the limits as they are documented, held against
// the bytes that went out. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html ,
// https://docs.slack.dev/reference/block-kit/blocks
import { Buffer } from "node:buffer";
import type { InboxMessage } from "../../local/inbox.ts";
import { widthOf } from "../../matrix/alert/paragraph.ts";

const LINK = /^https?:\/\/\S+$/;

/** What a published message breaks; nothing where all is well. */
export function publishedFaults({ subject = "", message, forms = {} }: InboxMessage): string[] {
  const whole = JSON.stringify({ default: message, ...forms });
  const isSubject = subject.length <= 100 && /^[!-~][ -~]*$/.test(subject);
  const wide = message.split("\n").filter(line => widthOf(line) > 78 && !LINK.test(line));
  return [
    ...(isSubject ? [] : [`the subject ${JSON.stringify(subject)}`]),
    ...(Buffer.byteLength(whole) <= 256 * 1024 ? [] : ["more than 256 KB"]),
    ...wide.map(line => `a line of ${widthOf(line)} columns: ${line}`),
    ...(/[^\n\P{Cc}]/u.test(message) ? ["a control character"] : []),
    ...(forms.https === undefined ? [] : chatbotFaults(forms.https)),
  ];
}

/** What Amazon Q Developer would drop a notification for. */
function chatbotFaults(text: string): string[] {
  const { version, source, content } = JSON.parse(text) as Record<string, unknown>;
  const { description } = (content ?? {}) as { description?: unknown };
  const isOurs = version === "1.0" && source === "custom" && typeof description === "string";
  return isOurs ? [] : ["no custom notification"];
}

interface Block {
  readonly type: string;
  readonly text?: { readonly text: string };
  readonly fields?: readonly { readonly text: string }[];
  readonly elements?: readonly Element[];
}

interface Element {
  readonly type: string;
  readonly text?: { readonly text: string } | string;
  readonly action_id?: string;
  readonly value?: string;
}

/** What a Slack message breaks; nothing where all is well. */
export function slackFaults(body: string): string[] {
  const { text, blocks } = JSON.parse(body) as { text: string; blocks: readonly Block[] };
  const faults: string[] = [];
  const most = (what: string, length: number, limit: number) => {
    if (length > limit) faults.push(`${what}: ${length} of ${limit}`);
  };
  if (text === "") faults.push("no fallback text");
  most("blocks", blocks.length, 50);
  most("fallback", text.length, 40_000);
  for (const block of blocks) {
    most(block.type, block.text?.text.length ?? 0, block.type === "header" ? 150 : 3_000);
    most("fields", block.fields?.length ?? 0, 10);
    for (const field of block.fields ?? []) most("field", field.text.length, 2_000);
    most("elements", block.elements?.length ?? 0, block.type === "actions" ? 25 : 10);
    for (const { type, text: own, action_id = "", value = "" } of block.elements ?? []) {
      most("action_id", action_id.length, 255);
      most("value", value.length, 2_000);
      if (type === "button" && typeof own === "object") most("button", own.text.length, 75);
    }
  }
  return faults;
}
