// How far an audit has come, as plain data, and the report that is made of it.
import { describe, expect, it } from "vitest";
import {
  addFinding,
  auditId,
  newState,
  PHASES,
  reportOf,
} from "../../../../functions/reconcile/audit/state.ts";
import type { AuditFinding } from "../../../../matrix/audit/report.ts";
import { NOW, REGION, SCOPE } from "../../../support/auditing.ts";
import { ACCOUNT } from "../../../support/judging.ts";
import { auditFinding } from "../../../support/reports.ts";

const place = { id: "audit-1", account: ACCOUNT, region: REGION, endedAt: NOW + 2_000 };
const numbered = (from: number, count: number): AuditFinding[] =>
  Array.from({ length: count }, (_, index) => auditFinding({ id: `a-${from + index}` }));

describe("an audit that begins", () => {
  it("has read nothing, and is at its first phase", () => {
    expect(newState(NOW)).toEqual({
      ...{
        startedAt: NOW,
        phase: "interfaces",
        rules: 0,
        todo: [],
        findings: {},
        found: 0,
        more: 0,
      },
      ...{ audited: {}, interfaces: {}, reaches: [], played: [], heldGroups: [] },
    });
  });
  it("goes through its phases in their order", () => {
    expect(PHASES).toEqual(["interfaces", "groups", "exposure", "rest", "over"]);
  });
});

describe("a finding", () => {
  it("that is found again replaces what was found first", () => {
    const state = newState(NOW);
    addFinding(state, auditFinding({ id: "a-1", severity: "low" }));
    addFinding(state, auditFinding({ id: "a-1", severity: "high" }));
    expect(Object.values(state.findings).map(({ severity }) => severity)).toEqual(["high"]);
    expect([state.found, state.more]).toEqual([1, 0]);
  });
  it("beyond the twenty thousandth is only counted, unless it is there already", () => {
    const state = newState(NOW);
    for (const one of numbered(0, 20_002)) addFinding(state, one);
    expect([Object.keys(state.findings).length, state.more]).toEqual([20_000, 2]);
    addFinding(state, auditFinding({ id: "a-19999", severity: "low" }));
    expect(state.findings["a-19999"]?.severity).toBe("low");
    expect(state.more).toBe(2);
    expect(reportOf(state, place).more).toBe(2);
  });
  it("has an id that says what it is about, and nothing else", () => {
    const about = { kind: "drift", group: "sg-1", rule: "ingress tcp 22 from 0.0.0.0/0" } as const;
    const id = auditId(SCOPE, about);
    expect(id).toBe("a-shqzqqt3rcog");
    expect(auditId(SCOPE, auditFinding({ ...about, severity: "low" }))).toBe(id);
    const others = [
      auditId("222222222222/x", about),
      auditId(SCOPE, { ...about, kind: "missing" }),
      auditId(SCOPE, { ...about, group: "sg-2" }),
      auditId(SCOPE, { ...about, rule: "ingress tcp 23 from 0.0.0.0/0" }),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });
});

describe("the report", () => {
  it("of an audit that found nothing leaves out what there is not", () => {
    expect(reportOf(newState(NOW), place)).toStrictEqual({
      ...{ id: "audit-1", account: ACCOUNT, region: REGION },
      startedAt: "2026-11-28T07:00:00.000Z",
      endedAt: "2026-11-28T07:00:02.000Z",
      ...{ groups: 0, rules: 0, findings: [], missed: 0, audited: [], interfaces: [], reaches: [] },
    });
  });
  it("says what was read, found and missed, under which matrix, and the plan", () => {
    const state = newState(NOW);
    const missed = auditFinding({ id: "a-1", missed: true });
    const known = auditFinding({ id: "a-2" });
    for (const one of [missed, known]) addFinding(state, one);
    const audited = { id: "sg-1", name: "web", parts: ["web"], rules: 3, interfaces: 1 };
    const worn = { id: "eni-1", groups: ["sg-1"], addresses: [] };
    const reached = { groups: ["sg-1"], reach: [] };
    const matrix = { name: "test", version: "7", mode: "enforce" } as const;
    Object.assign(state, { rules: 3, planId: "p-1", matrix, reaches: [reached] });
    state.audited["sg-1"] = audited;
    state.interfaces["eni-1"] = worn;
    expect(reportOf(state, place)).toStrictEqual({
      ...{ id: "audit-1", account: ACCOUNT, region: REGION },
      startedAt: "2026-11-28T07:00:00.000Z",
      endedAt: "2026-11-28T07:00:02.000Z",
      ...{ matrix, planId: "p-1", groups: 1, rules: 3, findings: [missed, known], missed: 1 },
      ...{ audited: [audited], interfaces: [worn], reaches: [reached] },
    });
  });
});
