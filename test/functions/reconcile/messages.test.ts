// What the messages of a batch ask for: which groups to look at, by which triggers.
import { ModifyManagedPrefixListCommand } from "@aws-sdk/client-ec2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Message, readMessage, type Work } from "../../../functions/reconcile/messages.ts";
import { type Fields, type Json, record } from "../../support/cloudtrail.ts";
import { findingOf } from "../../support/findings.ts";
import { type Heard, hear } from "../../support/heard.ts";
import { ownPieces } from "../../support/pieces.ts";
import { plantGroup, plantList } from "../../support/planted.ts";

const GROUP = "sg-0a1b2c3d4e5f60718";
const OTHER = "sg-0b1b2c3d4e5f60718";

const pieces = ownPieces();
let heard: Heard;
beforeEach(() => {
  heard = hear(pieces.fresh());
});
afterEach(() => pieces.account.ec2.lagReads(0));

/** A record of this region. */
const here = (name: string, changes: Fields = {}) =>
  record(name, { awsRegion: "ap-southeast-1", ...changes });

/** Who holds Portward's own role. */
const own = (): Fields => ({
  type: "AssumedRole",
  arn: "arn:aws:sts::111122223333:assumed-role/portward/run",
  sessionContext: { sessionIssuer: { arn: heard.deps.config.ownRoleArns[0] ?? "" } },
});

/** Reads messages of some records each into the work. */
async function read(...bodies: Json[]) {
  const work = new Map<string, Work>();
  const heardAt: number[] = [];
  const messages = bodies.map((body, index): Message => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return { id: `m-${index}`, body: text, attempt: 0 };
  });
  const isBetween: boolean[] = [];
  for (const message of messages) {
    isBetween.push(await readMessage(heard.deps, message, work, heardAt));
  }
  const asked = [...work].map(([group, { triggers, messages, unexplained }]) => ({
    group,
    triggers: triggers.map(({ id }) => id),
    messages: [...messages].map(({ id }) => id),
    unexplained: [...unexplained].map(([trigger, message]) => [trigger.id, message.id]),
  }));
  return { asked, heardAt, isBetween };
}

const rejected = (id: string) =>
  pieces.account.queues
    .messages(pieces.deployment.deadLetters)
    .filter(({ attributes }) => attributes.messageId?.StringValue === id);
const marks = async () => heard.deps.intents.dirtyGroups();

describe("a change of a group", () => {
  it("asks for a look at it, by its trigger", async () => {
    const { asked, heardAt, isBetween } = await read(here("authorize-ingress"));
    const { eventID, eventTime } = record("authorize-ingress");
    expect(asked).toEqual([
      { group: GROUP, triggers: [eventID], messages: ["m-0"], unexplained: [] },
    ]);
    expect(heardAt).toEqual([Date.parse(String(eventTime))]);
    expect(isBetween).toEqual([false]);
  });

  it("is one trigger however often it comes, of every message that brings it", async () => {
    const body = here("authorize-ingress");
    const next = here("authorize-ingress", { eventID: "e-2" });
    const { asked } = await read(body, body, { Records: [next, body] });
    expect(asked).toEqual([
      {
        ...{ group: GROUP, triggers: [body.eventID, "e-2"], unexplained: [] },
        messages: ["m-0", "m-1", "m-2"],
      },
    ]);
  });

  it("asks for a look at each group it names", async () => {
    const items = [{ resourceId: GROUP }, { resourceId: OTHER }];
    const requestParameters = { resourcesSet: { items } };
    const { asked } = await read(here("create-tags", { requestParameters }));
    expect(asked.map(({ group }) => group)).toEqual([GROUP, OTHER]);
  });

  it("is heard of although it has no time", async () => {
    const { asked, heardAt } = await read(here("authorize-ingress", { eventTime: "" }));
    expect([asked.length, heardAt]).toEqual([1, []]);
  });
});

