// What an exception would come to on live groups: which groups it touches, why the matrix refuses it
// there, and which drift is laid at its end.
import { describe, expect, it } from "vitest";
import type { Exception } from "../../matrix/exception.ts";
import { endedBy, isOwnEnded } from "../../matrix/exceptions/ended.ts";
import { groupsOfFlow, scopeRefusal } from "../../matrix/exceptions/exception-scope.ts";
import { readFlowWords, readRuleWords } from "../../matrix/exceptions/exception-words.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { resolvePins } from "../../matrix/flows/selection.ts";
import type { LiveGroup } from "../../matrix/group.ts";
import { makePolicy } from "../../matrix/policy.ts";
import { parseRule } from "../../matrix/rules/rule.ts";
import { judgeUnder, matrixOf } from "../support/judging.ts";

const live = (id: string, name: string): LiveGroup => ({
  ...{ id, name, owner: "111122223333", vpcId: "vpc-0000000a", tags: {} },
});
const api = live("sg-0000000a", "api");
const db = live("sg-0000000b", "db");
const spare = live("sg-0000000c", "db");
const stranger = live("sg-0000000d", "stranger");

const document = parseMatrix([
  {
    name: "m.yaml",
    text: `
matrix: m
mode: enforce
networks: { office: [203.0.113.0/24] }
groups:
  api: { name: api, egress: listed }
  db: { name: db }
  log: { name: log, mode: revoke }
flows: [{ from: office, to: api, ports: tcp 443 }]
forbid: [{ from: public, to: db, ports: all, except: [office], reason: internal }]
`,
  },
]);
const log = live("sg-0000000e", "log");
const policy = makePolicy(document, resolvePins(document, [api, db, log]));

const flowOf = (from: string, to: string, ports = "tcp 5432") =>
  readFlowWords({ from, to, ports }, document);

describe("a flow touches", () => {
  it.each([
    ["the group it enters", "office", "db", [db.id]],
    ["the group it leaves, where egress is listed", "api", "office", [api.id]],
    ["both", "api", "db", [api.id, db.id]],
    ["no group whose egress is open", "db", "office", []],
    ["no group at all between addresses", "office", "10.0.0.0/8", []],
  ])("%s", (_, from, to, ids) => {
    expect(groupsOfFlow(flowOf(from, to), policy).map(({ id }) => id)).toEqual(ids);
  });
});

describe("an exception", () => {
  const rule = (text: string) => ({ rule: readRuleWords(text) });
  it.each<[string, Pick<Exception, "flow" | "rule">, LiveGroup[], boolean]>([
    ["", rule("ingress tcp 5432 from 203.0.113.7"), [db], true],
    ["", rule("ingress tcp 5432 from 10.0.0.7"), [db], true],
    ["", rule("ingress tcp 22 from 198.51.100.7"), [api], true],
    ["", { flow: flowOf("api", "db") }, [api, db], true],
    ["forbidden", rule("ingress tcp 5432 from 198.51.100.7"), [db], true],
    ["forbidden", rule("ingress tcp 5432 from 0.0.0.0/0"), [db], false],
    ["forbidden", { flow: flowOf("public", "db") }, [db], true],
    ["forbidden", { flow: flowOf("public", "db", "icmpv6") }, [db], true],
    ["forbidden", rule("ingress tcp 5432 from 198.51.100.7"), [api, db], true],
    ["unmanaged", rule("ingress tcp 22 from 10.0.0.7"), [stranger], true],
    ["candidate", rule("ingress tcp 22 from 10.0.0.7"), [spare], true],
    ["", rule("ingress tcp 22 from 10.0.0.7"), [spare], false],
    ["not-enforced", rule("ingress tcp 22 from 10.0.0.7"), [log], true],
    ["", rule("ingress tcp 22 from 10.0.0.7"), [log], false],
    ["empty", { flow: flowOf("office", "db", "icmpv6") }, [db], true],
    ["empty", { flow: flowOf("office", "10.0.0.0/8") }, [], true],
  ])("%j: %j", (code, what, groups, open) => {
    const asked = { ...what, open, groups: groups.map(({ id }) => id) };
    expect(scopeRefusal(asked, policy, groups)?.code ?? "").toBe(code);
  });
});

it("a flow touches each group once, in the order of their ids", () => {
  const pins = resolvePins(document, [live("sg-0000000f", "db"), api, live("sg-00000001", "db")]);
  const many = makePolicy(document, pins);
  const ids = groupsOfFlow(flowOf("api, db", "db, api"), many).map(({ id }) => id);
  expect(ids).toEqual(["sg-00000001", api.id, "sg-0000000f"]);
  expect(
    groupsOfFlow(flowOf("office", "db"), makePolicy(document, resolvePins(document, [api]))),
  ).toEqual([]);
});

it("a group whose own flows break a forbid is no reason to refuse an exception", () => {
  const torn = parseMatrix([
    {
      name: "m.yaml",
      text: [
        ...["matrix: m", "mode: enforce", "groups: { api: { name: api } }"],
        "flows: [{ from: public, to: api, ports: tcp 22 }]",
        "forbid: [{ from: public, to: api, ports: tcp 22, reason: no shells }]",
      ].join("\n"),
    },
  ]);
  const own = makePolicy(torn, resolvePins(torn, [api]));
  const asked = { ...{ rule: "ingress tcp 80 from 10.0.0.1/32", open: true }, groups: [api.id] };
  expect(scopeRefusal(asked, own, [api])).toBeUndefined();
});

