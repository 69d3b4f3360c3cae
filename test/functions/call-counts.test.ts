// What a piece of work calls, counted at the wire: docs/scale.md computes quotas and cost from it.
import { CreateSecurityGroupCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditPages, calls } from "../../bench/scale-model.ts";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import { seedVpc } from "../../local/seed.ts";
import { type Stage, startStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  await stage.open(stage.groups.api, "ingress tcp 443 from 172.21.0.0/16");
  await stage.idle();
});
afterAll(() => stage.stop());

/** Portward's calls of EC2 and of the tables during a task, and those its events led to. */
async function callsOf(task: () => Promise<unknown>) {
  const before = stage.account.calls.list().length;
  await task();
  await stage.idle();
  const made = stage.account.calls
    .list()
    .slice(before)
    .filter(({ caller }) => caller.includes("portward"));
  const count = (wanted: string, form: RegExp) =>
    made.filter(({ service, action }) => service === wanted && form.test(action)).length;
  return {
    ec2Reads: count("ec2", /^(?:Describe|Get)/),
    ec2Writes: count("ec2", /^(?!Describe|Get)/),
    tableReads: count("dynamodb", /Get|Query|Scan/),
    tableWrites: count("dynamodb", /Put|Update|Delete/),
  };
}

/** A fifth more or less does not change what the page says; more than that, and the model is old. */
const near = (counts: Record<string, number>) =>
  Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [
      name,
      expect.toSatisfy(
        (counted: number) => Math.abs(counted - count) <= count / 5,
        `near ${count}`,
      ),
    ]),
  );

const audit = () => callsOf(() => auditNow(stage.aws, { by: "test" }));

describe("the calls of", () => {
  it("an event that changes nothing", async () => {
    const counted = await callsOf(() =>
      stage.open(stage.groups.api, "ingress tcp 80 from 172.21.0.0/16"),
    );
    expect(counted).toEqual(calls.nothing);
  });

  it("an opening that is closed, with the own call that comes back", async () => {
    await stage.later(61);
    const counted = await callsOf(() =>
      stage.open(stage.groups.deploy, "ingress tcp 22 from 0.0.0.0/0"),
    );
    expect(counted).toEqual(near(calls.closing));
  });

  it("a minute's sweep", async () => {
    await stage.later(61);
    expect(await callsOf(() => stage.sweep())).toEqual(near(calls.sweep));
  });

  it("an audit, and how they grow with the groups", async () => {
    await audit();
    const one = await audit();
    const { groups } = auditPages;
    const existing = (await stage.aws.groups.list([])).length;
    expect(one.ec2Reads).toBe(Math.ceil(existing / groups) + 1 + auditPages.fixed);
    const { tableReads, tableWrites, perGroup } = calls.audit;
    expect(one).toMatchObject(near({ tableReads: tableReads + existing * perGroup, tableWrites }));
    const more = 12;
    const ec2 = stage.as("tester");
    await stage.quietly(async () => {
      for (let n = 0; n < more; n += 1) {
        const input = { GroupName: `more-${n}`, Description: "more", VpcId: seedVpc };
        await ec2.send(new CreateSecurityGroupCommand(input));
      }
    });
    expect(await audit()).toEqual({
      ...one,
      tableReads: one.tableReads + more * perGroup,
    });
  });
});
