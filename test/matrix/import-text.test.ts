// The file an import writes: its head, what is left out, groups and how they are selected, risks.
import { describe, expect, it } from "vitest";
import type { SecurityGroup } from "../../matrix/group.ts";
import { importMatrix } from "../../matrix/import/import-matrix.ts";
import { ACCOUNT, group, ids, imported, sectionOf, VPC } from "../support/imported.ts";

const SSH = "ingress tcp 22 from 10.0.0.0/8";
const OTHER_VPC = "vpc-0b000000000000002";
const importOf = (
  groups: readonly SecurityGroup[],
  more: Partial<Parameters<typeof importMatrix>[0]> = {},
) =>
  importMatrix({
    ...{ groups, account: ACCOUNT, ipv6Vpcs: new Set(), source: "a test", title: "test", ...more },
  });

describe("an imported file", () => {
  it("says where it comes from, what to do with it, and what stands there", () => {
    const web = group("web", { [SSH]: "", "ingress tcp 23 from 10.0.0.0/8": "" });
    const { text, ...counts } = importOf([web, group("db", { [SSH]: "" })], {
      ...{ source: "the account\u202e", title: "our matrix" },
    });
    expect(text).toBe(`# Imported from the account\\u{202e}: 2 groups, 3 rules, as they stood.
# Every flow is \`allowed\`: permitted, and not restored when it goes. Make those that must be there
# \`required\` (take the need away), delete what nobody needs, look at each line marked RISK.
# Next: portward matrix check, plan, apply (in observe), audit; then mode: revoke, then enforce.
matrix: our-matrix
mode: observe

groups:
  db: { name: db, egress: listed }
  web: { name: web, egress: listed }

flows:
  - { from: 10.0.0.0/8, to: db, ports: tcp 22, need: allowed }
  - { from: 10.0.0.0/8, to: web, ports: tcp 22 23, need: allowed }
`);
    expect(counts).toEqual({ groups: 2, rules: 3, flows: 2, notes: [] });
  });

  it("has no sections for what is not there, and a title of its own where none can be made", () => {
    const { text } = importOf([], { title: "()" });
    expect(text.split("\n").slice(4)).toEqual(["matrix: imported", "mode: observe", ""]);
  });

  it("is of one VPC where that is asked for", () => {
    const groups = [group("web", {}), group("db", {}, { vpcId: OTHER_VPC })];
    const one = importOf(groups, { vpc: VPC }).text;
    expect(one).toContain(`mode: observe\nvpc: ${VPC}\n`);
    expect(sectionOf(one, "groups")).toEqual(["web: { name: web, egress: listed }"]);
    expect(importOf(groups).groups).toBe(2);
    expect(importOf(groups).text).not.toContain("vpc:");
  });

  it("leaves out groups of other accounts, and tells it beside what its reader left out", () => {
    const groups = [
      group("web", {}),
      group("db", { [SSH]: "" }, { owner: "222233334444" }),
      group("api", {}, { owner: "333344445555" }),
    ];
    const notes = ["one\nthing"];
    const foreign = `groups of other accounts: ${ids.db} (222233334444), ${ids.api} (333344445555)`;
    const told = importOf(groups, { notes });
    expect(told).toMatchObject({ groups: 1, rules: 0, notes: [...notes, foreign] });
    expect(told.text).toContain(`# Left out: one\\u{a}thing\n# Left out: ${foreign}\nmatrix: test`);
  });

  it("keeps groups whose account nobody knows", () => {
    expect(importOf([group("web", {}, { owner: "" })])).toMatchObject({ groups: 1, notes: [] });
  });
});

describe("the groups of an import", () => {
  const lineOf = (more: Partial<SecurityGroup>) =>
    sectionOf(imported(group("web", {}, more)), "groups")[0];

  it.each([
    ["web", "web: { name: web, egress: listed }"],
    ["Web_1.2-a", "Web_1.2-a: { name: Web_1.2-a, egress: listed }"],
    ["Büro", "Büro: { name: Büro, egress: listed }"],
    ["a b", 'a-b: { name: "a b", egress: listed }'],
    ["x: y", 'x-y: { name: "x: y", egress: listed }'],
    [".a", 'a: { name: ".a", egress: listed }'],
    ["a: 10.0.0.12", 'a-10.0.0.12: { name: "a: 10.0.0.12", egress: listed }'],
    ["10.0.0.12 a", '10.0.0.12-a: { name: "10.0.0.12 a", egress: listed }'],
    ["1e5", '1e5: { name: "1e5", egress: listed }'],
    ["no", 'no: { name: "no", egress: listed }'],
    ["True", 'True: { name: "True", egress: listed }'],
    ["volcano", "volcano: { name: volcano, egress: listed }"],
    ["nobody", "nobody: { name: nobody, egress: listed }"],
    ["", `group-0a000000: { id: ${ids.web}, egress: listed }`],
    ["a\u202eb", `a-b: { id: ${ids.web}, egress: listed }`],
  ])("are selected by the name %j where it can be written", (name, line) => {
    expect(lineOf({ name })).toBe(line);
  });

  it("are selected by id where several have the name, in the order of their names and ids", () => {
    const groups = [
      group("web", {}),
      group("api", {}, { name: "twin", vpcId: OTHER_VPC }),
      group("db", {}, { name: "twin" }),
    ];
    const lines = [
      `twin: { id: ${ids.db}, egress: listed }`,
      `twin-group-0c000000: { id: ${ids.api}, egress: listed }`,
      "web: { name: web, egress: listed }",
    ];
    expect(sectionOf(imported(...groups), "groups")).toEqual(lines);
    expect(sectionOf(imported(...groups.toReversed()), "groups")).toEqual(lines);
  });
});

describe("the risks of an import", () => {
  const risksOf = (...texts: readonly string[]) =>
    imported(group("web", Object.fromEntries(texts.map(text => [text, ""]))))
      .split("\n")
      .flatMap(line => line.split("# RISK: ")[1] ?? []);

  it.each([
    ["a door", ["ingress tcp 22 from 0.0.0.0/0"], ["the world reaches ssh (22)"]],
    [
      "several doors, each once",
      [22, 3389, "1-1001"].map(ports => `ingress tcp ${ports} from ::/0`),
      ["the world reaches ssh (22) and remote desktop (3389)"],
    ],
    [
      "more than a thousand ports",
      ["ingress udp 1-1001 from 0.0.0.0/0"],
      ["the world reaches 1001 ports: udp 1-1001"],
    ],
    ["a thousand ports", ["ingress udp 1-1000 from 0.0.0.0/0"], []],
    ["everything", ["ingress all from 0.0.0.0/0"], ["the world reaches everything"]],
    ["half of the world", ["ingress tcp 22 from 0.0.0.0/1"], []],
    ["going out to the world", ["egress tcp 22 to 0.0.0.0/0"], []],
  ])("are told of %s", (_, rules, risks) => {
    expect(risksOf(...rules)).toEqual(risks);
  });
});
