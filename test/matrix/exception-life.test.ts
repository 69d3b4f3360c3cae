// The life of an exception as a table: every state, every step and everybody who may try it; then why
// an approval and a request are refused.
import { describe, expect, it } from "vitest";
import {
  type Attempt,
  askRefusal,
  askText,
  type ExceptionRecord,
  isLiving,
  type LifeAction,
  type LifeState,
  takeStep,
} from "../../matrix/exceptions/exception-life.ts";
import { type Directory, type Identity, identityOf } from "../../matrix/exceptions/person.ts";

const MINUTE = 60_000;
const NOW = Date.parse("2026-11-21T12:00:30Z");
const START = Date.parse("2026-11-21T12:00:00Z");
const END = START + 60 * MINUTE;

const user = (name: string): Identity => identityOf(`arn:aws:iam::111122223333:user/${name}`);
const directory: Directory = {
  account: "111122223333",
  people: { wang: ["arn:aws:iam::111122223333:user/wang", "slack:T01/U02"] },
  approvers: ["wang", "arn:aws:iam::111122223333:user/chen"],
};

const record = (more: Partial<ExceptionRecord> = {}): ExceptionRecord => ({
  ...{ id: "x-1", state: "requested", start: START, end: END, groups: ["sg-1"], open: true },
  ...{ reason: "release", rule: "ingress tcp 22 from 203.0.113.7/32", rev: 1, askedAt: START },
  ...{ requester: user("li"), askHash: "h", actor: user("zhao") },
  ...more,
});

const attempt = (action: LifeAction, by?: Identity, more: Partial<Attempt> = {}): Attempt => ({
  ...{ action, now: NOW, directory, hash: "h", actualHash: "h" },
  ...(by ? { by } : {}),
  ...more,
});

const PARTIES: Readonly<Record<string, Identity | undefined>> = {
  requester: user("li"),
  approver: user("wang"),
  actor: user("zhao"),
  other: user("qian"),
  nobody: identityOf("arn:aws:sts::111122223333:assumed-role/Admin/wang"),
  clock: undefined,
};

/** Every step that is taken; all others are refused. The clock's `end` is tried at the end. */
const TAKEN: readonly (readonly [LifeState, LifeAction, string, LifeState])[] = [
  ["requested", "approve", "approver", "approved"],
  ["requested", "reject", "approver", "rejected"],
  ["requested", "withdraw", "requester", "withdrawn"],
  ["requested", "end", "clock", "expired"],
  ["approved", "start", "clock", "active"],
  ["approved", "withdraw", "requester", "withdrawn"],
  ["approved", "withdraw", "approver", "withdrawn"],
  ["approved", "end", "clock", "expired"],
  ["active", "withdraw", "requester", "withdrawn"],
  ["active", "withdraw", "approver", "withdrawn"],
  ["active", "end", "clock", "expired"],
];

const STATES: readonly LifeState[] = [
  ...(["requested", "approved", "active"] as const),
  ...(["expired", "rejected", "withdrawn"] as const),
];
const ACTIONS: readonly LifeAction[] = ["approve", "reject", "withdraw", "start", "end"];

describe.each(STATES)("one that is %s", state => {
  const rows = ACTIONS.flatMap(action =>
    Object.keys(PARTIES).map(party => [action, party] as const),
  );
  it.each(rows)("%s by %s", (action, party) => {
    const to = TAKEN.find(row => row[0] === state && row[1] === action && row[2] === party)?.[3];
    const now = action === "end" ? END : NOW;
    const taken = takeStep(record({ state }), attempt(action, PARTIES[party], { now }));
    expect(taken.kind === "moved" ? taken.to : undefined).toBe(to);
    if (to) expect(taken).toEqual({ kind: "moved", to, as: party });
    expect(taken.kind === "refused").toBe(to === undefined);
  });

  it("lives as long as a step is left", () => {
    expect(isLiving({ state })).toBe(TAKEN.some(([from]) => from === state));
  });
});

