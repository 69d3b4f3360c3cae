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

it("the buttons say what they do, and for how long", () => {
  const [first, second, third] = findingButtons(finding);
  expect(first).toEqual({ actionId: "finding:allow:60", value: allow, label: "Allow for 1 h" });
  expect(second).toMatchObject({ actionId: "finding:allow:480", label: "Allow for 8 h" });
  expect(third).toEqual({
    ...{
      actionId: "finding:deny",
      value: JSON.stringify({ f: finding }),
      label: "Leave it closed",
    },
  });
  expect(exceptionButtons({ id: exception, hash })).toEqual([
    { actionId: "exception:approve", value: approve, label: "Approve", style: "primary" },
    { actionId: "exception:reject", value: approve, label: "Reject", style: "danger" },
  ]);
});

it("a click of just the length that Slack takes is read", () => {
  const filler = "y".repeat(2_000 - JSON.stringify({ f: finding, y: "" }).length);
  const value = JSON.stringify({ f: finding, y: filler });
  expect(value).toHaveLength(2_000);
  expect(readClick("finding:deny", value)).toEqual({ kind: "deny", finding });
  expect(readClick("finding:deny", `${value} `)).toBeUndefined();
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
    ["on a finding with more behind it", "finding:deny", `{"f":"${finding}x"}`],
    ["on a finding that is a list of one", "finding:deny", `{"f":["${finding}"]}`],
    [
      "on an exception with more before it",
      "exception:approve",
      `{"x":"y${exception}","h":"${hash}"}`,
    ],
    [
      "on an exception with more behind it",
      "exception:approve",
      `{"x":"${exception}y","h":"${hash}"}`,
    ],
    [
      "on an exception that is a list of one",
      "exception:approve",
      `{"x":["${exception}"],"h":"${hash}"}`,
    ],
    ["with a hash and more before it", "exception:approve", `{"x":"${exception}","h":"0${hash}"}`],
    ["with a hash and more behind it", "exception:approve", `{"x":"${exception}","h":"${hash}0"}`],
    ["with a list of one hash", "exception:approve", `{"x":"${exception}","h":["${hash}"]}`],
    ["without a hash", "exception:approve", `{"x":"${exception}"}`],
    ["with half a hash", "exception:approve", `{"x":"${exception}","h":"${hash.slice(1)}"}`],
    ["with what is no JSON", "finding:deny", "{"],
    ["with null", "finding:deny", "null"],
    ["with a list", "finding:deny", "[]"],
    ["with a text", "finding:deny", JSON.stringify(finding)],
    ["that is too long", "finding:deny", `{"f":"${finding}","x":"${"x".repeat(2_000)}"}`],
  ])("%s", (_, actionId, value) => {
    expect(readClick(actionId, value)).toBeUndefined();
  });
});
