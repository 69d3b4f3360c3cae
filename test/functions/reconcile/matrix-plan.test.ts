// What a matrix would do to the account as it is, and what the id of that plan stands for.
import { ModifyManagedPrefixListCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { iso } from "../../../functions/reconcile/draft.ts";
import { planInAccount } from "../../../functions/reconcile/matrix-plan.ts";
import { seedVpc } from "../../../local/seed.ts";
import { parseMatrix } from "../../../matrix/file/parse.ts";
import { type Pieces, startPieces } from "../../support/pieces.ts";
import { plantGroup, plantList, putInForce } from "../../support/planted.ts";

const SSH = "ingress tcp 22 from 10.0.0.0/8";
const INSIDE = "ingress tcp 22 from 10.1.0.0/16";
const STRAY = "ingress tcp 9000 from 203.0.113.9/32";
const HOUR = 3_600_000;

let pieces: Pieces;
let aws: AwsAccount;
beforeAll(async () => {
  pieces = await startPieces();
});
beforeEach(() => {
  aws = pieces.fresh();
});
afterAll(() => pieces.stop());

const place = () => ({ account: pieces.account.accountId, region: pieces.account.region });

/** A matrix by which a group lets ssh in from 10.0.0.0/8, and what more it says. */
const matrixOf = (id: string, ...more: string[]) =>
  [
    "matrix: test",
    "mode: enforce",
    `groups: { web: { id: ${id}, egress: listed } }`,
    "flows:",
    "  - { from: 10.0.0.0/8, to: web, ports: tcp 22 }",
    ...more,
  ].join("\n");
const FORBID = "forbid: [{ from: public, to: web, ports: tcp 22 }]";

const planned = (text: string, deps = aws) =>
  planInAccount(deps, parseMatrix([{ name: "m.yaml", text }]));
const idOf = async (text: string, deps = aws) => (await planned(text, deps)).plan.id;
const groupOf = async (text: string, deps = aws) => (await planned(text, deps)).plan.groups[0];

/** Approves ssh from anywhere on a group, for an hour from a time on. */
async function approve(group: string, start: number) {
  const kept = await aws.exceptions.create({
    ask: {
      ...{ start, end: start + HOUR, groups: [group], open: false, reason: "release" },
      ...{ rule: STRAY, breakGlass: true },
    },
    requester: { arn: "arn:aws:iam::111122223333:user/tester" } as never,
    personKey: `p-${group}`,
    perRequester: 9,
  });
  if (!("id" in kept)) throw new Error(kept.because);
  return kept;
}

/** Pauses a group or all of them, or puts one on hold, for an hour. */
const stop = (kind: "pause" | "hold", group?: string) =>
  aws.pauses.start({
    ...{ kind, ...(group === undefined ? {} : { group }), toldAt: 0 },
    is: { until: iso(aws.clock() + HOUR), by: "li", reason: "moving house", at: iso(0) },
  });

describe("a plan", () => {
  it("says what the matrix closes on the groups that play its parts, and pins them", async () => {
    const id = plantGroup(pieces, [SSH, STRAY]);
    const { plan, pins, before } = await planned(matrixOf(id));
    expect(plan).toMatchObject({ matrix: "test", mode: "enforce", base: 0, modeBefore: null });
    expect(plan.groups).toMatchObject([{ group: id, now: { close: [{ rule: STRAY }], open: [] } }]);
    expect(plan.id).toMatch(/^p-[0-9a-f]{12}$/);
    expect(pins.groups.web).toMatchObject([{ id }]);
    expect(before).toBeUndefined();
  });

  it("is made against the matrix in force", async () => {
    const id = plantGroup(pieces, [SSH, STRAY]);
    const document = await putInForce(aws, matrixOf(id));
    const { plan, before } = await planned(
      matrixOf(id, "  - { from: web, to: 10.0.0.0/8, ports: tcp 80 }"),
    );
    expect(before).toMatchObject({ version: 1, document });
    expect(plan).toMatchObject({ base: 1, modeBefore: "enforce" });
    expect(plan.groups[0]?.now).toMatchObject({
      close: [{ rule: STRAY, isNew: false }],
      open: [{ rule: "egress tcp 80 to 10.0.0.0/8", isNew: true }],
    });
  });

  it("is made of no matrix that forbids what it permits", async () => {
    const id = plantGroup(pieces, [SSH]);
    const text = matrixOf(id, "forbid: [{ from: 10.1.0.0/16, to: web, ports: tcp 22 }]");
    await expect(planned(text)).rejects.toThrow(
      expect.objectContaining({ code: "matrix.flow.forbidden" }),
    );
  });

  it("names who carries a group", async () => {
    const id = plantGroup(pieces, [SSH]);
    const address = "172.21.7.1";
    pieces.account.ec2.seed.interface(place(), { vpcId: seedVpc, address, groupIds: [id] });
    expect(await groupOf(matrixOf(id))).toMatchObject({ carriers: [{ addresses: [address] }] });
  });

  it("closes nothing that an exception permits now", async () => {
    const id = plantGroup(pieces, [SSH, STRAY]);
    await approve(id, aws.clock() - 1);
    expect((await groupOf(matrixOf(id)))?.now.close).toEqual([]);
  });

  it("is about no group that only an exception was about which is over", async () => {
    const [id, other] = [plantGroup(pieces, [SSH]), plantGroup(pieces, [STRAY])];
    await approve(other, aws.clock() - 2 * HOUR);
    const { plan } = await planned(matrixOf(id));
    expect(plan.groups.map(({ group }) => group)).toEqual([id]);
  });

  it("opens for IPv6 only where the group's VPC has it", async () => {
    const vpc = { cidr: "10.77.0.0/16", ipv6: "2001:db8:7700::/56" };
    const vpcId = pieces.account.ec2.seed.vpc(place(), vpc);
    const [id, other] = [plantGroup(pieces, [SSH], { vpcId }), plantGroup(pieces, [SSH])];
    const opened = async (group: string) => {
      const text = matrixOf(group, "  - { from: public, to: web, ports: tcp 443 }");
      return (await groupOf(text))?.now.open.map(({ rule }) => rule);
    };
    const both = ["ingress tcp 443 from 0.0.0.0/0", "ingress tcp 443 from ::/0"];
    expect(await opened(id)).toEqual(both);
    expect(await opened(other)).toEqual(both.slice(0, 1));
  });
});

describe("a rule that refers to a prefix list", () => {
  it("stays where the list holds no more than is permitted", async () => {
    const list = plantList(pieces, ["10.1.0.0/16", "10.2.0.0/16"]);
    const id = plantGroup(pieces, [SSH, `ingress tcp 22 from ${list}`]);
    expect((await groupOf(matrixOf(id)))?.now.close).toEqual([]);
  });

  it("goes where it holds more", async () => {
    const list = plantList(pieces, ["11.0.0.0/8"]);
    const id = plantGroup(pieces, [SSH, `ingress tcp 22 from ${list}`]);
    expect((await groupOf(matrixOf(id)))?.now.close).toMatchObject([
      { rule: `ingress tcp 22 from ${list}` },
    ]);
  });

  it("is permitted by name, and the list pinned to what it holds", async () => {
    const list = plantList(pieces, ["11.0.0.0/8"]);
    const unnamed = plantList(pieces, ["12.0.0.0/8"]);
    const id = plantGroup(pieces, [SSH, `ingress tcp 22 from ${list}`, `egress all to ${unnamed}`]);
    const text = matrixOf(id, `  - { from: ${list}, to: web, ports: tcp 22 }`);
    const { plan, pins } = await planned(text);
    expect(plan.groups[0]?.now.close).toMatchObject([{ rule: `egress all to ${unnamed}` }]);
    expect(pins.lists).toEqual({ [list]: { owner: "111122223333", entries: ["11.0.0.0/8"] } });
  });
});

describe("a group on which nothing is written", () => {
  it.each(["every group is", "it is"])("as %s paused says so, and closes it later", async what => {
    const id = plantGroup(pieces, [STRAY]);
    await stop("pause", what === "it is" ? id : undefined);
    const group = await groupOf(matrixOf(id));
    expect(group?.bar).toContain("moving house");
    expect(group).not.toHaveProperty("hold");
    expect(group?.now).toMatchObject({ close: [], open: [], paused: [STRAY] });
  });

  it("as it is on hold says so, and closes all the same", async () => {
    const id = plantGroup(pieces, [STRAY]);
    await stop("hold", id);
    const group = await groupOf(matrixOf(id));
    expect(group?.hold).toContain("moving house");
    expect(group).not.toHaveProperty("bar");
    expect(group?.now).toMatchObject({
      close: [{ rule: STRAY }],
      open: [],
      report: [{ rule: SSH }],
    });
  });

  it("is none that is another than the paused one", async () => {
    const id = plantGroup(pieces, [STRAY]);
    await stop("pause", plantGroup(pieces));
    await stop("hold", plantGroup(pieces));
    const group = await groupOf(matrixOf(id));
    expect(group).not.toHaveProperty("bar");
    expect(group).not.toHaveProperty("hold");
    expect(group?.now).toMatchObject({ close: [{ rule: STRAY }], open: [{ rule: SSH }] });
  });

  it("as this stage only reports says that before a pause", async () => {
    const id = plantGroup(pieces, [STRAY]);
    await stop("pause", id);
    const reporting = { ...aws, config: { ...aws.config, isReporting: true } };
    const group = await groupOf(matrixOf(id), reporting);
    expect(group?.bar).toContain("only reports");
    expect(group?.now).toMatchObject({ close: [], paused: [] });
  });
});

describe("the id of a plan", () => {
  it("is the same wherever in its file the matrix says a thing", async () => {
    const id = plantGroup(pieces, [SSH, STRAY]);
    const text = matrixOf(id, FORBID);
    const first = await idOf(text);
    expect(await idOf(`# moved down\n${text}`)).toBe(first);
    expect(await idOf(matrixOf(id, FORBID.replace("22", "23")))).not.toBe(first);
    const onDemand = (port: number) =>
      matrixOf(id, `  - { from: 10.0.0.0/8, to: web, ports: tcp ${port}, need: on-demand }`);
    expect(await idOf(onDemand(80))).not.toBe(await idOf(onDemand(81)));
  });

  it("is another once another version is in force", async () => {
    const id = plantGroup(pieces, [SSH]);
    await putInForce(aws, matrixOf(id));
    const first = await idOf(matrixOf(id));
    await putInForce(aws, matrixOf(id));
    expect(await idOf(matrixOf(id))).not.toBe(first);
  });

  it("is another once the rules of a group have changed that it is about", async () => {
    const id = plantGroup(pieces, [SSH]);
    const other = plantGroup(pieces, [SSH]);
    const first = await idOf(matrixOf(id));
    await pieces.open(other, STRAY);
    expect(await idOf(matrixOf(id))).toBe(first);
    await pieces.open(id, INSIDE);
    const second = await idOf(matrixOf(id));
    expect(second).not.toBe(first);
    await pieces.take(id, SSH);
    await pieces.open(id, SSH);
    expect(await idOf(matrixOf(id))).toBe(second);
    await pieces.take(id, INSIDE);
    await pieces.open(id, INSIDE.replace("10.1", "10.2"));
    expect(await idOf(matrixOf(id))).not.toBe(second);
  });

  it("is another once the group is paused", async () => {
    const id = plantGroup(pieces, [SSH]);
    const first = await idOf(matrixOf(id));
    await stop("pause", id);
    expect(await idOf(matrixOf(id))).not.toBe(first);
  });

  it("is the same whoever carries a group", async () => {
    const id = plantGroup(pieces, [SSH]);
    const first = await idOf(matrixOf(id));
    pieces.account.ec2.seed.interface(place(), { vpcId: seedVpc, groupIds: [id] });
    expect(await idOf(matrixOf(id))).toBe(first);
  });

  it("is another once a list holds something else that the matrix or a group of it names", async () => {
    const lists = ["10.1.0.0/16", "10.2.0.0/16"].map(block =>
      plantList(pieces, [block], { maxEntries: 5 }),
    );
    const [named = "", referred = ""] = lists;
    const id = plantGroup(pieces, [SSH, `ingress tcp 22 from ${referred}`]);
    const text = matrixOf(id, `networks: { offices: [${named}] }`);
    const ids = [await idOf(text)];
    for (const list of lists) {
      await change(list, "10.3.0.0/16");
      ids.push(await idOf(text));
    }
    expect(new Set(ids).size).toBe(3);
    // The same blocks in another order are the same.
    for (const list of lists) await change(list, "10.0.0.0/16");
    const swapped = await idOf(text);
    for (const list of lists) await change(list, "10.3.0.0/16", "out");
    for (const list of lists) await change(list, "10.3.0.0/16");
    expect(await idOf(text)).toBe(swapped);
  });

  it("is the same whatever else a list holds that only other groups name, or that AWS keeps", async () => {
    const list = plantList(pieces, ["10.1.0.0/16"], { maxEntries: 5 });
    plantGroup(pieces, [`ingress tcp 22 from ${list}`]);
    const id = plantGroup(pieces, [SSH]);
    const first = await idOf(matrixOf(id));
    await change(list, "10.3.0.0/16");
    expect(await idOf(matrixOf(id))).toBe(first);
    const own = plantList(pieces, ["11.0.0.0/8"], { owner: "AWS" });
    const text = matrixOf(id, `networks: { offices: [${own}] }`);
    const known = await idOf(text);
    const moved = {
      ...aws,
      lists: {
        ...aws.lists,
        read: async (ids: readonly string[]) => {
          const read = await aws.lists.read(ids);
          return read.map(one => (one.id === own ? { ...one, entries: [] } : one));
        },
      },
    };
    expect(await idOf(text, moved)).toBe(known);
  });

  it("is another once another exception permits something, and not before", async () => {
    const id = plantGroup(pieces, [SSH]);
    const first = await idOf(matrixOf(id));
    await approve(id, aws.clock() + HOUR);
    expect(await idOf(matrixOf(id))).toBe(first);
    await approve(id, aws.clock() - HOUR / 2);
    const second = await idOf(matrixOf(id));
    expect(second).not.toBe(first);
    // By then the first one stands alone.
    const later = { ...aws, clock: () => aws.clock() + HOUR };
    const third = await idOf(matrixOf(id), later);
    expect([first, second]).not.toContain(third);
    await approve(id, aws.clock() - 1);
    const both = await idOf(matrixOf(id));
    expect(both).not.toBe(second);
    const reversed = {
      ...aws.exceptions,
      list: async () => (await aws.exceptions.list()).toReversed(),
    };
    expect(await idOf(matrixOf(id), { ...aws, exceptions: reversed })).toBe(both);
  });
});

/** Puts a block into a list, or takes it out. */
async function change(list: string, block: string, way: "in" | "out" = "in") {
  const [read] = await aws.lists.read([list]);
  const blocks = [{ Cidr: block }];
  await pieces.as("tester").send(
    new ModifyManagedPrefixListCommand({
      ...{ PrefixListId: list, CurrentVersion: read?.version },
      ...(way === "in" ? { AddEntries: blocks } : { RemoveEntries: blocks }),
    }),
  );
}
