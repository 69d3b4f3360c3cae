// What a matrix would do to the account as it is.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { seedVpc } from "../../../local/seed.ts";
import { putInForce } from "../../support/in-force.ts";
import { ownPieces } from "../../support/pieces.ts";
import { exceptStray, planOf, SSH, STRAY, stopWriting, webMatrix } from "../../support/planning.ts";
import { plantGroup, plantList } from "../../support/planted.ts";

const HOUR = 3_600_000;

const pieces = ownPieces();
let aws: AwsAccount;
beforeEach(() => {
  aws = pieces.fresh();
});

const planned = (text: string) => planOf(aws, text);
const groupOf = async (text: string, deps = aws) => (await planOf(deps, text)).plan.groups[0];

describe("a plan", () => {
  it("says what the matrix closes on the groups that play its parts, and pins them", async () => {
    const id = plantGroup(pieces, [SSH, STRAY]);
    const { plan, pins, before } = await planned(webMatrix(id));
    expect(plan).toMatchObject({ matrix: "test", mode: "enforce", base: 0, modeBefore: null });
    expect(plan.groups).toMatchObject([{ group: id, now: { close: [{ rule: STRAY }], open: [] } }]);
    expect(plan.id).toMatch(/^p-[0-9a-f]{12}$/);
    expect(pins.groups.web).toMatchObject([{ id }]);
    expect(before).toBeUndefined();
  });

  it("is made against the matrix in force", async () => {
    const id = plantGroup(pieces, [SSH, STRAY]);
    const document = await putInForce(aws, webMatrix(id));
    const { plan, before } = await planned(
      webMatrix(id, "  - { from: web, to: 10.0.0.0/8, ports: tcp 80 }"),
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
    const text = webMatrix(id, "forbid: [{ from: 10.1.0.0/16, to: web, ports: tcp 22 }]");
    await expect(planned(text)).rejects.toThrow(
      expect.objectContaining({ code: "matrix.flow.forbidden" }),
    );
  });

  it("names who carries a group", async () => {
    const id = plantGroup(pieces, [SSH]);
    const address = "172.21.7.1";
    pieces.account.ec2.seed.interface(pieces.place(), { vpcId: seedVpc, address, groupIds: [id] });
    expect(await groupOf(webMatrix(id))).toMatchObject({ carriers: [{ addresses: [address] }] });
  });

  it("closes nothing that an exception permits now", async () => {
    const id = plantGroup(pieces, [SSH, STRAY]);
    await exceptStray(aws, id, aws.clock() - 1);
    expect((await groupOf(webMatrix(id)))?.now.close).toEqual([]);
  });

  it("is about no group that only an exception was about which is over", async () => {
    const [id, other] = [plantGroup(pieces, [SSH]), plantGroup(pieces, [STRAY])];
    await exceptStray(aws, other, aws.clock() - 2 * HOUR);
    const { plan } = await planned(webMatrix(id));
    expect(plan.groups.map(({ group }) => group)).toEqual([id]);
  });

  it("opens for IPv6 only where the group's VPC has it", async () => {
    const vpc = { cidr: "10.77.0.0/16", ipv6: "2001:db8:7700::/56" };
    const vpcId = pieces.account.ec2.seed.vpc(pieces.place(), vpc);
    const [id, other] = [plantGroup(pieces, [SSH], { vpcId }), plantGroup(pieces, [SSH])];
    const opened = async (group: string) => {
      const text = webMatrix(group, "  - { from: public, to: web, ports: tcp 443 }");
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
    expect((await groupOf(webMatrix(id)))?.now.close).toEqual([]);
  });

  it("goes where it holds more", async () => {
    const list = plantList(pieces, ["11.0.0.0/8"]);
    const id = plantGroup(pieces, [SSH, `ingress tcp 22 from ${list}`]);
    expect((await groupOf(webMatrix(id)))?.now.close).toMatchObject([
      { rule: `ingress tcp 22 from ${list}` },
    ]);
  });

  it("is permitted by name, and the list pinned to what it holds", async () => {
    const list = plantList(pieces, ["11.0.0.0/8"]);
    const unnamed = plantList(pieces, ["12.0.0.0/8"]);
    const id = plantGroup(pieces, [SSH, `ingress tcp 22 from ${list}`, `egress all to ${unnamed}`]);
    const text = webMatrix(id, `  - { from: ${list}, to: web, ports: tcp 22 }`);
    const { plan, pins } = await planned(text);
    expect(plan.groups[0]?.now.close).toMatchObject([{ rule: `egress all to ${unnamed}` }]);
    expect(pins.lists).toEqual({ [list]: { owner: "111122223333", entries: ["11.0.0.0/8"] } });
  });
});

describe("a group on which nothing is written", () => {
  it.each(["every group is", "it is"])("as %s paused says so, and closes it later", async what => {
    const id = plantGroup(pieces, [STRAY]);
    await stopWriting(aws, "pause", what === "it is" ? id : undefined);
    const group = await groupOf(webMatrix(id));
    expect(group?.bar).toContain("moving house");
    expect(group).not.toHaveProperty("hold");
    expect(group?.now).toMatchObject({ close: [], open: [], paused: [STRAY] });
  });

  it("as it is on hold says so, and closes all the same", async () => {
    const id = plantGroup(pieces, [STRAY]);
    await stopWriting(aws, "hold", id);
    const group = await groupOf(webMatrix(id));
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
    await stopWriting(aws, "pause", plantGroup(pieces));
    await stopWriting(aws, "hold", plantGroup(pieces));
    const group = await groupOf(webMatrix(id));
    expect(group).not.toHaveProperty("bar");
    expect(group).not.toHaveProperty("hold");
    expect(group?.now).toMatchObject({ close: [{ rule: STRAY }], open: [{ rule: SSH }] });
  });

  it("as this stage only reports says that before a pause", async () => {
    const id = plantGroup(pieces, [STRAY]);
    await stopWriting(aws, "pause", id);
    const reporting = { ...aws, config: { ...aws.config, isReporting: true } };
    const group = await groupOf(webMatrix(id), reporting);
    expect(group?.bar).toContain("only reports");
    expect(group?.now).toMatchObject({ close: [], paused: [] });
  });
});
