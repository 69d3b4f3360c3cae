// Prefix lists: one peer by name, looked into only where somebody here can vouch for what they hold.
import { describe, expect, it } from "vitest";
import type { PrefixList } from "../../matrix/group.ts";
import { describePlan, planFor } from "../../matrix/plan.ts";
import { type Cidr, formatCidr, parseCidr } from "../../matrix/rules/cidr.ts";
import type { ListView } from "../../matrix/verdict.ts";
import { ACCOUNT, judgeUnder, matrixOf } from "../support/judging.ts";

const LIST = "pl-0a1b2c3d";
const OTHER = "pl-0a1b2c3e";

const blocks = (texts: readonly string[]): Cidr[] => texts.flatMap(text => parseCidr(text) ?? []);

const listOf = (entries: readonly string[], given: Partial<PrefixList> = {}): PrefixList => ({
  ...{ id: LIST, owner: ACCOUNT, state: "create-complete", version: 1 },
  ...{ entries: blocks(entries), ...given },
});

const viewOf = (list: PrefixList | undefined, more: Partial<ListView> = {}): ListView => ({
  account: ACCOUNT,
  get: id => (id === list?.id ? list : undefined),
  ...more,
});

const offices = matrixOf(
  [
    "{ from: 10.0.0.0/8, to: web, ports: tcp 22, need: allowed }",
    "{ from: 10.0.0.0/9, to: web, ports: tcp 30, need: allowed }",
    "{ from: 172.16.0.0/12, to: web, ports: icmp 8/0, need: allowed }",
  ],
  {
    forbid: [
      `{ from: ${OTHER}, to: web, ports: tcp 22 }`,
      "{ from: 192.0.2.0/24, to: web, ports: tcp 40 }",
    ],
  },
);

const planUnder = (matrix: string, rule: string, lists: ListView) => {
  const judgement = judgeUnder(matrix, [rule], { lists });
  return {
    kind: judgement.verdicts[0]?.kind,
    steps: describePlan(planFor(judgement, "revoke")),
    verdict: judgement.verdicts[0],
  };
};

