import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Reading, readBody, readFile, readRecord } from "../../../functions/aws/cloudtrail.ts";
import { enveloped, type Json, record, recordNames } from "../../support/cloudtrail.ts";

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** What every reading holds to, whatever it was made from. */
function expectSound(reading: Reading): void {
  expect(["reconcile", "sweep", "report", "ignore", "invalid"]).toContain(reading.outcome);
  expect(reading.because).not.toBe("");
  expect(reading.groups.every(id => /^sg-[0-9a-f]{8,17}$/.test(id))).toBe(true);
  expect(reading.prefixLists.every(id => /^pl-[0-9a-f]{8,17}$/.test(id))).toBe(true);
  if (reading.outcome === "reconcile") {
    expect([...reading.groups, ...reading.prefixLists]).not.toEqual([]);
  }
  expect(JSON.stringify(reading)).not.toMatch(HIDDEN);
}

function nested(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
}

function withParameters(json: string): string {
  const shell = JSON.stringify(record("authorize-ingress", { requestParameters: "HERE" }));
  return shell.replace('"HERE"', json);
}

describe("a record made to break its reader", () => {
  const rows: [string, string, string][] = [
    ["nested 100,000 deep", withParameters(nested(100_000)), "nested deeper than 64 levels"],
    ["nested 65 deep", withParameters(nested(63)), "nested deeper than 64 levels"],
    ["of a million values", withParameters(`[${"1,".repeat(1_000_000)}1]`), "100000 values"],
    ["with one text of 3 MB", withParameters(`"${"a".repeat(3_000_000)}"`), "2000000 characters"],
    [
      "with one key of 3 MB",
      withParameters(`{"${"a".repeat(3_000_000)}":1}`),
      "2000000 characters",
    ],
    ["in an array nested 100,000 deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "wrapped"],
    ["among 2,000 records", `[${"{},".repeat(2_000)}{}]`, "more than 1000 records"],
  ];

  test.each(rows)("%s is invalid", (_, body, because) => {
    const readings = readBody(body);
    expect(readings).toHaveLength(1);
    expect(readings[0]?.outcome).toBe("invalid");
    expect(readings[0]?.because).toContain(because);
  });

  test("a body of 10 MB is invalid before it is parsed, and in a file once it is", () => {
    const body = withParameters(`"${"a".repeat(10_000_000)}"`);
    expect(readBody(body)[0]).toMatchObject({ outcome: "invalid", id: "" });
    expect(readFile(body)[0]).toMatchObject({ outcome: "invalid" });
  });

  test("a file may hold more records than a message", () => {
    expect(readFile(`[${"{},".repeat(2_000)}{}]`)).toHaveLength(2_001);
  });

  test("text wrapped in text over and over is invalid", () => {
    let body = JSON.stringify(record("authorize-ingress"));
    for (let i = 0; i < 9; i += 1) body = JSON.stringify(body);
    expect(readBody(body)[0]?.because).toBe("it is wrapped more than 8 times");
  });

  test("64 levels are read", () => {
    // The record itself is one, the innermost number another.
    expect(readBody(withParameters(nested(62)))[0]?.outcome).toBe("reconcile");
  });
});

describe("names that mean something to JavaScript", () => {
  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "%s is a call like any other unknown one",
    eventName => {
      expect(readRecord(record("authorize-ingress", { eventName })).outcome).toBe("ignore");
      expect(readRecord(record("run-instances", { eventSource: eventName })).outcome).toBe(
        "ignore",
      );
    },
  );

  test("fields are not read through a prototype, nor is one changed", () => {
    const text = withParameters('{"__proto__": {"groupId": "sg-0a1b2c3d4e5f60718"}}');
    const { responseElements: _, ...unanswered } = JSON.parse(text);
    const reading = readRecord({ ...unanswered, __proto__: { errorCode: "Client.Fault" } });
    expect(reading).toMatchObject({ outcome: "reconcile", groups: ["sg-0a1b2c3d4e5f60718"] });
    expect(({} as Record<string, unknown>).groupId).toBeUndefined();
  });

  test("an answer whose fields hide toString is read", () => {
    const items = [{ isEgress: { toString: 1, valueOf: 1 }, ipProtocol: {}, fromPort: [] }];
    const responseElements = { securityGroupRuleSet: { items } };
    expect(readRecord(record("authorize-ingress", { responseElements })).outcome).toBe("reconcile");
  });
});

describe("text from outside", () => {
  test("is one bounded line, its hidden characters spelled out", () => {
    const evil = `a\nb\u001b[31m\u202e\u2028${"x".repeat(5_000)}`;
    const reading = readRecord(
      record("authorize-by-name-unanswered", {
        eventID: evil,
        userAgent: evil,
        requestID: evil,
        awsRegion: evil,
        userIdentity: { type: evil, userName: evil, arn: `arn:${evil}`, accessKeyId: evil },
        requestParameters: { groupName: evil },
      }),
    );
    expectSound(reading);
    expect(reading.actor?.name).toMatch(/^a\\u\{a\}b\\u\{1b\}\[31m\\u\{202e\}\\u\{2028\}x+…$/);
    expect(reading.actor?.name.length).toBe(256);
    expect(JSON.stringify(reading).length).toBeLessThan(6_000);
  });

  test("in an event name or error code is plain in the reason too", () => {
    for (const changes of [{ eventName: "Do\u0007It\n" }, { errorCode: "Client.\u202eX\n" }]) {
      expectSound(readRecord(record("authorize-ingress", changes)));
    }
  });
});

/** Where a record can be damaged: the path of each of its values. */
function paths(value: Json, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key]))];
}

function replaced(value: Json, path: string[], by: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined || typeof value !== "object" || value === null) return by;
  if (Array.isArray(value)) {
    return value.map((inner, i) => (String(i) === key ? replaced(inner, rest, by) : inner));
  }
  return { ...value, [key]: replaced(value[key] ?? null, rest, by) };
}

const anyJson = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const damaged = fc
  .constantFrom(...recordNames)
  .map(name => record(name))
  .chain(whole => fc.tuple(fc.constant(whole), fc.constantFrom(...paths(whole)), anyJson))
  .map(([whole, path, by]) => replaced(whole, path, by));

describe("any JSON at all", () => {
  test("is read as something, and the same twice", () => {
    fc.assert(
      fc.property(anyJson, json => {
        const text = JSON.stringify(json);
        for (const reading of [...readBody(text), ...readFile(text)]) expectSound(reading);
        expectSound(readRecord(json));
        expect(readRecord(json)).toEqual(readRecord(json));
      }),
      { numRuns: 300 },
    );
  });

  test("is read as something where a record was damaged anywhere", () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(damaged, fc.boolean(), (json, wrapped) => {
        const text = JSON.stringify(wrapped ? enveloped(json) : json);
        for (const reading of readBody(text)) {
          met.add(reading.outcome);
          expectSound(reading);
        }
      }),
      { numRuns: 1_500 },
    );
    expect([...met].toSorted()).toEqual(["ignore", "invalid", "reconcile", "report", "sweep"]);
  });

  test("is read as something where it is cut anywhere", () => {
    const whole = JSON.stringify(enveloped(record("authorize-group-reference")));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), length => {
        expect(readBody(whole.slice(0, length)).map(({ outcome }) => outcome)).toEqual(["invalid"]);
      }),
      { numRuns: 200 },
    );
  });
});
