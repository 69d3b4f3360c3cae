// What is said of forbids that are refused.
import { expect, test } from "vitest";
import { refusalsOf } from "../support/parsing.ts";

// Each text stands on lines 3 and after.
const base = "matrix: m\ngroups: { api: { name: api }, db: { name: db } }\n";

/** A text and what is said of it, all of it. */
const ROWS: readonly (readonly [text: string, ...lines: string[]])[] = [
  [
    "forbid: [{ from: public, to: db }]",
    "matrix.missing-key 0.yaml:3:10: `ports` is missing (add ports, such as `ports: tcp 443`)",
  ],
  [
    "forbid: [{ from: public, to: public, ports: all }]",
    "matrix.forbid.no-group 0.yaml:3:10: neither side of this forbid is a group, so no rule follows from it (name a group of the matrix in from or to)",
  ],
  [
    "forbid: [{ from: { list: pl-0a1b2c3d, within: [10.0.0.0/8] }, to: db, ports: all }]",
    "matrix.within 0.yaml:3:18: `within` bounds a list that is permitted; a forbid takes the list whole (write pl-0a1b2c3d alone)",
  ],
  [
    "forbid: [{ from: public, to: db, ports: all, need: allowed }]",
    "matrix.unknown-key 0.yaml:3:46: unknown key `need` (one of from, to, ports, except, reason)",
  ],
  [
    "forbid: [{ from: public, to: db, ports: all, except: [{ list: pl-0a1b2c3d, within: [10.0.0.0/8] }] }]",
    "matrix.within 0.yaml:3:55: `within` bounds a list that is permitted; a forbid takes the list whole (write pl-0a1b2c3d alone)",
  ],
  [
    "forbid: { from: public }",
    "matrix.type 0.yaml:3:9: `forbid` must be a list, not a map (write [ ] around it)",
  ],
  [
    "forbid: [public]",
    "matrix.type 0.yaml:3:10: an item of `forbid` must be a map, not the text `public` (write `key: value` pairs below it, or in { })",
  ],
];

test.each(ROWS)("refuses %s", (text, ...lines) => {
  expect(refusalsOf(base + text)).toEqual(lines);
});
