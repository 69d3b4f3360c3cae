// What a click asks for: what the buttons say, and nothing else.
import { describe, expect, it } from "vitest";
import { exceptionButtons, findingButtons, readClick } from "../../matrix/alert/buttons.ts";

const finding = "f-feci5krfm5sp";
const exception = "x-01k9z3v5h2m4n6p8q0r1s2t3v4";
const hash = "0123456789abcdef".repeat(4);

const allow = JSON.stringify({ f: finding, m: 60 });
const approve = JSON.stringify({ x: exception, h: hash });

describe("the buttons", () => {
  const buttons = [...findingButtons(finding), ...exceptionButtons({ id: exception, hash })];

  it("are read as what they ask for", () => {
    expect(buttons.map(({ actionId, value }) => readClick(actionId, value))).toEqual([
      { kind: "allow", finding, minutes: 60 },
      { kind: "allow", finding, minutes: 480 },
      { kind: "deny", finding },
      { kind: "approve", exception, hash },
      { kind: "reject", exception, hash },
    ]);
  });

  it("keep Slack's limits, and no two have one action id", () => {
    expect(new Set(buttons.map(({ actionId }) => actionId)).size).toBe(buttons.length);
    expect(buttons.every(({ value }) => value.length <= 2_000)).toBe(true);
    expect(buttons.every(({ actionId }) => actionId.length <= 255)).toBe(true);
    expect(buttons.every(({ label }) => label.length <= 75)).toBe(true);
  });
});

describe("a click is none of theirs", () => {
  it.each([
    ["with another action", "finding:allow", allow],
    ["with another action of the same kind", "exception:withdraw", approve],
    ["with other minutes than its name says", "finding:allow:480", allow],
    ["for longer than is offered", "finding:allow:6000", `{"f":"${finding}","m":6000}`],
    ["with minutes as text", "finding:allow:60", `{"f":"${finding}","m":"60"}`],
    ["on a finding of another form", "finding:deny", '{"f":"f-FECI5KRFM5SP"}'],
    ["on a path", "finding:deny", '{"f":"../f-feci5krfm5sp"}'],
    ["without a hash", "exception:approve", `{"x":"${exception}"}`],
    ["with half a hash", "exception:approve", `{"x":"${exception}","h":"${hash.slice(1)}"}`],
    ["with what is no JSON", "finding:deny", "{"],
    ["with null", "finding:deny", "null"],
    ["with a list", "finding:deny", "[]"],
    ["that is too long", "finding:deny", `{"f":"${finding}","x":"${"x".repeat(2_000)}"}`],
  ])("%s", (_, actionId, value) => {
    expect(readClick(actionId, value)).toBeUndefined();
  });
});
