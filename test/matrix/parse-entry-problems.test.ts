// What is said of groups that are refused: where, why and what to write instead.
import { expect, test } from "vitest";
import { refusalsOf } from "../support/parsing.ts";

/** A text and what is said of it, all of it. */
const ROWS: readonly (readonly [text: string, ...lines: string[]])[] = [
  [
    "e: {}",
    "matrix.entry.empty 0.yaml:2:11: nothing plays the part `e` (give an id, a name, tags or members; `others: {}` is every group left over)",
  ],
  [
    "e: { mode: revoke, members: [] }",
    "matrix.entry.empty 0.yaml:2:11: nothing plays the part `e` (give an id, a name, tags or members; `others: {}` is every group left over)",
  ],
  [
    "e:",
    "matrix.type 0.yaml:2:14: `e` must be a map, not empty (an unquoted comma ends a value inside { }: quote the text, or write a list in [ ])",
  ],
  [
    "e: { members: [10.0.0.1], by: group }",
    "matrix.entry.by-group 0.yaml:2:41: `e` is referred to by group but selects none (add an id, a name or tags, or remove by: group)",
  ],
  [
    "e: { id: [sg-0a1b2c3d, sg-0a1b2c3e] }",
    "matrix.type 0.yaml:2:20: `id` must be text, not a list (an entry has one of each; select several groups by tags, or write an entry for each)",
  ],
  [
    "e: { name: a, name: b }",
    "matrix.yaml.duplicate-key 0.yaml:2:25: `name` stands twice in one map, first on line 2 (keep one of them)",
  ],
  [
    "e: { id: api }",
    "matrix.entry.id 0.yaml:2:20: `api` is no group id (sg- and 8 to 17 hexadecimal digits; a group's name goes into name)",
  ],
  [
    "e: { name: sg-0a1b2c3d }",
    "matrix.entry.name 0.yaml:2:22: `sg-0a1b2c3d` is no group name: EC2 lets none begin with sg- (write id: sg-0a1b2c3d)",
  ],
  [
    "e: { name: 12 }",
    'matrix.type 0.yaml:2:22: `name` must be text, not the number `12` (quote it: "12")',
  ],
  [
    "e: { name: true }",
    'matrix.type 0.yaml:2:22: `name` must be text, not the truth value `true` (quote it: "true")',
  ],
  [
    "e: { tags: {} }",
    "matrix.entry.tags 0.yaml:2:22: tags without a tag would select every group (name a tag, or remove the key)",
  ],
  [
    "e: { tags: { env: 1 } }",
    'matrix.type 0.yaml:2:29: `env` must be text, not the number `1` (quote it: "1")',
  ],
  [
    "e: { members: [10.0.0.1/24] }",
    "matrix.cidr.host-bits 0.yaml:2:26: `10.0.0.1/24` has bits set beyond its prefix (write 10.0.0.0/24, or 10.0.0.1/32 for the address alone)",
  ],
  [
    "e: { name: a, egress: shut }",
    "matrix.unknown-egress 0.yaml:2:33: `shut` is no egress (one of open, listed)",
  ],
  [
    "others: { name: a }",
    "matrix.others.selector 0.yaml:2:21: `name` cannot stand in others, which is every group left over (remove it, or give these groups an entry of their own)",
  ],
  [
    "others: { adopt: auto }",
    "matrix.others.selector 0.yaml:2:21: `adopt` cannot stand in others, which is every group left over (remove it, or give these groups an entry of their own)",
  ],
  [
    "private: { name: a }",
    "matrix.name.reserved 0.yaml:2:11: `private` is built in and cannot be defined under groups (redefine private under networks, or use another name)",
  ],
  [
    "e: { id: xsg-0a1b2c3d }",
    "matrix.entry.id 0.yaml:2:20: `xsg-0a1b2c3d` is no group id (sg- and 8 to 17 hexadecimal digits; a group's name goes into name)",
  ],
  [
    "e: { id: sg-0a1b2c3dX }",
    "matrix.entry.id 0.yaml:2:20: `sg-0a1b2c3dX` is no group id (sg- and 8 to 17 hexadecimal digits; a group's name goes into name)",
  ],
  [
    "e: { name: [a, b] }",
    "matrix.type 0.yaml:2:22: `name` must be text, not a list (an entry has one of each; select several groups by tags, or write an entry for each)",
  ],
  [
    "e: { owner: [a], name: a }",
    "matrix.type 0.yaml:2:23: `owner` must be text, not a list (give one value)",
  ],
  [
    "e: { owner: { a: b }, name: a }",
    "matrix.type 0.yaml:2:23: `owner` must be text, not a map (quote text that holds a colon, such as an IPv6 address)",
  ],
  [
    "e: { tags: [a] }",
    "matrix.type 0.yaml:2:22: `tags` must be a map, not a list (write `key: value` pairs below it, or in { })",
  ],
  [
    "e: { tags: { env: } }",
    "matrix.type 0.yaml:2:29: `env` must be text, not empty (an unquoted comma ends a value inside { }: quote the text, or write a list in [ ])",
  ],
  [
    "e: { name: }",
    "matrix.type 0.yaml:2:22: `name` must be text, not empty (an unquoted comma ends a value inside { }: quote the text, or write a list in [ ])",
  ],
  [
    "e: { name: ~ }",
    "matrix.type 0.yaml:2:22: `name` must be text, not empty (give it a value, or remove it)",
  ],
  ["e: { name: a, owner: '' }", "matrix.empty 0.yaml:2:32: the text is empty (name at least one)"],
  ["e: { name: '' }", "matrix.empty 0.yaml:2:22: the text is empty (name at least one)"],
  [
    "e: { members: [3] }",
    'matrix.type 0.yaml:2:26: an item of `members` must be text, not the number `3` (quote it: "3")',
  ],
  ['e: { members: [""] }', "matrix.empty 0.yaml:2:26: the text is empty (name at least one)"],
  [
    "e: { members: 10.0.0.1 }",
    "matrix.type 0.yaml:2:25: `members` must be a list, not the text `10.0.0.1` (write [10.0.0.1])",
  ],
  [
    "e: { members: { a: b } }",
    "matrix.type 0.yaml:2:25: `members` must be a list, not a map (write [ ] around it)",
  ],
  [
    "e: { nmae: a, id: sg-0a1b2c3d }",
    "matrix.unknown-key 0.yaml:2:16: unknown key `nmae` (did you mean name?)",
  ],
  [
    "e: { name: a, egress: }",
    "matrix.type 0.yaml:2:33: `egress` must be text, not empty (one of open, listed)",
  ],
  [
    "e: { name: a, egress: [open] }",
    "matrix.type 0.yaml:2:33: `egress` must be text, not a list (one of open, listed)",
  ],
  [
    "e: { name: a, mode: 3 }",
    "matrix.unknown-mode 0.yaml:2:31: `3` is no mode (one of observe, revoke, enforce)",
  ],
  [
    "e: 3",
    "matrix.type 0.yaml:2:14: `e` must be a map, not the number `3` (write `key: value` pairs below it, or in { })",
  ],
  [
    "e: [a]",
    "matrix.type 0.yaml:2:14: `e` must be a map, not a list (write `key: value` pairs below it, or in { })",
  ],
  [
    "public: { name: a }",
    "matrix.name.reserved 0.yaml:2:11: `public` is built in and cannot be defined under groups (use another name)",
  ],
  [
    "12: { name: a }",
    "matrix.name 0.yaml:2:11: `12` cannot be a name (letters, digits, . _ and -, beginning with a letter or digit, 64 at most)",
  ],
  [
    "e: { by: group }",
    "matrix.entry.empty 0.yaml:2:11: nothing plays the part `e` (give an id, a name, tags or members; `others: {}` is every group left over)",
    "matrix.entry.by-group 0.yaml:2:20: `e` is referred to by group but selects none (add an id, a name or tags, or remove by: group)",
  ],
  [
    "others: []",
    "matrix.type 0.yaml:2:19: `others` must be a map, not a list (write `key: value` pairs below it, or in { })",
  ],
  [
    "others: { mode: loud }",
    "matrix.unknown-mode 0.yaml:2:27: `loud` is no mode (one of observe, revoke, enforce)",
  ],
  [
    "e: { name }",
    "matrix.type 0.yaml:2:16: `name` must be text, not empty (an unquoted comma ends a value inside { }: quote the text, or write a list in [ ])",
  ],
];

test.each(ROWS)("refuses the entry %s", (text, ...lines) => {
  expect(refusalsOf(`matrix: m\ngroups: { ${text} }`)).toEqual(lines);
});

const NO_GROUP =
  "the matrix has no group, so it would govern nothing (add one under groups, such as `groups: { api: { name: NAME-IN-EC2 } }`)";

test.each([
  ["matrix: m\n", `matrix.no-group 0.yaml:1:1: ${NO_GROUP}`],
  ["matrix: m\ngroups: {}", `matrix.no-group 0.yaml:2:9: ${NO_GROUP}`],
  [
    "matrix: m\ngroups:\n  e:\n",
    "matrix.type 0.yaml:3:5: `e` must be a map, not empty (write {}, or remove the key)",
  ],
  [
    "matrix: m\ngroups:\n  e:\n    name:\n",
    "matrix.type 0.yaml:4:10: `name` must be text, not empty (give it a value, or remove it)",
  ],
])("refuses the file %j", (text, line) => {
  expect(refusalsOf(text)).toEqual([line]);
});
