// Who plays a part: names and tags choose until an apply has pinned ids, and only take away after.
import { describe, expect, it } from "vitest";
import type { MatrixDocument } from "../../matrix/document.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { noPins, type Pins, resolvePins, selectParts } from "../../matrix/flows/selection.ts";
import type { LiveGroup } from "../../matrix/group.ts";
import { groupPolicy, makePolicy } from "../../matrix/policy.ts";

// Read anew in each test: what is found out about a document is remembered for it.
const read = (text: string): MatrixDocument => parseMatrix([{ name: "m.yaml", text }]);
const MATRIX = `matrix: test
mode: enforce
vpc: vpc-0000000a
groups:
  web:  { name: web }
  node: { tags: { role: node }, mode: revoke }
  auto: { tags: { role: auto }, adopt: auto }
  one:  { id: sg-00000001 }
  others: { mode: revoke }
flows:
  - { from: 10.0.0.0/8, to: [web, node, auto, one], ports: tcp 80 }
`;

const live = (id: string, name: string, tags = {}, vpcId = "vpc-0000000a"): LiveGroup => ({
  ...{ id, name, tags, vpcId },
  owner: "111122223333",
});

const pinsOf = (...groups: LiveGroup[]): Pins => resolvePins(read(MATRIX), groups);

describe("a group", () => {
  const web = live("sg-0000000b", "web");
  it.each([
    ["named, not pinned", web, noPins, { parts: ["web"], candidate: true, strayed: [] }],
    ["named and pinned", web, pinsOf(web), { parts: ["web"], candidate: false, strayed: [] }],
    [
      "renamed after it was pinned",
      { ...web, name: "x" },
      pinsOf(web),
      { parts: ["web"], candidate: false, strayed: ["web"] },
    ],
    [
      "pinned, and tagged for another part",
      { ...web, tags: { role: "node" } },
      pinsOf(web),
      { parts: ["web"], newlyMatched: ["node"] },
    ],
    [
      "named by id",
      live("sg-00000001", "any"),
      noPins,
      { parts: ["one"], candidate: false, strayed: [] },
    ],
    [
      "of an entry that adopts by itself",
      live("sg-0000000d", "x", { role: "auto" }),
      noPins,
      { parts: ["auto"], candidate: false },
    ],
    ["of nobody", live("sg-0000000e", "x"), noPins, { parts: ["others"], candidate: false }],
    ["of another VPC", live("sg-0000000b", "web", {}, "vpc-0000000b"), pinsOf(web), { parts: [] }],
  ])("%s", (_, group, pins, expected) => {
    expect(selectParts(read(MATRIX), pins, group)).toMatchObject(expected);
  });
});

describe("what an apply pins", () => {
  it("is every group that matches, with its VPC where it has one, and not who is of nobody", () => {
    const nowhere = { id: "sg-0000000f", name: "web", tags: {}, owner: "111122223333" };
    const anywhere = read("matrix: test\ngroups: { web: { name: web }, others: {} }");
    expect(
      resolvePins(anywhere, [nowhere, live("sg-0000000b", "web"), live("sg-1", "x")]),
    ).toStrictEqual({
      groups: {
        web: [
          { id: "sg-0000000f", owner: "111122223333", name: "web" },
          { id: "sg-0000000b", owner: "111122223333", name: "web", vpcId: "vpc-0000000a" },
        ],
      },
      lists: {},
    });
    expect(selectParts(anywhere, noPins, live("sg-1", "x")).parts).toEqual(["others"]);
  });

  it("is no group of another VPC, or of none where the matrix names one", () => {
    const { vpcId: _, ...nowhere } = live("sg-0000000f", "web");
    const other = live("sg-0000000b", "web", {}, "vpc-0000000b");
    expect(pinsOf(nowhere, other).groups.web).toEqual([]);
    expect(selectParts(read(MATRIX), noPins, nowhere).parts).toEqual([]);
  });

  it("is what the account's own lists hold, and of AWS's only that they are AWS's", () => {
    const list = (id: string, owner: string) => ({
      ...{ id, owner, state: "create-complete", version: 1 },
      entries: [{ family: 4, first: 0n, last: 255n, prefix: 24 } as const],
    });
    const lists = [list("pl-1", "AWS"), list("pl-2", "111122223333")];
    expect(resolvePins(read(MATRIX), [], lists).lists).toEqual({
      "pl-1": { owner: "AWS" },
      "pl-2": { owner: "111122223333", entries: ["0.0.0.0/24"] },
    });
  });
});

describe("a group of several entries", () => {
  const text = `
matrix: test
groups:
  last: { name: web, tags: { tier: front, stage: prod } }
  both: { tags: { stage: prod, tier: front } }
  first: { id: sg-0000000b }
  named: { name: web }
`;
  const partsOf = (group: LiveGroup, pins = noPins) => selectParts(read(text), pins, group).parts;

  it("plays those all of whose words it has, in the order of the document", () => {
    const tags = { tier: "front", stage: "prod" };
    expect(partsOf(live("sg-0000000c", "web", tags))).toEqual(["last", "both", "named"]);
    expect(partsOf(live("sg-0000000c", "web", { ...tags, stage: "test" }))).toEqual(["named"]);
    expect(partsOf(live("sg-0000000c", "web", { stage: "prod" }))).toEqual(["named"]);
    expect(partsOf(live("sg-0000000c", "api", tags))).toEqual(["both"]);
    expect(partsOf(live("sg-0000000c", "api"))).toEqual([]);
    expect(partsOf(live("sg-0000000b", "web", tags))).toEqual(["first"]);
  });

  it("plays those it is pinned to in the order of the document", () => {
    const pin = { id: "sg-0000000c", owner: "111122223333", name: "web" };
    const pins: Pins = {
      lists: {},
      groups: { named: [pin], gone: [pin], both: [pin], last: [pin] },
    };
    expect(partsOf(live("sg-0000000c", "x"), pins)).toEqual(["last", "both", "named"]);
  });
});

describe("its mode", () => {
  const both = live("sg-0000000c", "web", { role: "node" });
  it.each([
    ["the strictest of its parts", both, pinsOf(both), "enforce"],
    ["revoke at most while it is a candidate", both, noPins, "revoke"],
    ["what others says, where it is of nobody", live("sg-0000000e", "x"), noPins, "revoke"],
  ])("is %s", (_, group, pins, mode) => {
    expect(groupPolicy(makePolicy(read(MATRIX), pins), group, { ipv6: true })?.mode).toBe(mode);
  });

  it("requires nothing of a candidate", () => {
    const candidate = groupPolicy(makePolicy(read(MATRIX), noPins), both, { ipv6: true });
    const pinned = groupPolicy(makePolicy(read(MATRIX), pinsOf(both)), both, { ipv6: true });
    expect([candidate?.required.length, pinned?.required.length]).toEqual([0, 1]);
  });
});
