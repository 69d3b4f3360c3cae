// Alerts in every channel, made of hostile text: every documented limit is kept to the byte, nothing is
// cut within an escape, and nobody is called, mentioned or linked to by what somebody else named.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chatEscaped } from "../../matrix/alert/chat-text.ts";
import { chatbotMessage } from "../../matrix/alert/chatbot-message.ts";
import { againDigest, floodDigest, standingDigest } from "../../matrix/alert/digest.ts";
import { noticeFor } from "../../matrix/alert/notice.ts";
import { widthOf } from "../../matrix/alert/paragraph.ts";
import { slackLimits, slackMessage } from "../../matrix/alert/slack-message.ts";
import { robotBytes, webhookMessage } from "../../matrix/alert/webhook-message.ts";
import { hostileAlertArb, hostileArb, hostileFindingArb } from "../support/hostile.ts";
import { seed } from "../support/seed.ts";

const runs = { seed, numRuns: 150 };
const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** Every text of a value, however deep, with the key it is under. */
function textsIn(value: unknown, key = ""): { key: string; text: string }[] {
  if (typeof value === "string") return [{ key, text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) => textsIn(field, name));
}

/** Only these escapes, whole, and no bare markup. */
const isEscaped = (text: string): boolean =>
  !/[<>]/.test(text) &&
  !/&(?!(?:amp|lt|gt);)/.test(text) &&
  !/\p{Cc}|\p{Cf}|\p{Cs}/u.test(text.replaceAll("\n", ""));

interface Block {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string; readonly verbatim?: boolean };
  readonly fields?: readonly { readonly text: string; readonly verbatim: boolean }[];
  readonly elements?: readonly Element[];
}
interface Element {
  readonly type: string;
  readonly action_id: string;
  readonly value: string;
  readonly text: { readonly text: string };
  readonly confirm: Record<string, { readonly text: string }>;
}

describe("text for Slack", () => {
  it("is escaped, within its bound, and says as much as fits", () => {
    fc.assert(
      fc.property(hostileArb, fc.integer({ min: 0, max: 400 }), (text, max) => {
        const escaped = chatEscaped(text, max);
        expect(escaped.length).toBeLessThanOrEqual(max);
        expect(isEscaped(escaped)).toBe(true);
      }),
      { seed, numRuns: 1_000 },
    );
    expect(chatEscaped("<!channel> & co", 100)).toBe("&lt;!channel&gt; &amp; co");
    expect(chatEscaped("<<<<", 9)).toBe("&lt;&lt;…");
  });
});

describe("a message for Slack", () => {
  it("keeps every limit, and no text of it is markup", () => {
    let withButtons = 0;
    fc.assert(
      fc.property(hostileAlertArb, alert => {
        const message = slackMessage(alert, { withButtons: true });
        const blocks = message.blocks as readonly Block[];
        expect(blocks.length).toBeLessThanOrEqual(slackLimits.blocks);
        expect(message.text.length).toBeLessThanOrEqual(slackLimits.fallback);
        for (const { type, text, fields = [], elements = [] } of blocks) {
          const most = type === "header" ? slackLimits.header : slackLimits.text;
          if (text) expect(text.text.length).toBeLessThanOrEqual(most);
          if (type === "header") expect(text?.type).toBe("plain_text");
          else if (text) expect(text.verbatim).toBe(true);
          expect(fields.length).toBeLessThanOrEqual(slackLimits.fields);
          for (const field of fields) {
            expect(field.text.length).toBeLessThanOrEqual(slackLimits.field);
            expect(field.verbatim).toBe(true);
          }
          expect(elements.length).toBeLessThanOrEqual(slackLimits.elements);
          if (type === "actions") withButtons += checkButtons(elements);
        }
        for (const { key, text } of textsIn(message)) {
          expect(text.length, key).toBeGreaterThan(0);
          if (key !== "value" && key !== "action_id") expect(isEscaped(text), text).toBe(true);
        }
      }),
      runs,
    );
    expect(withButtons).toBeGreaterThan(10);
  });
});

