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
