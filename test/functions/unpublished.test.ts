// A run that dies after it recorded a drift that was over, and before it told of it: nothing brings
// the drift up again, so the sweep tells of it.
import { afterAll, beforeAll, expect, it } from "vitest";
import { findingOf } from "../support/findings.ts";
import { type Stage, startStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

it("the sweep tells of a finding that was recorded and never told, once", async () => {
  const { findings, clock } = stage.aws;
  const at = new Date(clock()).toISOString();
  const { accountId: account, region } = stage.account;
  const group = { id: stage.groups.deploy, name: "funai-deploy" };
  const { publishedAt: _, ...finding } = findingOf({
    ...{ account, region, group, outcome: "gone", seenAt: at, closedAt: at },
  });
  const kept = await findings.record(finding, clock());
  expect(kept.publishedAt).toBeUndefined();
  await stage.sweep();
  expect(stage.alerts(), "its run may be about to tell").toEqual([]);
  await stage.later(90);
  await stage.sweep();
  await stage.sweep();
  expect(stage.alerts().map(({ subject }) => subject)).toEqual([
    expect.stringContaining(kept.rule),
  ]);
  expect((await findings.get(kept.id))?.publishedAt).toBeDefined();
});

it("a drift that two runs left when they died is in one alert, and there once", async () => {
  const { findings, intents, clock } = stage.aws;
  stage.mark();
  const at = new Date(clock()).toISOString();
  const { accountId: account, region } = stage.account;
  const groupId = stage.groups.runner;
  const group = { id: groupId, name: "funai-runner" };
  const {
    publishedAt: _,
    closedAt: __,
    ...drift
  } = findingOf({
    ...{ account, region, group, rule: "ingress tcp 2222 from 0.0.0.0/0", seenAt: at },
  });
  for (const runId of ["run-1", "run-2"]) {
    await intents.put({ runId, groupId, at, findings: [drift], before: [], plan: [] });
  }
  await stage.later(90);
  await stage.sweep();
  const [kept] = await findings.forGroup(groupId);
  const [alert, ...more] = stage.alerts();
  expect(more).toEqual([]);
  const { findings: told } = JSON.parse(alert?.forms?.sqs ?? "{}") as { findings: object[] };
  expect(told).toEqual([expect.objectContaining({ id: kept?.id, rule: drift.rule })]);
});
