import { describe, expect, it } from "vitest";
import { checkPattern, matches } from "../../local/pattern.ts";

const event = {
  source: "aws.ec2",
  "detail-type": "AWS API Call via CloudTrail",
  count: 5,
  flag: true,
  nothing: null,
  tags: ["red", "Blue"],
  resources: [],
  detail: {
    eventName: "AuthorizeSecurityGroupIngress",
    userIdentity: { type: "AssumedRole", userName: "Wang" },
    items: [
      { id: "a", size: 1 },
      { id: "b", size: 9 },
    ],
  },
};

const rows: [title: string, pattern: object, verdict: boolean][] = [
  ["an exact text", { source: ["aws.ec2"] }, true],
  ["one of several texts", { source: ["aws.s3", "aws.ec2"] }, true],
  ["another text", { source: ["aws.s3"] }, false],
  ["all fields of the pattern", { source: ["aws.ec2"], count: [5] }, true],
  ["only one of two fields", { source: ["aws.ec2"], count: [6] }, false],
  ["a nested field", { detail: { userIdentity: { type: ["AssumedRole"] } } }, true],
  ["a nested field of something else", { source: { type: ["AssumedRole"] } }, false],
  ["a number", { count: [5] }, true],
  ["a number written as text", { count: ["5"] }, false],
  ["a boolean", { flag: [true] }, true],
  ["null", { nothing: [null] }, true],
  ["null for an absent field", { absent: [null] }, false],
  ["an element of a list", { tags: ["red"] }, true],
  ["no element of a list", { tags: ["green"] }, false],
  ["an inherited name", { constructor: [{ exists: true }] }, false],
  ["exists", { detail: { eventName: [{ exists: true }] } }, true],
  ["exists for null", { nothing: [{ exists: true }] }, true],
  ["exists for an object, which is no leaf", { detail: [{ exists: true }] }, false],
  ["absent", { detail: { errorCode: [{ exists: false }] } }, true],
  ["absent under what is absent", { other: { errorCode: [{ exists: false }] } }, true],
  ["absent for an empty list", { resources: [{ exists: false }] }, true],
  ["absent for what is there", { source: [{ exists: false }] }, false],
  ["a prefix", { source: [{ prefix: "aws." }] }, true],
  ["a wrong prefix", { source: [{ prefix: "ec2" }] }, false],
  ["a suffix", { source: [{ suffix: "ec2" }] }, true],
  ["a wrong suffix", { source: [{ suffix: "aws" }] }, false],
  ["a prefix of a number", { count: [{ prefix: "5" }] }, false],
  [
    "equals-ignore-case",
    { detail: { userIdentity: { userName: [{ "equals-ignore-case": "wANG" }] } } },
    true,
  ],
  ["equals-ignore-case of another", { source: [{ "equals-ignore-case": "AWS.S3" }] }, false],
  ["anything-but another value", { source: [{ "anything-but": "aws.s3" }] }, true],
  ["anything-but this value", { source: [{ "anything-but": "aws.ec2" }] }, false],
  ["anything-but a list with it", { source: [{ "anything-but": ["aws.s3", "aws.ec2"] }] }, false],
  ["anything-but a list of numbers", { count: [{ "anything-but": [1, 2] }] }, true],
  ["anything-but its prefix", { source: [{ "anything-but": { prefix: "aws." } }] }, false],
  [
    "anything-but another prefix",
    { source: [{ "anything-but": { prefix: ["s3", "gcp"] } }] },
    true,
  ],
  ["anything-but for an absent field", { absent: [{ "anything-but": "x" }] }, false],
  ["numeric equality", { count: [{ numeric: ["=", 5] }] }, true],
  ["a numeric range", { count: [{ numeric: [">", 0, "<=", 5] }] }, true],
  ["outside a numeric range", { count: [{ numeric: [">", 5, "<=", 9] }] }, false],
  ["numeric for a text", { source: [{ numeric: [">=", 0] }] }, false],
  ["one object of a list", { detail: { items: { id: ["b"], size: [9] } } }, true],
  ["two objects of a list together", { detail: { items: { id: ["a"], size: [9] } } }, false],
  ["an operator beside a value", { source: ["x", { prefix: "aws" }] }, true],
];

describe("an event pattern", () => {
  it.each(rows)("meets %s", (_title, pattern, verdict) => {
    expect(matches(checkPattern(JSON.stringify(pattern)), event)).toBe(verdict);
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["an empty object", "{}"],
    ["an empty list", `{"source":[]}`],
    ["an empty level", `{"detail":{}}`],
    ["a bare value", `{"source":"aws.ec2"}`],
    ["an unknown operator", `{"source":[{"wildcard":"a*"}]}`],
    ["two operators in one", `{"source":[{"prefix":"a","suffix":"b"}]}`],
    ["exists with a text", `{"source":[{"exists":"false"}]}`],
    ["a bound that is no number", `{"count":[{"numeric":[">","0"]}]}`],
    ["an unknown comparison", `{"count":[{"numeric":["!=",0]}]}`],
    ["anything-but with an unknown operator", `{"source":[{"anything-but":{"cidr":"a"}}]}`],
    ["a list within a list", `{"source":[["a"]]}`],
  ])("is refused with %s", (_title, text) => {
    expect(() => checkPattern(text)).toThrow();
  });

  it("may hold 2,048 characters and not one more", () => {
    const fill = 2048 - JSON.stringify({ source: [""] }).length;
    expect(checkPattern({ source: ["x".repeat(fill)] })).toBeDefined();
    expect(() => checkPattern({ source: ["x".repeat(fill + 1)] })).toThrow("2049 characters");
  });
});
