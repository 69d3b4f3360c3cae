// An alert in the one form that Amazon Q Developer in chat applications (formerly AWS Chatbot) shows:
// its custom notification. Anything else on the topic it drops without a word.
// https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
import { type ChatAlert, chatEscaped, chatFacts, headingOf } from "./chat-text.ts";

export interface ChatbotMessage {
  readonly version: "1.0";
  readonly source: "custom";
  readonly id?: string;
  readonly content: {
    readonly textType: "client-markdown";
    readonly title: string;
    readonly description: string;
    readonly nextSteps: readonly string[];
    readonly keywords: readonly string[];
  };
  readonly metadata: {
    /** What follows about the same group is put into one thread. */
    readonly threadId?: string;
    readonly summary: string;
    readonly eventType: string;
    readonly enableCustomActions: false;
  };
}

// Its limits are not documented for every field; these stay well below those that are known.
const TITLE = 150;
const LINE = 500;
/** Letters, of which each takes three bytes at most. */
const DESCRIPTION = 4_000;
const STEP = 400;

/** Makes the message. */
export function chatbotMessage(alert: ChatAlert): ChatbotMessage {
  const { subject, detail } = alert;
  const { outcome, severity, advice = [], group, findings, exception } = detail;
  const first = findings[0] as { id?: unknown } | undefined;
  const id = exception?.id ?? first?.id;
  const thread = exception?.id ?? group.id;
  return {
    version: "1.0",
    source: "custom",
    ...(typeof id === "string" && id !== "" && { id: chatEscaped(id, 64) }),
    content: {
      textType: "client-markdown",
      title: bare(headingOf(alert), TITLE),
      description: descriptionOf(alert),
      nextSteps: advice.slice(0, 3).map(one => code(one, STEP)),
      keywords: [outcome, severity].map(one => chatEscaped(one, 50)),
    },
    metadata: {
      ...(thread !== "" && { threadId: chatEscaped(thread, 64) }),
      summary: bare(subject, TITLE),
      eventType: chatEscaped(outcome, 64),
      enableCustomActions: false,
    },
  };
}

function descriptionOf(alert: ChatAlert): string {
  let room = DESCRIPTION;
  const lines = chatFacts(alert)
    .flatMap(({ label, lines }) =>
      lines.map((line, index) => `${index === 0 ? `*${label}* ` : ""}${code(line, LINE)}`),
    )
    .filter(line => {
      room -= line.length + 1;
      return room >= 0;
    });
  return lines.join("\n") || code(alert.subject, TITLE);
}

// As code, so that no chat reads markdown, a link or an address in it; a backtick would end that.
function code(text: string, max: number): string {
  return `\`${chatEscaped(text.replaceAll("`", "'"), max - 2) || "-"}\``;
}

// A title may be shown as it is or as markdown: what would mark it up is taken out of it.
function bare(text: string, max: number): string {
  const harmless = text.replace(/[`*_~[\]|]/g, "'").replaceAll("://", ":/ /");
  return chatEscaped(harmless, max) || "-";
}
