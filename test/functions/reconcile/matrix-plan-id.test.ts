// What the id of a plan stands for: all that was decided on, and nothing else.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { seedVpc } from "../../../local/seed.ts";
import { putInForce } from "../../support/in-force.ts";
import { ownPieces } from "../../support/pieces.ts";
import {
  changeList,
  exceptStray,
  planOf,
  SSH,
  STRAY,
  stopWriting,
  webMatrix,
} from "../../support/planning.ts";
import { plantGroup, plantList } from "../../support/planted.ts";

const INSIDE = "ingress tcp 22 from 10.1.0.0/16";
const FORBID = "forbid: [{ from: public, to: web, ports: tcp 22 }]";
const HOUR = 3_600_000;

const pieces = ownPieces();
let aws: AwsAccount;
beforeEach(() => {
  aws = pieces.fresh();
});

const idOf = async (text: string, deps = aws) => (await planOf(deps, text)).plan.id;

describe("the id of a plan", () => {
  it("is the same wherever in its file the matrix says a thing", async () => {
    const id = plantGroup(pieces, [SSH, STRAY]);
    const text = webMatrix(id, FORBID);
    const first = await idOf(text);
    expect(await idOf(`# moved down\n${text}`)).toBe(first);
    expect(await idOf(webMatrix(id, FORBID.replace("22", "23")))).not.toBe(first);
    const onDemand = (port: number) =>
      webMatrix(id, `  - { from: 10.0.0.0/8, to: web, ports: tcp ${port}, need: on-demand }`);
    expect(await idOf(onDemand(80))).not.toBe(await idOf(onDemand(81)));
  });

  it("is another once another version is in force", async () => {
    const id = plantGroup(pieces, [SSH]);
    await putInForce(aws, webMatrix(id));
    const first = await idOf(webMatrix(id));
    await putInForce(aws, webMatrix(id));
    expect(await idOf(webMatrix(id))).not.toBe(first);
  });

  it("is another once the rules of a group have changed that it is about", async () => {
    const id = plantGroup(pieces, [SSH]);
    const other = plantGroup(pieces, [SSH]);
    const first = await idOf(webMatrix(id));
    await pieces.open(other, STRAY);
    expect(await idOf(webMatrix(id))).toBe(first);
    await pieces.open(id, INSIDE);
    const second = await idOf(webMatrix(id));
    expect(second).not.toBe(first);
    await pieces.take(id, SSH);
    await pieces.open(id, SSH);
    expect(await idOf(webMatrix(id))).toBe(second);
    await pieces.take(id, INSIDE);
    await pieces.open(id, INSIDE.replace("10.1", "10.2"));
    expect(await idOf(webMatrix(id))).not.toBe(second);
  });

  it("is another once the group is paused", async () => {
    const id = plantGroup(pieces, [SSH]);
    const first = await idOf(webMatrix(id));
    await stopWriting(aws, "pause", id);
    expect(await idOf(webMatrix(id))).not.toBe(first);
  });

  it("is the same whoever carries a group", async () => {
    const id = plantGroup(pieces, [SSH]);
    const first = await idOf(webMatrix(id));
    pieces.account.ec2.seed.interface(pieces.place(), { vpcId: seedVpc, groupIds: [id] });
    expect(await idOf(webMatrix(id))).toBe(first);
  });

  it("is another once a list holds something else that the matrix or a group of it names", async () => {
    const lists = ["10.1.0.0/16", "10.2.0.0/16"].map(block =>
      plantList(pieces, [block], { maxEntries: 5 }),
    );
    const [named = "", referred = ""] = lists;
    const id = plantGroup(pieces, [SSH, `ingress tcp 22 from ${referred}`]);
    const text = webMatrix(id, `networks: { offices: [${named}] }`);
    const ids = [await idOf(text)];
    for (const list of lists) {
      await changeList(pieces, list, "10.3.0.0/16");
      ids.push(await idOf(text));
    }
    expect(new Set(ids).size).toBe(3);
    // The same blocks in another order are the same.
    for (const list of lists) await changeList(pieces, list, "10.0.0.0/16");
    const swapped = await idOf(text);
    for (const list of lists) await changeList(pieces, list, "10.3.0.0/16", "out");
    for (const list of lists) await changeList(pieces, list, "10.3.0.0/16");
    expect(await idOf(text)).toBe(swapped);
  });

  it("is the same whatever else a list holds that only other groups name, or that AWS keeps", async () => {
    const list = plantList(pieces, ["10.1.0.0/16"], { maxEntries: 5 });
    plantGroup(pieces, [`ingress tcp 22 from ${list}`]);
    const id = plantGroup(pieces, [SSH]);
    const first = await idOf(webMatrix(id));
    await changeList(pieces, list, "10.3.0.0/16");
    expect(await idOf(webMatrix(id))).toBe(first);
    const own = plantList(pieces, ["11.0.0.0/8"], { owner: "AWS" });
    const text = webMatrix(id, `networks: { offices: [${own}] }`);
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
    const first = await idOf(webMatrix(id));
    await exceptStray(aws, id, aws.clock() + HOUR);
    expect(await idOf(webMatrix(id))).toBe(first);
    await exceptStray(aws, id, aws.clock() - HOUR / 2);
    const second = await idOf(webMatrix(id));
    expect(second).not.toBe(first);
    // By then the first one stands alone.
    const later = { ...aws, clock: () => aws.clock() + HOUR };
    const third = await idOf(webMatrix(id), later);
    expect([first, second]).not.toContain(third);
    await exceptStray(aws, id, aws.clock() - 1);
    const both = await idOf(webMatrix(id));
    expect(both).not.toBe(second);
    const reversed = {
      ...aws.exceptions,
      list: async () => (await aws.exceptions.list()).toReversed(),
    };
    expect(await idOf(webMatrix(id), { ...aws, exceptions: reversed })).toBe(both);
  });
});
