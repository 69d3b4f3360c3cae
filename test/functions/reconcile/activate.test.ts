// A matrix that becomes the active one, and the groups that are then looked at.
import { describe, expect, it } from "vitest";
import { activate, listsNamed, reconcileGoverned } from "../../../functions/reconcile/activate.ts";
import type { MatrixDocument } from "../../../matrix/document.ts";
import { InputError } from "../../../matrix/errors.ts";
import { parseMatrix } from "../../../matrix/file/parse.ts";
import type { Pins } from "../../../matrix/flows/selection.ts";
import { type LogLine, logInto } from "../../support/logged.ts";
import { ownPieces } from "../../support/pieces.ts";
import { plantGroup } from "../../support/planted.ts";

const pieces = ownPieces();

const documentOf = (...lines: string[]): MatrixDocument =>
  parseMatrix([
    { name: "test.yaml", text: ["matrix: test", "mode: enforce", ...lines].join("\n") },
  ]);
const by = { by: "alice", note: "for the release" };
const FLOW = "flows: [{ from: 10.0.0.0/8, to: api, ports: tcp 22, need: allowed }]";

describe("activating a matrix", () => {
  const document = documentOf("groups: { api: { name: funai-api } }", FLOW);

  it("makes it the active one, with who plays its parts", async () => {
    const aws = pieces.fresh();
    const before = aws.clock();
    const { pins, orphans, applied, refused } = await activate(aws, document, by);
    const api = pieces.groups.api;
    expect(pins.groups.api).toMatchObject([{ id: api, name: "funai-api" }]);
    expect([orphans, refused]).toEqual([[], undefined]);
    expect(applied).toMatchObject({ version: 1, by: "alice" });
    expect(Date.parse(applied?.at ?? "")).toBeGreaterThanOrEqual(before);
    const { active } = await aws.policy.readPolicy();
    expect(active).toEqual(applied);
    expect(await aws.policy.history()).toMatchObject([{ note: "for the release", parent: 0 }]);
    expect((await aws.policy.readVersion(1)).pins).toEqual(pins);
  });

  it("makes it the next one after the one in force", async () => {
    const aws = pieces.fresh();
    await activate(aws, document, by);
    const { applied } = await activate(aws, document, { ...by, note: "again" });
    expect(applied?.version).toBe(2);
    expect((await aws.policy.history()).map(({ parent }) => parent)).toEqual([1, 0]);
  });

  it("names the entries that nobody plays", async () => {
    const groups = "groups: { api: { name: funai-api }, web: { name: none }, cli: { name: no } }";
    const { orphans, pins } = await activate(pieces.fresh(), documentOf(groups, FLOW), by);
    expect(orphans).toEqual(["web", "cli"]);
    expect(pins.groups.web).toEqual([]);
  });

  it("keeps what its prefix lists hold", async () => {
    const { account } = pieces;
    const place = { account: account.accountId, region: account.region };
    const entries = [{ cidr: "192.0.2.0/24" }];
    const id = account.ec2.seed.prefixList(place, { name: "offices", entries });
    const flow = `flows: [{ from: ${id}, to: api, ports: tcp 22, need: allowed }]`;
    const lists = documentOf("groups: { api: { name: funai-api } }", flow);
    const { pins } = await activate(pieces.fresh(), lists, by);
    expect(pins.lists).toEqual({ [id]: { owner: account.accountId, entries: ["192.0.2.0/24"] } });
  });

  it("is refused where somebody else was faster, and says why", async () => {
    const aws = pieces.fresh();
    const other = { by: "bob", note: "faster" };
    pieces.account.faults.onNext("dynamodb", "PutItem", () => activate(aws, document, other));
    const { pins, orphans, applied, refused } = await activate(aws, document, by);
    expect(applied).toBeUndefined();
    expect(refused).toContain("version 1 is active");
    expect([pins.groups.api?.length, orphans]).toEqual([1, []]);
    expect((await aws.policy.readPolicy()).active).toMatchObject({ version: 1, by: "bob" });
  });

  it("throws where it does not compile, and changes nothing", async () => {
    const aws = pieces.fresh();
    const forbid = "forbid: [{ from: 10.0.0.0/8, to: api, ports: tcp 22 }]";
    const document = documentOf("groups: { api: { name: funai-api } }", FLOW, forbid);
    await expect(activate(aws, document, by)).rejects.toThrow(InputError);
    expect(await aws.policy.readPolicy()).toEqual({});
  });
});