describe("a list's rule", () => {
  const inside = ["10.1.0.0/16", "10.200.0.0/16"];
  it.each<[string, string, PrefixList | undefined, string, string[]]>([
    [
      "is permitted by what it holds",
      `ingress tcp 22 from ${LIST}`,
      listOf(inside),
      "permitted",
      [],
    ],
    [
      "of a list just changed too",
      `ingress tcp 22 from ${LIST}`,
      listOf(inside, { state: "modify-complete" }),
      "permitted",
      [],
    ],
    [
      "is drift where it holds more",
      `ingress tcp 22 from ${LIST}`,
      listOf([...inside, "11.0.0.0/8"]),
      "drift",
      ["revoke"],
    ],
    [
      "is drift in the middle of a change",
      `ingress tcp 22 from ${LIST}`,
      listOf(inside, { state: "modify-in-progress" }),
      "drift",
      ["revoke"],
    ],
    [
      "is drift where it is somebody else's",
      `ingress tcp 22 from ${LIST}`,
      listOf(inside, { owner: "AWS" }),
      "drift",
      ["revoke"],
    ],
    ["is drift where it is empty", `ingress tcp 22 from ${LIST}`, listOf([]), "drift", ["revoke"]],
    [
      "is drift where nobody knows it",
      `ingress tcp 22 from ${LIST}`,
      undefined,
      "drift",
      ["revoke"],
    ],
    ["the other way is drift", `egress tcp 22 to ${LIST}`, listOf(inside), "drift", ["revoke"]],
    [
      "on more ports is narrowed",
      `ingress tcp 20-25 from ${LIST}`,
      listOf(inside),
      "drift",
      [`narrow to ingress tcp 22 from ${LIST}`],
    ],
    [
      "of all protocols is narrowed to those that are permitted",
      `ingress all from ${LIST}`,
      listOf(inside),
      "drift",
      [`narrow to ingress tcp 22 from ${LIST}`],
    ],
    [
      "where two ports are permitted",
      `ingress all from ${LIST}`,
      listOf(["10.1.0.0/16"]),
      "drift",
      [`authorize ingress tcp 22 from ${LIST}`, `authorize ingress tcp 30 from ${LIST}`, "revoke"],
    ],
    [
      "of every ICMP type is narrowed to one",
      `ingress icmp all from ${LIST}`,
      listOf(["172.16.0.0/16"]),
      "drift",
      [`narrow to ingress icmp 8/0 from ${LIST}`],
    ],
    [
      "of every code of a type is narrowed to one",
      `ingress icmp 8/all from ${LIST}`,
      listOf(["172.16.0.0/16"]),
      "drift",
      [`narrow to ingress icmp 8/0 from ${LIST}`],
    ],
    [
      "that a forbid names is judged by its name",
      `ingress tcp 22 from ${OTHER}`,
      listOf(inside, { id: OTHER }),
      "drift",
      ["revoke"],
    ],
    [
      "that a forbid names is judged by its name on every port",
      `ingress tcp 30 from ${OTHER}`,
      listOf(["10.1.0.0/16"], { id: OTHER }),
      "drift",
      ["revoke"],
    ],
  ])("%s: %s", (_, rule, list, kind, steps) => {
    const found = planUnder(offices, rule, viewOf(list));
    expect(found.kind).toBe(kind);
    expect(found.steps).toEqual(
      steps.map(step =>
        step === "revoke" ? `revoke ${rule}` : step.replace("narrow to", `narrow ${rule} to`),
      ),
    );
  });

  it("is narrowed to its last port, whatever an exception says of ports beyond", () => {
    const beyond = { state: "active", start: 0, end: 100, groups: ["sg-0000000a"], open: false };
    const rule = `ingress tcp 20-22 from ${LIST}`;
    for (const ports of ["tcp 30", "tcp 10"]) {
      const exceptions = [{ ...beyond, id: "x-1", rule: `ingress ${ports} from 10.0.0.1/32` }];
      const judgement = judgeUnder(offices, [rule], { lists: viewOf(listOf(inside)), exceptions });
      expect(describePlan(planFor(judgement))).toEqual([
        `narrow ${rule} to ingress tcp 22 from ${LIST}`,
      ]);
    }
  });

  it("waits while its contents are read, unless it is permitted by name", () => {
    const pending = viewOf(undefined, { isPending: id => id === LIST });
    expect(planUnder(offices, `ingress tcp 22 from ${LIST}`, pending)).toMatchObject({
      kind: "waiting",
      steps: [],
      verdict: { list: LIST },
    });
    expect(planUnder(offices, `ingress tcp 22 from ${OTHER}`, pending).kind).toBe("drift");
    expect(
      planUnder(
        offices,
        "ingress tcp 99 from 10.0.0.0/8",
        viewOf(undefined, { isPending: () => true }),
      ).kind,
    ).toBe("drift");
    const named = matrixOf([`{ from: ${LIST}, to: web, ports: tcp 22 }`]);
    expect(planUnder(named, `ingress tcp 22 from ${LIST}`, pending).kind).toBe("permitted");
  });

  it("that a forbid names the other way is judged by what it holds", () => {
    const text = matrixOf(["{ from: 10.0.0.0/8, to: web, ports: tcp 22, need: allowed }"], {
      forbid: [`{ from: web, to: ${LIST}, ports: tcp 22 }`],
    });
    const lists = viewOf(listOf(inside));
    expect(planUnder(text, `ingress tcp 22 from ${LIST}`, lists).kind).toBe("permitted");
    expect(planUnder(text, `egress tcp 22 to ${LIST}`, lists).kind).toBe("drift");
  });

  it.each([
    [LIST, listOf(["10.0.0.0/8", "192.0.2.7/32"]), 1],
    [LIST, listOf(["10.0.0.0/8"]), 0],
    [LIST, undefined, 1],
    [OTHER, undefined, 1],
  ])(
    "%s breaks the forbids of what it holds, and of anybody where nobody knows",
    (id, list, count) => {
      const { verdict } = planUnder(offices, `ingress tcp 40 from ${id}`, viewOf(list));
      expect(verdict?.kind === "drift" && verdict.breaks).toHaveLength(count);
    },
  );

  it("open to everybody by all protocols stays as it is", () => {
    const open = matrixOf(["{ from: 0.0.0.0/0, to: web, ports: all, need: allowed }"]);
    const list = viewOf(listOf(["10.0.0.0/8", "192.0.2.0/24"]));
    expect(planUnder(open, `ingress all from ${LIST}`, list).kind).toBe("permitted");
    expect(planUnder(open, `ingress tcp 22 from ${LIST}`, list).kind).toBe("permitted");
  });

  it("open by some ports wholly and others in part keeps both", () => {
    const some = matrixOf([
      "{ from: 0.0.0.0/0, to: web, ports: [udp, tcp 80-90], need: allowed }",
      "{ from: 10.0.0.0/8, to: web, ports: tcp 91-95, need: allowed }",
    ]);
    const list = viewOf(listOf(["10.1.0.0/16"]));
    expect(planUnder(some, `ingress all from ${LIST}`, list).steps).toEqual([
      `authorize ingress udp 0-65535 from ${LIST}`,
      `authorize ingress tcp 80-95 from ${LIST}`,
      `revoke ingress all from ${LIST}`,
    ]);
  });
});

