import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { InputError } from "../../matrix/errors.ts";
import { jsonSchema } from "../../matrix/file/file-schema.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";

const runs = process.env.PORTWARD_SLOW ? 5_000 : 200;
const validate = new Ajv({ strict: false }).compile(jsonSchema());

const TEXT = `matrix: m
mode: revoke
vpc: vpc-0a1b2c3d
networks: { office: [10.9.0.0/16, "2001:db8::/32"], all: [office, public], none: [] }
groups:
  api: { name: api, members: [10.0.0.1], egress: listed }
  db: { tags: { role: db }, mode: enforce, by: group, owner: ops }
  others: {}
flows:
  - { from: [api, office], to: db, ports: tcp 80 443, purpose: "a, b", probe: /x }
  - { from: db, to: { list: pl-0a1b2c3d, within: [10.0.0.0/8] }, ports: icmp 8/0, need: allowed, sides: both }
forbid:
  - { from: public, to: db, ports: all, except: [office], reason: r }
people: { w: ["mail:w@example.com"] }
exceptions: { approvers: [w], maxDuration: 8h, perRequester: 5, breakGlass: 30m }
`;

const WORDS = [
  ..."{}[],:\"'#&*!|>-%@`?\n\t ".split(""),
  ...[
    "api",
    "db",
    "office",
    "public",
    "private",
    "others",
    "pl-0a1b2c3d",
    "sg-0a1b2c3d",
    "10.0.0.0/8",
  ],
  ...[
    "10.0.0.1/8",
    "::/0",
    "tcp",
    "443",
    "80/443",
    "all",
    "icmp",
    "8h",
    "true",
    "null",
    "~",
    "<<",
    "&a",
    "*a",
  ],
  ...[
    "matrix",
    "mode",
    "vpc",
    "networks",
    "groups",
    "flows",
    "forbid",
    "people",
    "exceptions",
    "within",
  ],
  ...[
    "__proto__",
    "constructor",
    "公网",
    "\u202e",
    "\u0000",
    "- ",
    ": ",
    "\n  ",
    "{ from: api, to: db, ports: tcp 1 }",
  ],
];

/** The matrix with a few cuts, each filled by a word or by a piece of the matrix itself. */
const mangled = fc
  .array(
    fc.record({
      at: fc.nat(TEXT.length),
      cut: fc.oneof(fc.constant(0), fc.nat(12)),
      fill: fc.oneof(
        fc.constantFrom("", ...WORDS),
        fc.tuple(fc.nat(TEXT.length), fc.nat(40)).map(([from, n]) => TEXT.slice(from, from + n)),
      ),
    }),
    { maxLength: 4 },
  )
  .map(edits =>
    edits.reduce(
      (text, { at, cut, fill }) => text.slice(0, at) + fill + text.slice(at + cut),
      TEXT,
    ),
  );

const seen = { accepted: 0, refused: 0 };

test("whatever the text, it is read as the schema has it or refused with place and cure", () => {
  fc.assert(
    fc.property(mangled, text => {
      try {
        parseMatrix([{ name: "m.yaml", text }]);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        seen.refused += 1;
        for (const { file, line, column, cure, code } of error.problems) {
          expect([file, line !== undefined && column !== undefined]).toEqual(["m.yaml", true]);
          expect(code).toMatch(/^matrix\.[a-z.-]+$/);
          if (!code.startsWith("matrix.yaml.")) expect(cure, error.message).toBeTruthy();
        }
        return;
      }
      seen.accepted += 1;
      expect(validate(parseYaml(text)), JSON.stringify(validate.errors)).toBe(true);
    }),
    { numRuns: runs },
  );
});

afterAll(() => {
  expect(seen.accepted).toBeGreaterThan(runs / 40);
  expect(seen.refused).toBeGreaterThan(runs / 4);
});

const examples = new URL("../../matrix/examples/", import.meta.url);

test("an example cut off anywhere is read or refused, never broken", () => {
  const text = readFileSync(new URL("funai-studio.yaml", examples), "utf8");
  fc.assert(
    fc.property(fc.nat(text.length), end => {
      try {
        return parseMatrix([{ name: "m.yaml", text: text.slice(0, end) }]).matrix !== "";
      } catch (error) {
        return error instanceof InputError && error.problems.length > 0;
      }
    }),
    { numRuns: runs / 4 },
  );
});
