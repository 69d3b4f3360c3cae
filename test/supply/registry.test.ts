// What is made of npm's answers: a report is read, and anything else is no answer at all.
import { describe, expect, it } from "vitest";
import { signaturesIn, vulnerabilitiesIn } from "./registry.ts";

const none = ["", "not json", "null", '{"error":{"code":"ENOTFOUND"}}', '{"message":"404"}'];

describe("signatures", () => {
  it.each([
    ["clean", { invalid: [], missing: [] }],
    ["found", { invalid: [{ name: "one", version: "1.0.0" }], missing: [] }],
    ["found", { invalid: [], missing: [{ name: "one", version: "1.0.0" }] }],
  ])("are %s in %j", (kind, report) => {
    expect(signaturesIn(JSON.stringify(report)).kind).toBe(kind);
  });

  it.each(none)("are not checked where npm prints %j", printed => {
    expect(signaturesIn(printed)).toEqual({ kind: "not checked" });
  });
});

describe("vulnerabilities", () => {
  const report = (vulnerabilities: object) =>
    JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: {} });

  it("are none, or named with how bad they are", () => {
    expect(vulnerabilitiesIn(report({}))).toEqual({ kind: "clean" });
    const found = vulnerabilitiesIn(report({ one: { name: "one", severity: "low" } }));
    expect(found).toEqual({ kind: "found", what: ["one: low"] });
  });

  it.each(none)("are not checked where npm prints %j", printed => {
    expect(vulnerabilitiesIn(printed)).toEqual({ kind: "not checked" });
  });
});
