// The audit reads what was done to exceptions: one of which somebody changed an entry is told, one on
// which somebody acts meanwhile is not.
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  entryHash,
  historyKey,
  type KeptException,
} from "../../functions/aws/stores/exception-item.ts";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import { actOnException } from "../../functions/reconcile/exceptions.ts";
import { tableNameOf } from "../../local/dynamodb.ts";
import { type ExceptionStage, startExceptions } from "../support/exception-stage.ts";

const STEP = "a step of an exception";

let stage: ExceptionStage;
let kept: KeptException;
beforeAll(async () => {
  stage = await startExceptions();
  kept = await stage.approved();
});
afterAll(() => stage.stop());

async function faults(aws = stage.aws) {
  const answer = await auditNow(aws, { by: "test" });
  if (answer.kind !== "done") throw new Error(JSON.stringify(answer));
  return answer.report.findings.filter(
    ({ kind, because }) => kind === "plumbing" && because.includes("history"),
  );
}

const setNote = (note: string) =>
  stage.documents.send(
    new UpdateCommand({
      TableName: tableNameOf("history"),
      Key: historyKey(kept.id, 1),
      UpdateExpression: "SET #note = :note",
      ExpressionAttributeNames: { "#note": "note" },
      ExpressionAttributeValues: { ":note": note },
    }),
  );

describe("the audit of histories", () => {
  it("finds nothing in one that is as it was written", async () => {
    expect((await stage.aws.exceptions.history(kept.id)).length).toBe(2);
    expect(await faults()).toEqual([]);
  });

  it("is told of one that was changed in the table, by its id", async () => {
    await setNote("nothing to see here");
    expect(await faults()).toMatchObject([{ rule: kept.id, severity: "critical" }]);
    await setNote(kept.reason);
    expect(await faults()).toEqual([]);
  });

  it("does not take a step that comes between its reads for a change", async () => {
    const { exceptions } = stage.aws;
    let steps = 0;
    const meddled: typeof exceptions = {
      ...exceptions,
      async history(id) {
        if (steps === 0) {
          steps += 1;
          await actOnException(stage.aws, id, "withdraw", stage.identity("tester"));
        }
        return exceptions.history(id);
      },
    };
    expect(await faults({ ...stage.aws, exceptions: meddled })).toEqual([]);
    expect(steps).toBe(1);
    expect(await stage.stateOf(kept.id)).toBe("withdrawn");
  });
});

describe("a history that is written anew from its first entry to its last", () => {
  it("differs from the log, which has the hash of every step somebody took", async () => {
    stage.mark();
    const other = await stage.approved();
    const logged = stage
      .log()
      .filter(({ message, fields }) => message === STEP && fields.id === other.id)
      .map(({ fields: { n, action, hash } }) => [n, action, hash]);
    const history = await stage.aws.exceptions.history(other.id);
    expect(logged).toEqual(history.map(entry => [entry.n, entry.action, entryHash(entry)]));
    expect(logged.map(([, action]) => action)).toEqual(["request", "approve"]);
  });
});