describe("the prefix lists of a matrix", () => {
  it("are those that it names anywhere, each once", () => {
    const document = documentOf(
      "groups: { api: { name: funai-api } }",
      "networks: { office: [pl-0a1b2c3d, 10.0.0.0/8], home: [pl-0a1b2c3e] }",
      "flows:",
      "  - { from: [pl-0a1b2c3f, pl-0a1b2c3d, office], to: api, ports: tcp 22, need: allowed }",
      "  - { from: api, to: pl-0a1b2c40, ports: tcp 22, need: allowed }",
    );
    expect(listsNamed(document)).toEqual([
      ...["pl-0a1b2c3d", "pl-0a1b2c3e", "pl-0a1b2c3f", "pl-0a1b2c40"],
    ]);
  });
});

describe("looking at every group that plays a part", () => {
  const OPEN = "ingress tcp 23 from 0.0.0.0/0";
  const document = documentOf("groups: { one: { name: part-one }, two: { name: part-two } }");

  it("closes what drifts, each group once, whatever it plays, and says what it was for", async () => {
    const aws = pieces.fresh();
    const id = plantGroup(pieces, [OPEN], { name: "part-one" });
    const { pins } = await activate(aws, document, by);
    const one = (pins.groups.one ?? []).filter(group => group.id === id);
    const double: Pins = { ...pins, groups: { one, two: one } };
    const before = aws.clock();
    const runs = await reconcileGoverned(aws, double, "cli");
    expect(runs).toMatchObject([{ groupId: id, outcome: "acted" }]);
    const [finding, ...more] = await aws.findings.forGroup(id);
    expect([more, await pieces.rules(id)]).toEqual([[], []]);
    expect(finding?.trigger).toMatchObject({ kind: "cli", id: expect.stringMatching(/^cli-./) });
    expect(Date.parse(finding?.trigger.at ?? "")).toBeGreaterThanOrEqual(before);
    expect(await aws.intents.dirtyGroups()).toEqual([]);
  });

  it("expects nothing of one that is gone", async () => {
    const aws = pieces.fresh();
    await activate(aws, document, by);
    const gone = { id: "sg-0a1b2c3d4e5f60718", owner: pieces.account.accountId, name: "part-one" };
    const runs = await reconcileGoverned(aws, { groups: { one: [gone] }, lists: {} }, "apply");
    expect(runs).toMatchObject([{ groupId: gone.id, outcome: "absent", isStale: false }]);
  });

  it("leaves one that fails to the sweep, and looks at the others", async () => {
    const aws = pieces.fresh();
    const one = plantGroup(pieces, [], { name: "part-one" });
    const two = plantGroup(pieces, [], { name: "part-two" });
    const { pins } = await activate(aws, document, by);
    const groups: typeof aws.groups = {
      ...aws.groups,
      async read(id) {
        if (id === one) throw new Error("it was cut");
        return aws.groups.read(id);
      },
    };
    const all = Object.values(pins.groups).flat();
    const only = (id: string) => all.filter(group => group.id === id);
    const some: Pins = { ...pins, groups: { one: only(one), two: only(two) } };
    const lines: LogLine[] = [];
    const deps = { ...aws, groups, log: logInto(lines) };
    const runs = await reconcileGoverned(deps, some, "apply");
    expect(lines).toMatchObject([{ level: "error", fields: { groupId: one } }]);
    expect(runs.map(({ groupId }) => groupId)).toEqual([two]);
    expect(await aws.intents.dirtyGroups()).toMatchObject([
      { groupId: one, because: expect.stringContaining("it was cut") },
    ]);
  });
});