describe("the clock", () => {
  it.each<[LifeState, LifeAction, number, boolean]>([
    ["approved", "start", START - 1, false],
    ["approved", "start", START, true],
    ["approved", "start", END - 1, true],
    ["approved", "start", END, false],
    ["active", "end", END - 1, false],
    ["active", "end", END, true],
  ])("of one that is %s: %s at %d", (state, action, now, isTaken) => {
    const taken = takeStep(record({ state }), attempt(action, undefined, { now }));
    expect(taken.kind).toBe(isTaken ? "moved" : "refused");
    if (!isTaken) expect(taken).toMatchObject({ code: "not-due" });
  });
});

describe("a step is refused", () => {
  it.each<[LifeState, LifeAction, string, string, string]>([
    [
      "expired",
      "withdraw",
      "requester",
      "state",
      "it is expired: nothing can withdraw it any more",
    ],
    ["requested", "start", "clock", "state", "it is requested: nothing can start it any more"],
    ["requested", "withdraw", "clock", "not-yours", "withdraw is not a step of whoever tries it"],
    ["requested", "end", "requester", "not-yours", "end is not a step of whoever tries it"],
    ["approved", "start", "nobody", "not-yours", "start is not a step of whoever tries it"],
    ["requested", "withdraw", "other", "not-yours", "only its requester may withdraw it"],
    ["requested", "reject", "other", "not-yours", "only an approver may reject it"],
    [
      "active",
      "withdraw",
      "other",
      "not-yours",
      "only its requester or an approver may withdraw it",
    ],
    ["active", "end", "clock", "not-due", "it is not the time to end it"],
  ])("of one that is %s: %s by %s: %s, %s", (state, action, party, code, because) => {
    expect(takeStep(record({ state }), attempt(action, PARTIES[party]))).toEqual({
      ...{ kind: "refused", code, because },
    });
  });

  it("of a state that is none", () => {
    const odd = record({ state: "lost" as LifeState });
    expect(takeStep(odd, attempt("end"))).toMatchObject({ code: "state" });
    expect(isLiving(odd)).toBe(false);
  });
});

describe("an approval is refused", () => {
  const slackOfWang: Identity = { kind: "slack", team: "T01", user: "U02" };
  const wang = user("wang");
  it.each<[string, Partial<ExceptionRecord>, Identity, Partial<Attempt>]>([
    ["own-request", { requester: wang }, wang, {}],
    ["own-request", { requester: slackOfWang }, wang, {}],
    ["own-request", { requester: user("li") }, user("li"), {}],
    ["own-rule", { actor: wang }, wang, {}],
    ["own-rule", { actor: slackOfWang }, wang, {}],
    ["not-approver", {}, user("qian"), {}],
    ["not-approver", {}, wang, { directory: { ...directory, approvers: [] } }],
    ["incomparable", { requester: { kind: "slack", team: "T09", user: "U9" } }, wang, {}],
    ["incomparable", { actor: PARTIES.nobody as Identity }, wang, {}],
    ["nobody", {}, PARTIES.nobody as Identity, {}],
    ["changed", {}, wang, { hash: "other" }],
    ["changed", {}, wang, { actualHash: "other" }],
    ["changed", { askHash: "other" }, wang, {}],
    ["over", {}, wang, { now: END }],
  ])("%s: %j", (code, more, by, how) => {
    expect(takeStep(record(more), attempt("approve", by, how))).toMatchObject({ code });
  });

  it("is refused without the hash of what was shown", () => {
    const { hash: _, ...bare } = attempt("approve", wang);
    expect(takeStep(record(), bare)).toMatchObject({ code: "changed" });
  });

  it("is refused where neither has a hash", () => {
    const { hash: _, actualHash: __, ...bare } = attempt("approve", wang);
    const { askHash: ___, ...unbound } = record();
    expect(takeStep(unbound as ExceptionRecord, bare)).toMatchObject({ code: "changed" });
  });

  it("is not refused where nobody is known to have made the rule", () => {
    const { actor: _, ...made } = record();
    expect(takeStep(made, attempt("approve", wang))).toMatchObject({ kind: "moved" });
  });

  it("is not refused where the requester made the rule himself", () => {
    const own = record({ requester: user("li"), actor: user("li") });
    expect(takeStep(own, attempt("approve", wang))).toMatchObject({ kind: "moved" });
  });
});

