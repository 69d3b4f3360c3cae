// Text that means harm to whoever shows it, and alerts that are made of nothing else.
import fc from "fast-check";
import { alertFor } from "../../matrix/alert/alert.ts";
import type { Finding } from "../../matrix/finding.ts";
import { findingOf } from "./findings.ts";

const piece = fc.oneof(
  fc.constantFrom(
    ...[
      "<!channel>",
      "<@U0ALICE>",
      "<#C0GENERAL>",
      "<https://evil.example|here>",
      "&lt;",
      "&",
      "<",
    ],
    ...[
      "http://evil.example",
      "[a](http://evil.example)",
      "`",
      "```",
      "*b*",
      "_i_",
      "~s~",
      "@here",
    ],
    ...['<at user_id="all"></at>', "\r\nBcc: x", "\u202e", "\u0000", "\u001b[31m", "\ud83d", "\\"],
    ...["名", "🔥", "e\u0301", '"', "'", "%0a", "|", "x".repeat(200)],
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);

/** Hostile text, short or very long. */
export const hostileArb: fc.Arbitrary<string> = fc.oneof(
  fc.array(piece, { maxLength: 6 }).map(pieces => pieces.join("")),
  fc
    .tuple(piece, fc.integer({ min: 1, max: 4_000 }))
    .map(([text, n]) => text.repeat(n).slice(0, 9_000)),
);

const outcomeArb = fc.constantFrom<Finding["outcome"]>(
  ...(["closed", "narrowed", "left-open", "could-not-close", "reported"] as const),
);

/** A finding in which everything that may come from outside does. */
export const hostileFindingArb: fc.Arbitrary<Finding> = fc
  .record({
    text: hostileArb,
    other: hostileArb,
    many: fc.array(hostileArb, { maxLength: 8 }),
    outcome: outcomeArb,
    isDrift: fc.boolean(),
  })
  .map(({ text, other, many, outcome, isDrift }) =>
    findingOf({
      ...{ outcome, because: text, matrixVersion: text, id: text, parts: many, after: many },
      ...{ owed: many, notes: many, calls: many, region: text, account: other },
      // A canonical rule now and then, so that there are buttons.
      rule: isDrift ? "ingress tcp 22 from 0.0.0.0/0" : text,
      group: { id: other, name: text, vpcId: other },
      trigger: { kind: text, id: text, event: other },
      actor: {
        ...{ type: text, name: other, arn: text, account: other, roleArn: text },
        ...{ accessKeyId: other, tool: text, userAgent: other, invokedBy: text },
        ...{ sourceIp: isDrift ? "203.0.113.9" : text, nameChosenByCaller: true },
      },
    }),
  );

/** Alerts of such findings, with what they reached, some of them fights. */
export const hostileAlertArb = fc
  .tuple(fc.array(hostileFindingArb, { minLength: 1, maxLength: 4 }), hostileArb, fc.boolean())
  .map(([findings, text, isFight]) =>
    alertFor(findings, {
      reach: {
        kind: "known",
        isWhole: false,
        carriers: Array.from({ length: 9 }, () => ({
          ...{ interfaceId: text, address: text, publicAddress: text },
          ...{ instanceId: text, description: text },
        })),
      },
      ...(isFight && { fight: { by: text, times: 3, minutes: 15 } }),
    }),
  );
