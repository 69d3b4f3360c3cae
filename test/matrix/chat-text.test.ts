// Text from outside in a chat: escaped, never cut within an escape; and what an alert without facts shows.
import { describe, expect, it, test } from "vitest";
import { alertFor } from "../../matrix/alert/alert.ts";
import { chatDetail, chatEscaped, chatFacts, headingOf } from "../../matrix/alert/chat-text.ts";
import { chatAlert, jsonOf, withoutFields } from "../support/chat-alerts.ts";
import { findingOf } from "../support/findings.ts";

test.each([
  ["<!channel>", 100, "&lt;!channel&gt;"],
  ["a & b", 9, "a &amp; b"],
  ["a & b", 8, "a &amp;…"],
  ["a & b", 7, "a …"],
  ["a & b", 6, "a …"],
  ["abc", 3, "abc"],
  ["abcd", 3, "ab…"],
  ["<b>", 2, "…"],
  ["<", 1, "…"],
  ["<", 4, "&lt;"],
  ["<", 3, "…"],
  ["<", 0, ""],
  ["", 0, ""],
  ["", 5, ""],
])("%j in %i characters is %j", (text, max, escaped) => {
  expect(chatEscaped(text, max)).toBe(escaped);
});

const exception = {
  ...{ id: "x-1", state: "requested", what: "office -> deploy tcp 7002" },
  groups: Array.from({ length: 12 }, (_, n) => `sg-${n}`),
  ...{ start: "2026-11-21T12:00:00.000Z", end: "soon", hash: "h" },
  ...{ requester: "li", reason: "release" },
};

describe("an alert about an exception", () => {
  const bare = withoutFields(chatAlert({ exception }, "SUBJECT"), "facts", "title");

  it("without facts shows those of the exception", () => {
    expect(jsonOf(chatFacts(bare))).toMatchInlineSnapshot(`
      "[
       {
        "label": "Opens",
        "lines": [
         "office -> deploy tcp 7002"
        ]
       },
       {
        "label": "Groups",
        "lines": [
         "sg-0, sg-1, sg-2, sg-3, sg-4, sg-5, sg-6, sg-7, sg-8, sg-9"
        ]
       },
       {
        "label": "From",
        "lines": [
         "2026-11-21 12:00:00 UTC"
        ]
       },
       {
        "label": "Until",
        "lines": [
         "soon"
        ]
       },
       {
        "label": "Who",
        "lines": [
         "li"
        ]
       },
       {
        "label": "Why",
        "lines": [
         "release"
        ]
       },
       {
        "label": "State",
        "lines": [
         "requested"
        ]
       },
       {
        "label": "Exception",
        "lines": [
         "x-1"
        ]
       }
      ]"
    `);
  });

  it("says that the glass was broken", () => {
    const broken = withoutFields(
      chatAlert({ exception: { ...exception, breakGlass: true } }),
      "facts",
    );
    expect(chatFacts(broken)).toContainEqual({
      label: "Alone",
      lines: ["break-glass: nobody else approved it"],
    });
  });

  it("with facts shows these", () => {
    const alert = chatAlert({ exception });
    expect(chatFacts(alert)).toEqual(alert.detail.facts);
  });
});

describe("an alert without a heading and facts", () => {
  it("has its subject as its heading, and no facts", () => {
    const bare = withoutFields(chatAlert({}, "SUBJECT"), "facts", "title");
    expect(headingOf(bare)).toBe("SUBJECT");
    expect(headingOf(chatAlert())).toBe("CLOSED");
    expect(chatFacts(bare)).toEqual([]);
  });

  const { detail } = withoutFields(
    alertFor([findingOf()]),
    "facts",
    "title",
  ) as unknown as ReturnType<typeof alertFor>;
  it("shows the first forty lines of its mail that say something", () => {
    const lines = Array.from({ length: 50 }, (_, n) => `line ${n}`);
    const text = ["", "HEADING", "   ", ...lines].join("\n");
    const shown = chatDetail({ text, detail });
    expect(shown).toEqual({
      ...detail,
      title: "HEADING",
      facts: [{ label: "Message", lines: lines.slice(0, 40) }],
    });
    expect(chatDetail({ text: "", detail })).toEqual({ ...detail, title: "", facts: [] });
  });

  it("keeps what it has: facts, or an exception", () => {
    const { detail: whole } = chatAlert();
    expect(chatDetail({ text: "MAIL", detail: whole })).toBe(whole);
    const about = { ...detail, exception };
    expect(chatDetail({ text: "MAIL", detail: about })).toBe(about);
  });
});
