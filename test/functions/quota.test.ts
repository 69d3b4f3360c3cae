// A group at its quota: what is left of a wide rule may not fit beside it. Room is made by what
// others cover; what still does not fit is owed, said, and written once there is room.
import { DeleteSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { afterEach, describe, expect, it } from "vitest";
import { seedVpc } from "../../local/seed.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const QUOTA = 60;
const DB = "10.9.0.0/16";

let stage: Stage;
let group: string;

/** A group with so many permitted rules, planted without an event. */
async function startFull(count: number, mode = "enforce"): Promise<void> {
  stage = await startStage(null);
  const { accountId: account, region, ec2 } = stage.account;
  const rules = Array.from({ length: count }, (_, n) => ({
    ...{ protocol: "tcp", from: 1_000 + 10 * n, to: 1_000 + 10 * n },
    cidr: "10.8.0.0/16",
  }));
  group = ec2.seed.group(
    { account, region },
    { name: "db", vpcId: seedVpc, defaultEgress: false, rules },
  );
  await stage.apply(matrix(mode));
  stage.mark();
}

const matrix = (mode: string, more = "") =>
  studioIn("enforce")
    .replace("groups:\n", `groups:\n  db: { name: db, mode: ${mode}, egress: listed }\n`)
    .replace(
      "flows:\n",
      `flows:\n  - { from: 10.8.0.0/16, to: db, ports: tcp 1-2000, need: allowed }\n` +
        `  - { from: ${DB}, to: db, ports: [tcp 3306, tcp 5432], need: allowed }\n${more}`,
    );

const WIDE = "ingress tcp 3000-6000 from 10.9.0.0/16";
const LEFT = [`ingress tcp 3306 from ${DB}`, `ingress tcp 5432 from ${DB}`];

afterEach(() => stage.stop());

describe("at its quota", () => {
  it("a wide rule goes, and one of two remainders takes its room; the other is owed", async () => {
    await startFull(QUOTA - 1);
    await stage.open(group, WIDE);
    await stage.idle();
    const rules = await stage.rules(group);
    expect(rules).not.toContain(WIDE);
    expect(rules).toHaveLength(QUOTA);
    const written = LEFT.filter(rule => rules.includes(rule));
    expect(written).toHaveLength(1);
    const owed = LEFT.filter(rule => !rules.includes(rule));
    expect((await stage.findings(group))[0]).toMatchObject({
      rule: WIDE,
      outcome: "narrowed",
      owed,
      after: written,
    });
    expect(stage.alerts()[0]?.message).toContain(`still to be written back: ${owed[0]}`);
  });

  it("what is owed is written by the sweep once there is room, and not before", async () => {
    await startFull(QUOTA - 1);
    await stage.open(group, WIDE);
    await stage.idle();
    await stage.later(60);
    await stage.sweep();
    expect((await stage.findings(group))[0]?.owed).toHaveLength(1);
    await stage.quietly(() => stage.take(group, "ingress tcp 1000 from 10.8.0.0/16"));
    await stage.later(60);
    await stage.sweep();
    expect(await stage.rules(group)).toEqual(expect.arrayContaining(LEFT));
    expect((await stage.findings(group))[0]).toMatchObject({ owed: [], after: LEFT });
    stage.mark();
    await stage.later(60);
    await stage.sweep();
    await stage.everyLook();
    expect(stage.writes()).toEqual([]);
    expect(stage.alerts()).toEqual([]);
  });

  it("what is owed and permitted no more is not written", async () => {
    await startFull(QUOTA - 1);
    await stage.open(group, WIDE);
    await stage.idle();
    const [owed = ""] = (await stage.findings(group))[0]?.owed ?? [];
    expect(owed).not.toBe("");
    stage.mark();
    await stage.apply(matrix("enforce").replace("tcp 3306, tcp 5432", "tcp 9999"));
    await stage.quietly(() => stage.take(group, "ingress tcp 1000 from 10.8.0.0/16"));
    await stage.later(60);
    await stage.sweep(group);
    expect(stage.writes()).not.toContain("AuthorizeSecurityGroupIngress");
    expect(await stage.rules(group)).not.toContain(owed);
    expect((await stage.findings(group)).find(({ rule }) => rule === WIDE)?.owed).toEqual([]);
  });

  it("rules that others cover make room, and no packet notices", async () => {
    await startFull(QUOTA - 3);
    const covered = ["ingress tcp 1000 from 10.8.1.0/24", "ingress tcp 1010 from 10.8.1.0/24"];
    await stage.quietly(() => stage.open(group, ...covered));
    stage.mark();
    await stage.open(group, WIDE);
    await stage.idle();
    const rules = await stage.rules(group);
    expect(rules).toEqual(expect.arrayContaining(LEFT));
    expect(rules).not.toEqual(expect.arrayContaining(covered));
    expect(stage.writes().at(-1)).toBe("RevokeSecurityGroupIngress");
    expect((await stage.findings(group))[0]).toMatchObject({ outcome: "narrowed", owed: [] });
    // Making room is no stranger's doing.
    await stage.everyLook();
    expect(stage.alerts().map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^NARROWED /),
    ]);
  });

  it("a required rule that does not fit is owed until there is room", async () => {
    await startFull(QUOTA);
    await stage.apply(matrix("enforce", "  - { from: 10.7.0.0/16, to: db, ports: tcp 22 }\n"));
    const required = "ingress tcp 22 from 10.7.0.0/16";
    expect(await stage.rules(group)).not.toContain(required);
    expect((await stage.findings(group))[0]).toMatchObject({
      kind: "missing",
      rule: required,
      outcome: "could-not-restore",
      owed: [required],
    });
    await stage.quietly(() => stage.take(group, "ingress tcp 1000 from 10.8.0.0/16"));
    await stage.later(60);
    await stage.sweep();
    expect(await stage.rules(group)).toContain(required);
    expect((await stage.findings(group))[0]).toMatchObject({ outcome: "restored", owed: [] });
  });

  it("what a group owes that is deleted is forgotten", async () => {
    await startFull(QUOTA - 1);
    await stage.open(group, WIDE);
    await stage.idle();
    await stage.as("tester").send(new DeleteSecurityGroupCommand({ GroupId: group }));
    await stage.idle();
    await stage.later(60);
    expect(await stage.sweep()).toEqual({ groups: 1, failed: 0 });
    expect(await stage.sweep()).toEqual({ groups: 0, failed: 0 });
  });
});
