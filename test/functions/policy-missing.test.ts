// A policy that is not there, or cannot be read whole, is never an empty one: nothing is called on
// EC2, the event comes again, and once the policy can be read it is carried out.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Item, type Key, queryPartition } from "../../functions/aws/stores/dynamo.ts";
import { tableNameOf } from "../../local/dynamodb.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const VISIBILITY = 360;

let stage: Stage;
let deploy: string;
afterEach(() => stage.stop());

describe("without any matrix", () => {
  beforeEach(async () => {
    stage = await startStage(null);
    deploy = stage.groups.deploy;
  });

  it("nothing is called that changes anything, and the log says why", async () => {
    await stage.open(deploy, WORLD);
    await stage.idle();
    expect(stage.writes()).toEqual([]);
    expect(await stage.rules(deploy)).toContain(WORLD);
    expect(await stage.findings(deploy)).toEqual([]);
    expect(stage.log().find(({ message }) => message === "reconciled")?.fields).toMatchObject({
      groupId: deploy,
      outcome: "no-matrix",
    });
  });

  it("an apply closes what has been opened before", async () => {
    await stage.open(deploy, WORLD);
    await stage.idle();
    await stage.apply(studioIn("enforce"));
    expect(await stage.rules(deploy)).not.toContain(WORLD);
    expect((await stage.findings(deploy))[0]).not.toHaveProperty("actor");
  });
});

describe("a matrix that cannot be read", () => {
  let chunk: Item & Key;
  let pointer: Item & Key;
  beforeEach(async () => {
    stage = await startStage(studioIn("revoke"));
    await stage.apply(studioIn("enforce"));
    // Another version takes the place of the active one, as in a function that has just started.
    await stage.aws.policy.readVersion(1);
    deploy = stage.groups.deploy;
    const pk = `MATRIX#${stage.deployment.config.scope}`;
    pointer = await itemAt(pk, "ACTIVE");
    chunk = await itemAt(`${pk}#${pointer.sha}`, "C#000");
    stage.mark();
  });

  it.each([
    ["a chunk is missing", () => stage.remove("policy", keyOf(chunk)), "is missing"],
    [
      "a chunk is another's",
      () => stage.put("policy", { ...chunk, data: Buffer.from("nonsense") }),
      "cannot be unpacked",
    ],
    [
      "its hash is another",
      () => stage.put("policy", { ...pointer, sha: "0".repeat(64) }),
      "is missing",
    ],
    [
      "the pointer is torn",
      () => stage.put("policy", { ...pointer, chunks: "one" }),
      "cannot be read",
    ],
  ])("since %s stops the run, and is carried out once it is mended", async (_what, damage, why) => {
    await damage();
    await stage.open(deploy, WORLD);
    await stage.idle();
    expect(stage.writes()).toEqual([]);
    expect(await stage.rules(deploy)).toContain(WORLD);
    const line = stage.log().find(({ message }) => message === "not finished");
    expect(line?.fields.error).toContain(why);
    await stage.put("policy", chunk);
    await stage.put("policy", pointer);
    await stage.later(VISIBILITY);
    expect(await stage.rules(deploy)).not.toContain(WORLD);
    expect(await stage.findings(deploy)).toMatchObject([
      { rule: WORLD, outcome: "closed", actor: { name: "tester" } },
    ]);
    expect(stage.alerts()).toHaveLength(1);
  });

  it("at all, five times over, is left to the dead-letter queue and not forgotten", async () => {
    await stage.remove("policy", keyOf(chunk));
    await stage.open(deploy, WORLD);
    await stage.idle();
    for (let n = 0; n < 6; n += 1) await stage.later(VISIBILITY);
    expect(stage.writes()).toEqual([]);
    expect(stage.account.queues.messages(stage.deployment.deadLetters)).toHaveLength(1);
  });
});

describe("a policy whose reading is throttled", () => {
  beforeEach(async () => {
    stage = await startStage(undefined, { tries: 1 });
    deploy = stage.groups.deploy;
  });

  it.each([
    ["BatchGetItem", "the pointer"],
    ["Query", "the exceptions"],
  ])("at %s, %s, stops the run, which comes again and does not count", async action => {
    stage.account.faults.failNext("dynamodb", action, "ProvisionedThroughputExceededException", 40);
    await stage.open(deploy, WORLD);
    await stage.idle();
    expect(stage.writes()).toEqual([]);
    expect(await stage.rules(deploy)).toContain(WORLD);
    const [again, ...others] = stage.account.queues.messages("portward-remediate");
    expect(others).toEqual([]);
    expect(again).toMatchObject({ receives: 0 });
    stage.account.faults.clear();
    await stage.later(20);
    expect(await stage.rules(deploy)).not.toContain(WORLD);
    expect(await stage.findings(deploy)).toMatchObject([{ rule: WORLD, outcome: "closed" }]);
    expect(stage.account.queues.count("portward-remediate")).toEqual({
      ...{ visible: 0, inFlight: 0, delayed: 0 },
    });
  });
});

async function itemAt(pk: string, sk: string): Promise<Item & Key> {
  const items = await queryPartition(stage.documents, tableNameOf("policy"), pk, sk);
  const [item] = items;
  if (!item) throw new Error(`there is no ${pk} ${sk}`);
  return item as Item & Key;
}

const keyOf = ({ pk, sk }: Key): Key => ({ pk, sk });