describe("a list that may hold only some blocks", () => {
  const bounded = matrixOf([
    `{ from: { list: ${LIST}, within: [192.0.2.0/24, "2001:db8:c::/48"] }, to: web, ports: tcp 443 }`,
    "{ from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }",
  ]);
  const rule = `ingress tcp 443 from ${LIST}`;

  it.each<[string, PrefixList | undefined, string[], string[]]>([
    ["within them", listOf(["192.0.2.0/25"]), [], []],
    ["with another", listOf(["192.0.2.0/25", "203.0.113.0/24"]), ["203.0.113.0/24"], []],
    ["with a wider one", listOf(["192.0.0.0/16"]), ["192.0.0.0/16"], ["192.0.2.0/24"]],
    [
      "with a wider one beside what it may",
      listOf(["192.0.0.0/16", "192.0.2.0/24"]),
      ["192.0.0.0/16"],
      [],
    ],
    [
      "with two too many",
      listOf(["::/0", "203.0.113.0/24"]),
      ["::/0", "203.0.113.0/24"],
      ["2001:db8:c::/48"],
    ],
    [
      "in the middle of a change",
      listOf(["203.0.113.0/24"], { state: "modify-in-progress" }),
      [],
      [],
    ],
    ["of somebody else", listOf(["203.0.113.0/24"], { owner: "444455556666" }), [], []],
    ["that nobody knows", undefined, [], []],
    ["that is another one", listOf(["203.0.113.0/24"], { id: OTHER }), [], []],
  ])("%s", (_, list, extra, back) => {
    const judgement = judgeUnder(bounded, [rule], { lists: viewOf(list) });
    const [drift, ...more] = judgement.lists;
    expect(more).toEqual([]);
    expect(drift?.extra.map(formatCidr) ?? []).toEqual(extra);
    expect(drift?.back.map(formatCidr) ?? []).toEqual(back);
    expect(drift?.list).toBe(extra.length > 0 ? list : undefined);
    expect(judgement.verdicts.map(({ kind }) => kind)).toEqual(["permitted"]);
    expect(describePlan(planFor(judgement))).toEqual(
      extra.length > 0 ? [`take ${extra.join(", ")} out of ${LIST}`] : [],
    );
  });

  it("and could not be put back is permitted by its name no longer, only by what it holds", () => {
    const broken = (entries: string[]) => viewOf(listOf(entries), { isBroken: id => id === LIST });
    expect(planUnder(bounded, rule, broken(["203.0.113.0/24"]))).toMatchObject({
      kind: "drift",
      steps: expect.arrayContaining([`revoke ${rule}`]),
    });
    expect(planUnder(bounded, rule, broken(["10.1.0.0/16"])).kind).toBe("permitted");
    const open = matrixOf(
      ["tcp 443", "tcp 440-450"].map(ports => `{ from: public, to: web, ports: ${ports} }`),
    );
    expect(planUnder(open, rule, broken(["203.0.113.0/24"])).verdict).toMatchObject({
      kind: "permitted",
      by: [{ flow: { ports: [{ from: 443 }] } }],
    });
    expect(judgeUnder(bounded, [], { lists: broken(["203.0.113.0/24"]) }).verdicts).toEqual([]);
    expect(judgeUnder(bounded, [], { lists: viewOf(undefined) }).verdicts).toMatchObject([
      { kind: "missing" },
    ]);
    const other = `ingress tcp 443 from ${OTHER}`;
    expect(planUnder(bounded, other, broken([])).kind).toBe("drift");
    expect(
      planUnder(
        bounded,
        "ingress tcp 443 from 10.0.0.0/8",
        viewOf(undefined, { isBroken: () => true }),
      ).kind,
    ).toBe("permitted");
  });
});
