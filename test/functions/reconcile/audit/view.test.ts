// What groups are judged by, each thing read once in a run.
import { describe, expect, it } from "vitest";
import type { Exception } from "../../../../matrix/exception.ts";
import type { SecurityGroup } from "../../../../matrix/group.ts";
import { auditOf, NOW, type Underway } from "../../../support/auditing.ts";
import { ACCOUNT } from "../../../support/judging.ts";
import { groupNamed, listOf } from "../../../support/land.ts";

const WEB = "sg-0000000a";
const list = (at: number) => `pl-0a0000000000000${String(at).padStart(2, "0")}`;
const from = (id: string) => `ingress tcp 443 from ${id}`;
const matrix = (...flows: string[]) => `
matrix: test
mode: enforce
groups: { web: { name: web, egress: listed } }
flows:
  - { from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }
${flows.map(flow => `  - ${flow}\n`).join("")}`;

const verdicts = async (audit: Underway, ...groups: SecurityGroup[]) =>
  (await audit.view.judge(groups)).map(({ judgement }) =>
    judgement?.verdicts.map(({ kind }) => kind),
  );

describe("a group", () => {
  it("is judged by the policy in force, with what is known of it", async () => {
    const web = groupNamed(
      WEB,
      "web",
      "ingress tcp 443 from 10.1.0.0/16",
      "ingress tcp 22 from ::/0",
    );
    const audit = auditOf({ groups: [web] }, { matrix: matrix() });
    const [judged] = await audit.view.judge([web]);
    expect(judged?.group).toBe(web);
    expect(judged?.policy?.selection.parts).toEqual(["web"]);
    expect(judged?.judgement?.verdicts.map(({ kind }) => kind)).toEqual(["permitted", "drift"]);
    expect(audit.asked).toEqual([]);
  });
  it("that no entry selects is only what it is, and all are without a policy", async () => {
    const [web, spare] = [groupNamed(WEB, "web"), groupNamed("sg-0000000b", "spare")];
    const audit = auditOf({ groups: [web, spare] }, { matrix: matrix() });
    const unjudged = { policy: undefined, judgement: undefined };
    expect(await audit.view.judge([spare])).toEqual([{ group: spare, ...unjudged }]);
    expect(await auditOf({}).view.judge([web])).toEqual([{ group: web, ...unjudged }]);
  });
  it("is judged by the exceptions of the moment too", async () => {
    const rule = "ingress tcp 22 from 10.0.0.0/8";
    const web = groupNamed(WEB, "web", rule);
    const exception: Exception = {
      ...{ id: "x-1", state: "active", start: NOW - 1, end: NOW + 1, open: true },
      ...{ groups: [WEB], rule },
    };
    const given = { matrix: matrix(), exceptions: [exception] };
    expect(await verdicts(auditOf({ groups: [web] }, given), web)).toEqual([["excepted"]]);
    const over = auditOf({ groups: [web] }, { ...given, now: NOW + 1 });
    expect(await verdicts(over, web)).toEqual([["drift"]]);
  });
  it("leaves what it was given where it was", () => {
    const marks = new Map([[WEB, { marks: new Uint8Array(12), rev: 1 }]]);
    const { view } = auditOf({}, { matrix: matrix(), marks });
    expect([view.marks, view.policy?.version, view.exceptions]).toEqual([marks, "7", []]);
  });
});

describe("a prefix list", () => {
  it("that a rule names is read once, whether it is there or not", async () => {
    const rules = [from(list(1)), from(list(2)), "ingress tcp 22 from 0.0.0.0/0"];
    const web = groupNamed(WEB, "web", ...rules);
    const lists = [listOf(list(1), "10.1.0.0/16")];
    const audit = auditOf({ groups: [web], lists }, { matrix: matrix() });
    expect(await verdicts(audit, web, web)).toEqual([
      ["permitted", "drift", "drift"],
      ["permitted", "drift", "drift"],
    ]);
    await audit.view.judge([web]);
    expect(audit.asked).toEqual([`lists ${list(1)} ${list(2)}`]);
    // Three calls: the lists, and what each of them holds.
    expect(audit.waited).toEqual([600]);
    expect(audit.view.lists.account).toBe(ACCOUNT);
    expect(audit.view.lists.get(list(1))).toEqual(lists[0]);
    expect(audit.view.lists.get(list(2))).toBeUndefined();
  });
  it("that the matrix bounds is read although no rule names it", async () => {
    const flow = `{ from: { list: ${list(1)}, within: [192.0.2.0/24] }, to: web, ports: tcp 443, need: allowed }`;
    const web = groupNamed(WEB, "web");
    const lists = [listOf(list(1), "203.0.113.0/24")];
    const audit = auditOf({ groups: [web], lists }, { matrix: matrix(flow) });
    const [judged] = await audit.view.judge([web]);
    expect(audit.asked).toEqual([`lists ${list(1)}`]);
    expect(judged?.judgement?.lists).toHaveLength(1);
  });
  it("is read without a policy too, for what it opens", async () => {
    const audit = auditOf({ lists: [listOf(list(1), "10.0.0.0/8")] });
    await audit.view.judge([groupNamed(WEB, "web", from(list(1)))]);
    expect(audit.view.lists.get(list(1))?.entries).toHaveLength(1);
  });
  it("is read with others, twenty at once", async () => {
    const ids = Array.from({ length: 41 }, (_, at) => list(at));
    const audit = auditOf({ lists: ids.map(id => listOf(id, "10.0.0.0/8")) });
    await audit.view.judge([groupNamed(WEB, "web", ...ids.map(from))]);
    expect(audit.asked.map(asked => asked.split(" ").length - 1)).toEqual([20, 20, 1]);
    for (const id of ids) expect(audit.view.lists.get(id)?.id).toBe(id);
  });
});

describe("the VPC of a group", () => {
  const flow = "{ from: public, to: web, ports: tcp 443 }";
  const web = groupNamed(WEB, "web", "ingress tcp 443 from 0.0.0.0/0");

  it("is asked for IPv6, once, where the world is required", async () => {
    const audit = auditOf({ groups: [web], ipv6Vpcs: ["vpc-0000000a"] }, { matrix: matrix(flow) });
    expect(await verdicts(audit, web)).toEqual([["permitted", "missing"]]);
    await audit.view.judge([web, web]);
    expect(audit.asked).toEqual(["vpcs vpc-0000000a"]);
  });
  it("without IPv6 lets the world in by IPv4 alone", async () => {
    const other = { ...web, id: "sg-0000000b", vpcId: "vpc-0000000b" };
    const land = { groups: [web, other], ipv6Vpcs: ["vpc-0000000b"] };
    const audit = auditOf(land, { matrix: matrix(flow) });
    expect(await verdicts(audit, web, other)).toEqual([["permitted"], ["permitted", "missing"]]);
    expect(audit.asked).toEqual(["vpcs vpc-0000000a vpc-0000000b"]);
  });
  it("is none where a group is outside of all", async () => {
    const { vpcId: _, ...classic } = web;
    const audit = auditOf({ groups: [classic], ipv6Vpcs: [""] }, { matrix: matrix(flow) });
    expect(await verdicts(audit, classic)).toEqual([["permitted"]]);
    expect(audit.asked).toEqual([]);
  });
});