describe("a request", () => {
  const terms = { approvers: [], maxDurationMinutes: 480, perRequester: 5, breakGlassMinutes: 30 };
  const DAY = 24 * 60 * MINUTE;
  const EXACT = START;
  const ask = { start: START, end: END, reason: "release" };
  it.each<[string, object, object]>([
    ["", {}, {}],
    ["", { start: START + 7 * DAY, end: START + 7 * DAY + MINUTE }, {}],
    ["", { end: START + 480 * MINUTE }, {}],
    ["", { end: START + 30 * MINUTE, breakGlass: true }, {}],
    ["", { start: EXACT, end: EXACT + MINUTE }, { now: EXACT }],
    ["over", { start: EXACT - MINUTE, end: EXACT }, { now: EXACT }],
    ["past", { start: EXACT - MINUTE, end: EXACT + MINUTE }, { now: EXACT }],
    ["", { start: EXACT + 7 * DAY, end: EXACT + 7 * DAY + MINUTE }, { now: EXACT }],
    ["minutes", { start: START + 1 }, {}],
    ["minutes", { end: END + 30_000 }, {}],
    ["minutes", { end: Number.NaN }, {}],
    ["reversed", { end: START }, {}],
    ["reversed", { end: START - MINUTE }, {}],
    ["past", { start: START - MINUTE }, {}],
    ["over", { start: START - 60 * MINUTE, end: START }, {}],
    ["too-far", { start: START + 7 * DAY + MINUTE, end: START + 7 * DAY + 2 * MINUTE }, {}],
    ["too-long", { end: START + 481 * MINUTE }, {}],
    ["too-long", { end: START + 31 * MINUTE, breakGlass: true }, {}],
    ["no-break-glass", { breakGlass: true }, { breakGlassMinutes: 0 }],
    ["no-reason", { reason: " " }, {}],
  ])("%s %j", (code, more, other) => {
    const context = { now: NOW, terms: { ...terms, ...other }, directory, ...other };
    expect(askRefusal({ ...ask, ...more }, user("li"), context)?.code ?? "").toBe(code);
  });

  it("of nobody is refused", () => {
    const context = { now: NOW, terms, directory };
    expect(askRefusal(ask, PARTIES.nobody as Identity, context)).toMatchObject({ code: "nobody" });
  });
});

describe("what an approval is bound to", () => {
  const base = record();
  const text = askText(base);
  it.each([
    ["rule", { rule: "ingress tcp 23 from 203.0.113.7/32" }],
    ["groups", { groups: ["sg-1", "sg-2"] }],
    ["start", { start: START + MINUTE }],
    ["end", { end: END + MINUTE }],
    ["open", { open: false }],
    ["flow", { flow: { from: [], to: [], ports: [] } }],
  ])("changes with its %s", (_, more) => {
    expect(askText({ ...base, ...more })).not.toBe(text);
  });

  it("is every word of it in one order", () => {
    expect(text).toBe(
      `{"end":${END},"groups":["sg-1"],"open":true,"rule":"ingress tcp 22 from 203.0.113.7/32","start":${START}}`,
    );
    const { rule: _, ...rest } = base;
    const flow = { from: [{ kind: "public" as const }], to: [], ports: [] };
    expect(askText({ ...rest, flow: { ...flow, need: "allowed" } as typeof flow })).toBe(
      `{"end":${END},"flow":{"from":[{"kind":"public"}],"ports":[],"to":[]},"groups":["sg-1"],"open":true,"start":${START}}`,
    );
  });

  it("does not change with the order of groups, the reason or the state", () => {
    const one = askText({ ...base, groups: ["a", "b"] });
    expect(askText({ ...record({ state: "active", reason: "other" }), groups: ["b", "a"] })).toBe(
      one,
    );
  });
});
