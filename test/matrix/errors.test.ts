// What a wrong input is told, and other small things that everything prints or sorts by.
import { describe, expect, it } from "vitest";
import { formatProblem, InputError, inputError, quoted } from "../../matrix/errors.ts";
import { inOrder } from "../../matrix/group.ts";
import { formatRule, parseRule } from "../../matrix/rules/rule.ts";

describe("an error about an input", () => {
  it("has a line and a place for each problem, and the code of the first", () => {
    const place = { file: "m.yaml", line: 4, column: 12 };
    const error = new InputError([
      {
        code: "matrix.cidr",
        message: "10.0.0.1/8 has host bits set",
        cure: "write 10.0.0.0/8",
        ...place,
      },
      { code: "matrix.other", message: "other" },
    ]);
    expect(error.message).toBe(
      "m.yaml:4:12: 10.0.0.1/8 has host bits set (write 10.0.0.0/8)\nother",
    );
    expect([error.name, error.code]).toEqual(["InputError", "matrix.cidr"]);
    expect(new InputError([]).code).toBe("input");
    expect(String(error)).toMatch(/^InputError: m\.yaml:4:12: /);
  });

  it("without a file has its problem alone, with a cure where there is one", () => {
    expect(inputError("a.b", "it is wrong", "right it").problems).toStrictEqual([
      { code: "a.b", message: "it is wrong", cure: "right it" },
    ]);
    expect(inputError("a.b", "it is wrong").problems).toStrictEqual([
      { code: "a.b", message: "it is wrong" },
    ]);
    expect(formatProblem({ code: "a.b", message: "it is wrong" })).toBe("it is wrong");
  });

  it("quotes on one line, cut at eighty characters", () => {
    expect(quoted("a\nb")).toBe("`a\\u{a}b`");
    expect(quoted("x".repeat(90))).toBe(`\`${"x".repeat(79)}…\``);
  });
});

it("rules are put in the order of their texts, each with what it carries", () => {
  const texts = ["ingress tcp 22 from ::/0", "egress all to 0.0.0.0/0", "ingress tcp 1 from ::/0"];
  const rules = texts
    .flatMap(text => parseRule(text) ?? [])
    .map((rule, n) => ({ rule, ruleId: `r${n}` }));
  for (const some of [rules, rules.toReversed()]) {
    const sorted = inOrder(some).map(({ rule, ruleId }) => `${ruleId} ${formatRule(rule)}`);
    expect(sorted).toEqual([`r1 ${texts[1]}`, `r2 ${texts[2]}`, `r0 ${texts[0]}`]);
  }
});
