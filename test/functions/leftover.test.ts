// An intent that nobody lived to finish, of a drift that another run has closed and recorded: it is the
// same drift, whichever event led the dead run to the group.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Stage, startStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.stop());

it("makes no second finding and no second alert", async () => {
  const { deploy } = stage.groups;
  await stage.open(deploy, "ingress tcp 22 from 0.0.0.0/0");
  await stage.idle();
  const [finding] = await stage.findings(deploy);
  if (!finding) throw new Error("nothing was found");
  const draft = { ...finding, id: "", occurrence: 0, trigger: { kind: "event", id: "another" } };
  const at = finding.seenAt;
  const intent = { runId: "dead", groupId: deploy, at, findings: [draft], before: [], plan: [] };
  await stage.aws.intents.put(intent);
  stage.mark();
  await stage.later(61);
  await stage.sweep();
  expect(await stage.aws.intents.all()).toEqual([]);
  expect((await stage.findings(deploy)).map(({ id }) => id)).toEqual([finding.id]);
  expect(stage.alerts()).toEqual([]);
});
