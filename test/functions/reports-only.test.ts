// A stage beside another one that acts takes no matrix that would act: it says why, and how to hand over.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { applyMatrix } from "../../functions/reconcile/matrix-apply.ts";
import { runApplyJob } from "../../functions/reconcile/matrix-jobs.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(null);
  Object.assign(stage.aws, { config: { ...stage.aws.config, isReporting: true } });
});
beforeEach(() => stage.mark());
afterAll(() => stage.stop());

const document = (mode: "observe" | "revoke" | "enforce") =>
  parseMatrix([{ name: "matrix.yaml", text: studioIn(mode) }]);
const wish = { by: "test", note: "", isFirstMeant: true };
const version = async () => (await stage.aws.policy.readPolicy()).active?.version;

describe("a stage that only reports", () => {
  it.each(["revoke", "enforce"] as const)("refuses a matrix in %s, with the cure", async mode => {
    const refused = applyMatrix(stage.aws, document(mode), wish);
    await expect(refused).rejects.toMatchObject({ code: "matrix.reports-only" });
    await expect(refused).rejects.toThrow(
      "the stage local only reports: another one acts in account 111122223333 ap-southeast-1",
    );
    await expect(refused).rejects.toThrow('deploy that one with "acts": false, then local without');
    expect(await version()).toBeUndefined();
  });

  it("refuses it to a job of the API with the same words", async () => {
    const files = [{ name: "matrix.yaml", text: studioIn("enforce") }];
    const input = { files, planId: "p-1", version: 1, note: "" };
    const end = await runApplyJob(stage.aws, input, "test");
    expect(end).toMatchObject({ state: "refused", code: "matrix.reports-only" });
  });

  it("takes one in observe", async () => {
    expect((await applyMatrix(stage.aws, document("observe"), wish)).kind).toBe("applied");
    expect(await version()).toBe(1);
    expect(stage.writes()).toEqual([]);
  });
});
