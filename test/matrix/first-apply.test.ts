// The first matrix of an account looks before it acts.
import { describe, expect, it } from "vitest";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { isObserving, observed } from "../../matrix/life/first-apply.ts";

const matrix = (mode: string, own: string) =>
  parseMatrix([
    {
      name: "m.yaml",
      text: `matrix: m\nmode: ${mode}\ngroups: { web: { name: web${own} }, db: { name: db } }\n`,
    },
  ]);
const observing = matrix("observe", "");

describe("a first matrix", () => {
  it.each([
    ["observe", "", true],
    ["observe", ", mode: observe", true],
    ["observe", ", mode: revoke", false],
    ["observe", ", mode: enforce", false],
    ["revoke", "", false],
    ["enforce", ", mode: observe", false],
  ])("in mode %s with a group%s only reports: %s", (mode, own, isReporting) => {
    expect(isObserving(matrix(mode, own))).toBe(isReporting);
  });

  it.each([
    ["revoke", ""],
    ["observe", ", mode: enforce"],
    ["enforce", ", mode: revoke"],
  ])("in mode %s with a group%s is put into observe, the rest as it is", (mode, own) => {
    expect(observed(matrix(mode, own))).toStrictEqual(observing);
  });

  it("that only reports stays the same value", () => {
    const document = matrix("observe", ", mode: observe");
    expect(observed(document)).toBe(document);
  });
});
