import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { InputError } from "../../matrix/errors.ts";
import { jsonSchema } from "../../matrix/file/file-schema.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";

const file = new URL("../../matrix/schema.json", import.meta.url);
const written = `${JSON.stringify(jsonSchema(), null, 2)}\n`;
if (process.env.UPDATE_SCHEMA) writeFileSync(file, written);

test("matrix/schema.json is what the parser checks (UPDATE_SCHEMA=1 writes it)", () => {
  expect(existsSync(file) && readFileSync(file, "utf8")).toBe(written);
});

const validate = new Ajv({ strict: false }).compile(JSON.parse(written));
const base = "matrix: m\ngroups: { api: { name: api }, db: { name: db } }\n";

function parses(text: string): boolean {
  try {
    parseMatrix([{ name: "m.yaml", text }]);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

const RIGHT = [
  base,
  `${base}mode: enforce\nvpc: vpc-0a1b2c3d`,
  `${base}vpc: [vpc-0a1b2c3d]`,
  `${base}networks: { 办公室: [10.0.0.0/8, public], none: [], l: [{ list: pl-0a1b2c3d, within: [10.0.0.0/8] }] }`,
  `${base}flows: [{ from: api, to: [db], ports: "tcp 80, 443,", need: advised, sides: both, purpose: p, probe: / }]`,
  `${base}flows: [{ from: { list: pl-0a1b2c3d, within: [10.0.0.0/8] }, to: db, ports: [" icmp 8/0 ", proto 47, all] }]`,
  `${base}forbid: [{ from: public, to: db, ports: udp 1-2, except: private, reason: r }]`,
  `${base}people: { w: ["mail:w@example.com"], x: [] }\nexceptions: { approvers: [w], maxDuration: 1d, perRequester: 100, breakGlass: 5m }`,
  "matrix: m\n$schema: x\ngroups: { others: {}, a: { id: sg-0a1b2c3d, tags: { k: v }, members: [10.0.0.1], egress: listed, by: group, mode: revoke, owner: o, adopt: auto } }",
];

const WRONG = [
  "- a list",
  "matrix: 3\ngroups: { api: { name: api } }",
  "matrix: two words\ngroups: { api: { name: api } }",
  `${base}colour: red`,
  `${base}mode: monitor`,
  `${base}vpc: 3`,
  `${base}vpc: []`,
  `${base}vpc: vpc-zz`,
  `${base}networks: { a: 10.0.0.0/8 }`,
  `${base}networks: { -a: [] }`,
  `${base}networks: [a]`,
  `${base}networks: { a: [3] }`,
  `${base}networks: { a: [{ list: pl-0a1b2c3d }] }`,
  `${base}networks: { a: [{ list: sg-0a1b2c3d, within: [10.0.0.0/8] }] }`,
  `${base}networks: { a: [{ list: pl-0a1b2c3d, within: [] }] }`,
  `${base}networks: { a: [{ list: pl-0a1b2c3d, within: [10.0.0.0/8], more: 1 }] }`,
  "matrix: m\ngroups: { api: api }",
  "matrix: m\ngroups: { api: }",
  "matrix: m\ngroups: { api: { name: 3 } }",
  "matrix: m\ngroups: { api: { name: [a, b] } }",
  "matrix: m\ngroups: { api: { id: api } }",
  "matrix: m\ngroups: { api: { name: api, tags: { k: 1 } } }",
  "matrix: m\ngroups: { api: { name: api, members: 10.0.0.1 } }",
  "matrix: m\ngroups: { api: { name: api, egress: shut } }",
  "matrix: m\ngroups: { api: { name: api, by: name } }",
  "matrix: m\ngroups: { api: { name: api, adopt: yes } }",
  "matrix: m\ngroups: { api: { name: api, colour: red } }",
  "matrix: m\ngroups: { 'a b': { name: api } }",
  `${base}flows: { from: api, to: db, ports: all }`,
  `${base}flows: [{ from: api, to: db }]`,
  `${base}flows: [{ from: api, ports: all }]`,
  `${base}flows: [{ to: db, ports: all }]`,
  `${base}flows: [{ from: [], to: db, ports: all }]`,
  `${base}flows: [{ from: "", to: db, ports: all }]`,
  `${base}flows: [{ from: api, to: db, ports: 443 }]`,
  `${base}flows: [{ from: api, to: db, ports: [443] }]`,
  `${base}flows: [{ from: api, to: db, ports: [] }]`,
  `${base}flows: [{ from: api, to: db, ports: "443" }]`,
  `${base}flows: [{ from: api, to: db, ports: 22:22 }]`,
  `${base}flows: [{ from: api, to: db, ports: TCP 80 }]`,
  `${base}flows: [{ from: api, to: db, ports: all, need: sometimes }]`,
  `${base}flows: [{ from: api, to: db, ports: all, sides: none }]`,
  `${base}flows: [{ from: api, to: db, ports: all, purpose: a, b }]`,
  `${base}flows: [{ from: api, to: db, ports: all, purpose: }]`,
  `${base}flows: [{ from: api, to: db, ports: all, except: [db] }]`,
  `${base}forbid: [{ from: public, to: db }]`,
  `${base}forbid: [{ from: public, to: db, ports: all, need: allowed }]`,
  `${base}people: { w: mail }`,
  `${base}people: { w: [3] }`,
  `${base}exceptions: [w]`,
  `${base}exceptions: { maxDuration: 8 }`,
  `${base}exceptions: { maxDuration: 8 hours }`,
  `${base}exceptions: { perRequester: 0 }`,
  `${base}exceptions: { perRequester: 101 }`,
  `${base}exceptions: { perRequester: 1.5 }`,
  `${base}exceptions: { perRequester: "5" }`,
  `${base}exceptions: { breakGlass: 0m }`,
];

describe("the parser and the schema agree", () => {
  test.each(RIGHT)("on what is right: %s", text => {
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(() => parseMatrix([{ name: "m.yaml", text }])).not.toThrow();
  });

  test.each(WRONG)("on what is wrong: %s", text => {
    expect([validate(parse(text)), parses(text)]).toEqual([false, false]);
  });
});
