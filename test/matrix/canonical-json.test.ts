// Plain values as text that is the same for equal values.
import { expect, test } from "vitest";
import { canonicalJson } from "../../matrix/canonical-json.ts";

test.each<[unknown, string]>([
  [{ b: 1, a: [undefined, "x"] }, '{"a":[null,"x"],"b":1}'],
  [
    { c: 1, b: { z: [1, 2, [3]], y: null }, a: "é\n" },
    '{"a":"é\\n","b":{"y":null,"z":[1,2,[3]]},"c":1}',
  ],
  [{ a: undefined, b: true }, '{"b":true}'],
  [{}, "{}"],
  [[], "[]"],
  [null, "null"],
  [undefined, "null"],
  ["a", '"a"'],
  [0, "0"],
  [false, "false"],
  [{ 'a"b': 1 }, '{"a\\"b":1}'],
])("%j is %s", (value, text) => expect(canonicalJson(value)).toBe(text));

test("the order in which fields were set tells nothing", () => {
  const fields = { d: 1, a: 2, c: 3, b: 4 };
  const reversed = Object.fromEntries(Object.entries(fields).toReversed());
  expect(canonicalJson(fields)).toBe('{"a":2,"b":4,"c":3,"d":1}');
  expect(canonicalJson(reversed)).toBe(canonicalJson(fields));
});