describe("what asks for no look at a group", () => {
  it("is rejected with its reason where it is no record", async () => {
    const id = `m-${Math.random()}`;
    const body = '"nothing of ours"';
    expect(await readMessage(heard.deps, { id, body, attempt: 0 }, new Map(), [])).toBe(false);
    const [message, ...more] = rejected(id);
    expect([message?.body, more]).toEqual([body, []]);
    expect(message?.attributes.reason?.StringValue).toMatch(/./);
    expect(heard.lines).toEqual([expect.stringMatching(/^error .*"because":"/)]);
  });

  it("is rejected where it is of elsewhere", async () => {
    const body = JSON.stringify(record("authorize-ingress"));
    const work = new Map<string, Work>();
    const heardAt: number[] = [];
    expect(await readMessage(heard.deps, { id: "m-far", body, attempt: 0 }, work, heardAt)).toBe(
      false,
    );
    expect([work.size, heardAt]).toEqual([0, []]);
    expect(rejected("m-far")).toHaveLength(1);
  });

  it("is told to the log where it changes nothing", async () => {
    const { asked, heardAt } = await read(here("authorize-denied"));
    expect([asked, heardAt.length]).toEqual([[], 1]);
    expect(heard.lines).toEqual([expect.stringMatching(/^info ignore .*"actor":"[a-z]/)]);
    expect(await marks()).toEqual([]);
  });

  it("marks its VPC where it names no group, or every group where it names none", async () => {
    const { asked } = await read(
      here("associate-vpc-block"),
      here("create-tags", { requestParameters: { omitted: true } }),
    );
    const vpc = "vpc-0a1b2c3d4e5f60718";
    const { now: at } = heard;
    expect(asked).toEqual([]);
    expect(await marks()).toEqual([
      { groupId: "*", because: expect.stringMatching(/./), at },
      { groupId: vpc, because: expect.stringContaining(vpc), at },
    ]);
  });
});

describe("a change of a prefix list", () => {
  const changeOf = (PrefixListId: string, changes: Fields = {}) =>
    here("modify-prefix-list", {
      requestParameters: { ModifyManagedPrefixListRequest: { PrefixListId } },
      ...{ responseElements: {}, ...changes },
    });

  it("asks for a look at the groups that use it", async () => {
    const list = plantList(pieces, ["10.0.0.0/8"]);
    const users = [
      plantGroup(pieces, [`ingress tcp 22 from ${list}`]),
      plantGroup(pieces, [`egress tcp 22 to ${list}`]),
    ];
    plantGroup(pieces, ["ingress tcp 22 from 10.0.0.0/8"]);
    const { asked, isBetween } = await read(changeOf(list));
    expect(asked.map(({ group }) => group).toSorted()).toEqual(users.toSorted());
    expect(isBetween).toEqual([false]);
  });

  it("comes again while the list is between two versions", async () => {
    const list = plantList(pieces, ["10.0.0.0/8"], { maxEntries: 5 });
    const group = plantGroup(pieces, [`ingress tcp 22 from ${list}`]);
    const change = new ModifyManagedPrefixListCommand({
      ...{ PrefixListId: list, CurrentVersion: 1, AddEntries: [{ Cidr: "11.0.0.0/8" }] },
    });
    pieces.account.ec2.lagReads(60_000);
    await pieces.as("tester").send(change);
    const both = { Records: [changeOf(list), here("authorize-ingress")] };
    const { asked, isBetween } = await read(both);
    expect(isBetween).toEqual([true]);
    expect(asked.map(one => one.group)).toEqual([group, GROUP]);
  });

  it("by our own role asks for it too, as the record does not say what it changed", async () => {
    const list = plantList(pieces, ["10.0.0.0/8"]);
    const group = plantGroup(pieces, [`ingress tcp 22 from ${list}`]);
    const { asked } = await read(changeOf(list, { userIdentity: own() }));
    expect(asked).toMatchObject([{ group, unexplained: [] }]);
  });
});

describe("a call by our own role", () => {
  const call = () => here("authorize-ingress", { userIdentity: own() });
  const { eventID } = record("authorize-ingress");

  it("that a finding accounts for asks for nothing", async () => {
    const group = { id: GROUP, name: "web" };
    const rule = "ingress tcp 22 from 0.0.0.0/0";
    const restored = findingOf({ kind: "missing", outcome: "restored", group, rule });
    await heard.deps.findings.record(restored, heard.now);
    const { asked } = await read(call());
    expect(asked).toEqual([]);
    expect(heard.lines).toEqual([
      expect.stringContaining(`{"eventId":"${eventID}","groupId":"${GROUP}"}`),
    ]);
  });

  it("that nobody accounts for is noted with the message that brought it first", async () => {
    const { asked } = await read(call(), call(), here("revoke-ingress", { eventID: "e-2" }));
    expect(asked).toMatchObject([{ group: GROUP, unexplained: [[eventID, "m-0"]] }]);
    expect(asked[0]?.triggers).toEqual([eventID, "e-2"]);
  });
});