function checkButtons(buttons: readonly Element[]): number {
  expect(new Set(buttons.map(one => one.action_id)).size).toBe(buttons.length);
  for (const { action_id, value, text, confirm } of buttons) {
    expect(action_id.length).toBeLessThanOrEqual(slackLimits.actionId);
    expect(value.length).toBeLessThanOrEqual(slackLimits.value);
    expect(text.text.length).toBeLessThanOrEqual(slackLimits.button);
    expect(confirm.title?.text.length).toBeLessThanOrEqual(slackLimits.confirmTitle);
    expect(confirm.text?.text.length).toBeLessThanOrEqual(slackLimits.confirmText);
    expect(confirm.confirm?.text.length).toBeLessThanOrEqual(slackLimits.confirmLabel);
    expect(confirm.deny?.text.length).toBeLessThanOrEqual(slackLimits.confirmLabel);
  }
  return 1;
}

describe("a message for Amazon Q Developer", () => {
  it("is in its schema, bounded, and shows what is from outside as code", () => {
    fc.assert(
      fc.property(hostileAlertArb, alert => {
        const message = chatbotMessage(alert);
        expect(message).toMatchObject({ version: "1.0", source: "custom" });
        expect(message.content.description.length).toBeLessThanOrEqual(4_000);
        for (const { key, text } of textsIn(message)) {
          if (key !== "version") expect(isEscaped(text), `${key}: ${text}`).toBe(true);
        }
        for (const line of message.content.description.split("\n")) {
          expect(line).toMatch(/^(?:\*[A-Z][a-z ]+\* )?`[^`\n]+`$/);
        }
        for (const step of message.content.nextSteps) expect(step).toMatch(/^`[^`\n]+`$/);
        expect(`${message.content.title}${message.metadata.summary}`).not.toMatch(
          /[`*_~[\]|]|:\/\//,
        );
      }),
      runs,
    );
  });
});

describe("a message for a robot or a program", () => {
  it("keeps its robot's bytes and calls nobody", () => {
    fc.assert(
      fc.property(
        hostileAlertArb,
        fc.constantFrom("dingtalk", "feishu", "wecom"),
        (alert, form) => {
          const message = webhookMessage(alert, form) as Record<string, Record<string, string>>;
          const text = message.text?.content ?? message.content?.text ?? "";
          expect(text.startsWith("Portward: ")).toBe(true);
          expect(bytesOf(text)).toBeLessThanOrEqual(robotBytes[form]);
          if (form === "feishu") expect(text).not.toMatch(/[<>]/);
          expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}/u);
        },
      ),
      runs,
    );
  });
});

describe("every message to the topic", () => {
  const noticeArb = fc
    .tuple(hostileArb, fc.constantFrom("PAUSED", "HOLD ENDED"), fc.option(hostileArb))
    .map(([text, word, group]) =>
      noticeFor({
        ...{ word, account: "111122223333", region: "ap-southeast-1", by: text, reason: text },
        ...{ since: "2026-11-21T12:00:00.000Z", ...(group !== null && { group }) },
      }),
    );
  const digestArb = fc
    .tuple(
      fc.array(hostileFindingArb, { minLength: 1, maxLength: 30 }),
      fc.constantFrom(againDigest, floodDigest, standingDigest),
    )
    .map(([findings, digest]) => digest(findings));

  it("has an ASCII subject, a text of 78 columns, and room with all its forms", () => {
    let met = 0;
    fc.assert(
      fc.property(fc.oneof(hostileAlertArb, noticeArb, digestArb), alert => {
        met += alert.detail.about === undefined ? 0 : 1;
        expect(alert.subject).toMatch(/^[A-Z][ -~]{1,98}$/);
        for (const line of alert.text.split("\n")) {
          expect(line).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}/u);
          expect(widthOf(line)).toBeLessThanOrEqual(78);
        }
        for (const value of Object.values(alert.attributes)) expect(value).not.toBe("");
        const forms = {
          default: alert.text,
          sqs: JSON.stringify(alert.detail),
          https: JSON.stringify(chatbotMessage(alert)),
        };
        const attributes = JSON.stringify(alert.attributes);
        expect(bytesOf(JSON.stringify(forms) + attributes)).toBeLessThan(256 * 1024 - 1_000);
      }),
      runs,
    );
    expect(met).toBeGreaterThan(20);
  });
});
