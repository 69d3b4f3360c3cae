import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainText } from "../../matrix/plain-text.ts";

describe("text from outside, made plain", () => {
  const rows: [string, string, string][] = [
    ["plain text", "wang@example.com 王 é 🙂", "wang@example.com 王 é 🙂"],
    ["line ends", "ssh\nrm\r\n", "ssh\\u{a}rm\\u{d}\\u{a}"],
    ["a terminal escape", "\u001b[31mred", "\\u{1b}[31mred"],
    ["a C1 control", "a\u009bb", "a\\u{9b}b"],
    ["a bidi override", "a\u202eb\u2066", "a\\u{202e}b\\u{2066}"],
    ["an invisible character", "a\u200bb\uFEFF", "a\\u{200b}b\\u{feff}"],
    ["a Unicode line end", "a\u2028b\u2029", "a\\u{2028}b\\u{2029}"],
    ["a hidden tag character", "a\u{e0041}", "a\\u{e0041}"],
    ["half a character", "a\ud800b", "a\\u{d800}b"],
    ["nothing", "", ""],
  ];

  test.each(rows)("%s", (_, text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  const cuts: [string, number, string][] = [
    ["abcdef", 6, "abcdef"],
    ["abcdefg", 6, "abcde…"],
    ["ab🙂🙂", 5, "ab🙂…"],
    ["abcde\n", 9, "abcde…"],
    ["\n\n", 6, "\\u{a}…"],
    ["abc\u202edef", 11, "abc…"],
    ["\n\n", 5, "…"],
    ["ab", 1, "…"],
    ["ab", 0, ""],
  ];

  test.each(cuts)("%j in at most %i characters is %j", (text, max, plain) => {
    expect(plainText(text, max)).toBe(plain);
  });

  test("any text becomes one bounded line, and stays as it is when made plain again", () => {
    const text = fc.string({ unit: "binary", maxLength: 600 });
    let escaped = 0;
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 300 }), (given, max) => {
        const plain = plainText(given, max);
        if (plain.includes("\\u{")) escaped += 1;
        expect(plain.length).toBeLessThanOrEqual(max);
        expect(plain).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(plainText(plain, max)).toBe(plain);
      }),
      { numRuns: 150 },
    );
    expect(escaped).toBeGreaterThan(0);
  });

  test("a long text costs no more than what is shown of it", () => {
    expect(plainText("x".repeat(50_000_000))).toBe(`${"x".repeat(255)}…`);
  });
});
