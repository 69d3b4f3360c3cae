// What is said of people and terms of exceptions that are refused: where, why and what to write instead.
import { expect, test } from "vitest";
import { refusalsOf } from "../support/parsing.ts";

// Each text stands on lines 3 and after.
const base = "matrix: m\ngroups: { api: { name: api }, db: { name: db } }\n";

/** A text and what is said of it, all of it. */
const ROWS: readonly (readonly [text: string, ...lines: string[]])[] = [
  [
    "people: { w: mail }",
    "matrix.type 0.yaml:3:14: `w` must be a list, not the text `mail` (write [mail])",
  ],
  [
    "people: { w: [wang] }",
    "matrix.identity 0.yaml:3:15: `wang` is no identity (sso:AWSReservedSSO_SET/NAME, slack:TEAM/USER, mail:ADDRESS, jwt:ISSUER#SUBJECT or an IAM user's ARN)",
  ],
  [
    'people: { w: ["arn:aws:iam::111122223333:role/x"] }',
    "matrix.identity 0.yaml:3:15: `arn:aws:iam::111122223333:role/x` is no identity (sso:AWSReservedSSO_SET/NAME, slack:TEAM/USER, mail:ADDRESS, jwt:ISSUER#SUBJECT or an IAM user's ARN)",
  ],
  [
    'people: { w: ["mail:a@b.c"], v: ["mail:A@b.c"] }',
    "matrix.identity.twice 0.yaml:3:34: `mail:A@b.c` is an identity of w and of v (one identity is one person, else a person could approve their own request)",
  ],
  [
    "exceptions: { approvers: [wang] }",
    "matrix.approver 0.yaml:3:27: `wang` is nobody of people (none is defined)",
  ],
  [
    'exceptions: { approvers: ["arn:aws:iam::111122223333:role/*"] }',
    "matrix.approver 0.yaml:3:27: `arn:aws:iam::111122223333:role/*` is no exact ARN of a user or role (write it whole, without wildcards)",
  ],
  [
    "exceptions: { maxDuration: 8 }",
    "matrix.type 0.yaml:3:28: `maxDuration` must be text, not the number `8` (with its unit: 8h or 8m)",
  ],
  [
    "exceptions: { maxDuration: 8hours }",
    "matrix.duration 0.yaml:3:28: `8hours` is no duration (write 30m, 8h or 2d: whole minutes, hours or days)",
  ],
  [
    "exceptions: { maxDuration: 0h }",
    "matrix.duration 0.yaml:3:28: `0h` is no duration (write 30m, 8h or 2d: whole minutes, hours or days)",
  ],
  [
    "exceptions: { perRequester: 0 }",
    "matrix.range 0.yaml:3:29: the number `0` is less than 1 (write 1)",
  ],
  [
    "exceptions: { perRequester: many }",
    "matrix.type 0.yaml:3:29: `perRequester` must be a whole number, not the text `many` (write digits alone, without quotes or a unit)",
  ],
  [
    "exceptions: { breakGlass: 9h }",
    "matrix.break-glass 0.yaml:3:27: breakGlass, which nobody approves, is longer than maxDuration (shorten it, or write a longer maxDuration)",
  ],
  [
    "people: { 12: [] }",
    "matrix.name 0.yaml:3:11: `12` cannot be a name (letters, digits, . _ and -, beginning with a letter or digit, 64 at most)",
  ],
  [
    "people: { a b: [] }",
    "matrix.name 0.yaml:3:11: `a b` cannot be a name (letters, digits, . _ and -, beginning with a letter or digit, 64 at most)",
  ],
  ['people: { w: [""] }', "matrix.empty 0.yaml:3:15: the text is empty (name at least one)"],
  [
    "people: { w: [3] }",
    'matrix.type 0.yaml:3:15: an item of `w` must be text, not the number `3` (quote it: "3")',
  ],
  [
    "people: [w]",
    "matrix.type 0.yaml:3:9: `people` must be a map, not a list (write `key: value` pairs below it, or in { })",
  ],
  [
    "exceptions: { approvers: [3] }",
    'matrix.type 0.yaml:3:27: an item of `approvers` must be text, not the number `3` (quote it: "3")',
  ],
  [
    'exceptions: { approvers: [""] }',
    "matrix.empty 0.yaml:3:27: the text is empty (name at least one)",
  ],
  [
    "exceptions: { approvers: [wan] }\npeople: { wang: [] }",
    "matrix.approver 0.yaml:3:27: `wan` is nobody of people (did you mean wang?)",
  ],
  [
    "exceptions: { aprovers: [] }",
    "matrix.unknown-key 0.yaml:3:15: unknown key `aprovers` (did you mean approvers?)",
  ],
  [
    "exceptions: { maxDuration: 12345h }",
    "matrix.duration 0.yaml:3:28: `12345h` is no duration (write 30m, 8h or 2d: whole minutes, hours or days)",
  ],
  [
    "exceptions: { maxDuration: [8h] }",
    "matrix.type 0.yaml:3:28: `maxDuration` must be text, not a list (give one value)",
  ],
  [
    "exceptions: { maxDuration: { h: 8 } }",
    "matrix.type 0.yaml:3:28: `maxDuration` must be text, not a map (quote text that holds a colon, such as an IPv6 address)",
  ],
  [
    "exceptions: { breakGlass: 9 }",
    "matrix.type 0.yaml:3:27: `breakGlass` must be text, not the number `9` (with its unit: 9h or 9m)",
  ],
  [
    "exceptions: { perRequester: 101 }",
    "matrix.range 0.yaml:3:29: the number `101` is more than 100 (write 100)",
  ],
  [
    "exceptions: { perRequester: 1.5 }",
    "matrix.type 0.yaml:3:29: `perRequester` must be a whole number, not the number `1.5` (write digits alone, without quotes or a unit)",
  ],
  [
    "exceptions: { perRequester: }",
    "matrix.type 0.yaml:3:29: `perRequester` must be a whole number, not empty (an unquoted comma ends a value inside { }: quote the text, or write a list in [ ])",
  ],
  [
    'exceptions: { perRequester: "5" }',
    "matrix.type 0.yaml:3:29: `perRequester` must be a whole number, not the text `5` (write digits alone, without quotes or a unit)",
  ],
  [
    "exceptions: [w]",
    "matrix.type 0.yaml:3:13: `exceptions` must be a map, not a list (write `key: value` pairs below it, or in { })",
  ],
  [
    "exceptions: { maxDuration: 8s }",
    "matrix.duration 0.yaml:3:28: `8s` is no duration (write 30m, 8h or 2d: whole minutes, hours or days)",
  ],
  [
    "exceptions: { maxDuration: 8hh }",
    "matrix.duration 0.yaml:3:28: `8hh` is no duration (write 30m, 8h or 2d: whole minutes, hours or days)",
  ],
  [
    'exceptions: { maxDuration: "" }',
    "matrix.duration 0.yaml:3:28: `` is no duration (write 30m, 8h or 2d: whole minutes, hours or days)",
  ],
];

test.each(ROWS)("refuses %s", (text, ...lines) => {
  expect(refusalsOf(base + text)).toEqual(lines);
});