it("the words of a request are read as a matrix is, with every problem", () => {
  expect(flowOf("office, 10.0.0.7", "db", "tcp 22 80")).toEqual({
    from: [
      { kind: "network", name: "office" },
      { kind: "cidr", cidr: "10.0.0.7/32" },
    ],
    to: [{ kind: "entry", name: "db" }],
    ports: [
      { protocol: "tcp", from: 22, to: 22 },
      { protocol: "tcp", from: 80, to: 80 },
    ],
  });
  expect(() => flowOf("ofice", "", "tcp 70000")).toThrow(
    /office[\s\S]*names nobody[\s\S]*0 to 65535/,
  );
  expect(() => readRuleWords("tcp 22")).toThrow(/is no rule/);
});

describe("a drift is laid at the end of an exception", () => {
  const exception = (id: string, text: string, more: Partial<Exception> = {}): Exception => ({
    ...{ id, state: "active", start: 0, end: 100, groups: ["sg-0000000a"], open: true },
    ...{ rule: text, ...more },
  });
  const exceptions = [
    exception("x-1", "ingress tcp 22 from 10.0.0.1/32"),
    exception("x-2", "ingress tcp 22 from 10.0.0.2/31"),
    exception("x-3", "ingress tcp 30 from 10.0.0.1/32", { state: "withdrawn", unsettled: true }),
    exception("x-4", "ingress tcp 31 from 10.0.0.1/32", { state: "withdrawn" }),
    exception("x-5", "ingress tcp 32 from 10.0.0.1/32", { state: "expired" }),
    exception("x-6", "ingress tcp 33 from 10.0.0.1/32", { state: "requested" }),
  ];
  it.each([
    ["release", "ingress tcp 22 from 10.0.0.1/32", true],
    ["somebody's own", "ingress tcp 22 from 10.0.0.1/32", false],
    [undefined, "ingress tcp 22 from 10.0.0.1/32", false],
    ["release", "ingress tcp 22 from 10.0.0.3/32", false],
  ])("described %j, %s is Portward's own opening: %j", (description, text, isOwn) => {
    const own = [exception("x-1", "ingress tcp 22 from 10.0.0.1/32", { reason: "release" })];
    const { policy: ended } = judgeUnder(matrixOf([]), [], { exceptions: own, now: 100 });
    const rule = parseRule(text);
    const live = rule && { rule, ...(description === undefined ? {} : { description }) };
    expect(live && isOwnEnded(live, ended)).toBe(isOwn);
  });

  it("not what the matrix permits without it", () => {
    const matrix = matrixOf(["{ from: 10.0.0.0/8, to: web, ports: tcp 23 }"]);
    const { policy: own } = judgeUnder(matrix, [], { exceptions, now: 100 });
    const rule = parseRule("ingress tcp 23 from 10.9.0.1/32");
    expect(rule && endedBy(rule, own)).toBeUndefined();
  });

  it("what it and a flow let out together", () => {
    const matrix = matrixOf(["{ from: web, to: 10.0.0.0/8, ports: tcp 23 }"], { egress: "listed" });
    const out = [exception("x-1", "egress tcp 22 to 10.0.0.1/32")];
    const { policy: own } = judgeUnder(matrix, [], { exceptions: out, now: 100 });
    const rule = parseRule("egress tcp 22-23 to 10.0.0.1/32");
    expect(rule && endedBy(rule, own)).toEqual({ id: "x-1" });
  });

  it.each([
    ["its rule", "ingress tcp 22 from 10.0.0.2/31", "x-2"],
    ["a part of it", "ingress tcp 22 from 10.0.0.3/32", "x-2"],
    ["what it and a flow let through together", "ingress tcp 22-23 from 10.0.0.1/32", "x-1"],
    ["what a withdrawn one let through", "ingress tcp 30 from 10.0.0.1/32", "x-3"],
    ["not one that is settled", "ingress tcp 31 from 10.0.0.1/32", undefined],
    ["not one that is expired", "ingress tcp 32 from 10.0.0.1/32", undefined],
    ["not one that nobody approved", "ingress tcp 33 from 10.0.0.1/32", undefined],
    ["nothing wider", "ingress tcp 22 from 10.0.0.0/24", undefined],
    ["nothing beside it", "ingress tcp 25 from 10.0.0.1/32", undefined],
    ["nothing the other way", "egress tcp 22 to 10.0.0.1/32", undefined],
  ])("%s", (_, text, id) => {
    const matrix = matrixOf(["{ from: 10.0.0.0/8, to: web, ports: tcp 23 }"], { egress: "listed" });
    const [verdict] = judgeUnder(matrix, [text], { exceptions, now: 100 }).verdicts;
    expect(verdict?.kind).toBe("drift");
    const { policy: own } = judgeUnder(matrix, [text], { exceptions, now: 100 });
    const rule = parseRule(text);
    expect(rule && endedBy(rule, own)?.id).toBe(id);
    const before = judgeUnder(matrix, [text], { exceptions, now: 99 }).policy;
    expect(before.ended.map(({ grant }) => grant.kind === "exception" && grant.id)).toEqual([
      "x-3",
    ]);
  });
});
