// A call that gets no answer must not hold a hole open until the function times out: it has failed, and
// is tried again.
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect } from "../../functions/aws/account.ts";
import { accessKeyOf, secretOf } from "../../local/identities.ts";
import { type ListeningGate, openGate } from "../support/gate.ts";
import { type Stage, startStage } from "../support/stage.ts";

let stage: Stage;
let gate: ListeningGate;
beforeAll(async () => {
  stage = await startStage();
  gate = await openGate(stage.account.url);
});
afterAll(async () => {
  await gate.close();
  await stage.stop();
});

const never = new Promise<never>(() => {});

function impatient(maxAttempts: number) {
  const accessKeyId = accessKeyOf("portward");
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  const around = { endpoint: gate.url, credentials, maxAttempts, patience: 300 };
  return connect(stage.deployment.config, around);
}

it("a call that nobody answers fails", async () => {
  gate.decide(() => never);
  await expect(impatient(1).groups.list()).rejects.toThrow(/requestTimeout/);
});

it("a call that was not answered once is made again", async () => {
  gate.decide(call => (call === 0 ? never : "pass"));
  const groups = await impatient(10).groups.list();
  expect(groups.map(({ id }) => id)).toContain(stage.groups.deploy);
  expect(gate.count()).toBeGreaterThan(1);
});
