// An alert as a Slack message: Block Kit for an incoming webhook, every limit kept.
// https://docs.slack.dev/reference/block-kit/blocks
import { type ChatAlert, chatEscaped, chatFacts, headingOf } from "./chat-text.ts";
import type { Fact } from "./fact.ts";
import { type AskedButton, buttonsFor } from "./slack-buttons.ts";

/** What Slack takes, in characters and counts. */
export const slackLimits = {
  blocks: 50,
  header: 150,
  text: 3_000,
  fields: 10,
  field: 2_000,
  elements: 10,
  button: 75,
  value: 2_000,
  actionId: 255,
  confirmTitle: 100,
  confirmText: 300,
  confirmLabel: 30,
  /** Of the fallback: Slack cuts at 40,000, and a notification shows a line. */
  fallback: 1_000,
} as const;

/** The body to post. */
export interface SlackMessage {
  /** What a notification shows. */
  readonly text: string;
  readonly blocks: readonly object[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

/** Makes the message; with buttons only where clicks are taken. */
export function slackMessage(alert: ChatAlert, { withButtons = false } = {}): SlackMessage {
  const facts = chatFacts(alert);
  const short = facts.filter(isShort);
  const long = facts.filter(one => !isShort(one));
  const { advice = [], severity } = alert.detail;
  const buttons = withButtons ? buttonsFor(alert.detail) : [];
  const blocks = [
    { type: "header", text: plain(headingOf(alert), slackLimits.header) },
    ...chunked(short, slackLimits.fields).map(some => ({
      type: "section",
      fields: some.map(one => said(one, slackLimits.field)),
    })),
    ...long.map(one => ({ type: "section", text: said(one, slackLimits.text) })),
    {
      type: "context",
      elements: [`severity ${severity}`, ...advice]
        .slice(0, slackLimits.elements)
        .map(line => markdown(chatEscaped(line, slackLimits.field))),
    },
    ...(buttons.length > 0 ? [{ type: "actions", elements: buttons.map(element) }] : []),
  ];
  return {
    text: chatEscaped(alert.subject, slackLimits.fallback),
    blocks: blocks.slice(0, slackLimits.blocks),
    unfurl_links: false,
    unfurl_media: false,
  };
}

const isShort = ({ lines: [line = "", ...others] }: Fact): boolean =>
  others.length === 0 && line.length <= 200;

function chunked<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, n) => items.slice(n * size, (n + 1) * size));
}

function said({ label, lines }: Fact, max: number): object {
  const name = `*${label}*\n`;
  const joined = lines.map(line => chatEscaped(line, 500));
  // Whole lines: a cut within one would have to know its escapes.
  let room = max - name.length;
  const shown = joined.filter(line => {
    room -= line.length + 1;
    return room >= 0;
  });
  return markdown(`${name}${shown.join("\n") || "-"}`);
}

// Verbatim: no address in outside text becomes a link, and no name a mention.
const markdown = (text: string): object => ({ type: "mrkdwn", text, verbatim: true });

const plain = (text: string, max: number): object => ({
  type: "plain_text",
  text: chatEscaped(text, max) || "-",
  emoji: false,
});

function element({ actionId, value, label, style, question }: AskedButton): object {
  return {
    type: "button",
    action_id: actionId,
    value,
    text: plain(label, slackLimits.button),
    ...(style && { style }),
    confirm: {
      title: plain(label, slackLimits.confirmTitle),
      text: plain(question, slackLimits.confirmText),
      confirm: plain(label, slackLimits.confirmLabel),
      deny: plain("Cancel", slackLimits.confirmLabel),
    },
  };
}
