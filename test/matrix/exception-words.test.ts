// The words of a request: durations, times, flows and rules, and what is said where they are wrong.
import { describe, expect, it } from "vitest";
import { InputError } from "../../matrix/errors.ts";
import {
  readDuration,
  readFlowWords,
  readRuleWords,
  readTime,
} from "../../matrix/exceptions/exception-words.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";

const document = parseMatrix([
  {
    name: "m.yaml",
    text: `
matrix: m
networks: { office: [203.0.113.0/24] }
groups:
  db: { name: db }
`,
  },
]);

describe("a duration", () => {
  it.each([
    ["1m", 1],
    ["30m", 30],
    ["2h", 120],
    ["12h", 720],
    ["7d", 10_080],
    ["9999m", 9_999],
    ["10000m", undefined],
    ["0h", undefined],
    ["05m", undefined],
    ["h", undefined],
    ["2", undefined],
    ["2 h", undefined],
    ["2s", undefined],
    ["1h30m", undefined],
    ["-1h", undefined],
    ["x2h", undefined],
    ["2hx", undefined],
    ["1xm", undefined],
    ["", undefined],
  ])("%j is %j minutes", (text, minutes) => expect(readDuration(text)).toBe(minutes));
});

describe("a time", () => {
  it.each([
    ["2026-11-21T12:00Z", "2026-11-21T12:00:00.000Z"],
    ["2026-11-21T12:00:30Z", "2026-11-21T12:00:30.000Z"],
    ["2026-11-21T12:00:30.25Z", "2026-11-21T12:00:30.250Z"],
    ["2026-11-21T12:00:30.123456789Z", "2026-11-21T12:00:30.123Z"],
    ["2026-11-21T12:00+08:00", "2026-11-21T04:00:00.000Z"],
    ["2026-11-21T12:00:00-05:30", "2026-11-21T17:30:00.000Z"],
    ["2026-11-21T12:00", undefined],
    ["2026-11-21", undefined],
    ["2026-13-21T12:00Z", undefined],
    ["2026-11-21T25:00Z", undefined],
    ["2026-11-21 12:00Z", undefined],
    ["2026-11-21T12:00:30.Z", undefined],
    ["+002026-11-21T12:00Z", undefined],
    ["Sat, 2026-11-21T12:00Z", undefined],
    ["2026-11-21T12:00Z()", undefined],
    ["2026-11-21T12:00Z (noon)", undefined],
    ["Nov 21 2026 12:00Z", undefined],
    ["", undefined],
  ])("%j is %j", (text, iso) => {
    const time = readTime(text);
    expect(time === undefined ? undefined : new Date(time).toISOString()).toBe(iso);
  });
});

/** The problems of a request that is wrong. */
function problemsOf(read: () => unknown) {
  try {
    read();
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  throw new Error("nothing is wrong with it");
}

describe("a request", () => {
  it("that is wrong says each word that is, without a place in a file", () => {
    const flow = { from: "ofice", to: " , ", ports: "tcp 70000" };
    const problems = problemsOf(() => readFlowWords(flow, document));
    expect(problems).toStrictEqual([
      {
        ...{ code: "exception.peer.unknown", cure: "did you mean office?" },
        message: "`ofice` is no group and no network of this matrix",
      },
      {
        ...{ code: "exception.peer", message: "to names nobody" },
        cure: "a group or a network of the matrix, an address, pl-… or sg-…",
      },
      {
        ...{ code: "exception.ports.range", message: "tcp 70000 is out of range" },
        cure: "ports are 0 to 65535",
      },
    ]);
  });

  it("from nobody is told so", () => {
    const [problem] = problemsOf(() =>
      readFlowWords({ from: ",", to: "db", ports: "tcp 1" }, document),
    );
    expect(problem?.message).toBe("from names nobody");
  });

  it("for no rule says how one is written", () => {
    expect(problemsOf(() => readRuleWords("tcp 22"))).toEqual([
      {
        ...{ code: "exception.rule", message: "`tcp 22` is no rule" },
        cure: "write it like `ingress tcp 22 from 203.0.113.7/32`",
      },
    ]);
  });

  it("for a rule has it in its canonical form", () => {
    expect(readRuleWords("ingress  TCP 22-22 from 203.0.113.7")).toBe(
      "ingress tcp 22 from 203.0.113.7/32",
    );
  });
});
