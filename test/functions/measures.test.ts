// The numbers on the log lines of runs, as CloudWatch would take them.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { measured, NAMESPACE } from "../../functions/wiring/measures.ts";
import { type Stage, startStage, studioIn } from "../support/stage.ts";

const WORLD = "ingress tcp 22 from 0.0.0.0/0";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(studioIn("enforce"));
});
beforeEach(() => stage.mark());
afterAll(() => stage.stop());

const lines = () => stage.log().flatMap(({ fields }) => (fields?._aws ? [fields] : []));

describe("a metric", () => {
  it("is a log line in CloudWatch's embedded form", () => {
    expect(measured("prod", 1_700_000_000_000, { Drifts: 2, SecondsToClose: [1, 3] })).toEqual({
      _aws: {
        Timestamp: 1_700_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: NAMESPACE,
            Dimensions: [["stage"]],
            Metrics: [
              { Name: "Drifts", Unit: "Count" },
              { Name: "SecondsToClose", Unit: "Seconds" },
            ],
          },
        ],
      },
      ...{ stage: "prod", Drifts: 2, SecondsToClose: [1, 3] },
    });
  });

  it("is left out where there is nothing to tell", () => {
    expect(measured("prod", 1, {})).toEqual({});
    expect(measured("prod", 1, { SecondsToClose: [] })).toEqual({});
  });
});

describe("what a run measures", () => {
  it("is the time from the event to the closed rule", async () => {
    await stage.open(stage.groups.deploy, WORLD);
    await stage.idle();
    const [line] = lines();
    expect(line).toMatchObject({ stage: "local", Drifts: 1, Reverts: 1, CouldNotClose: 0 });
    const [seconds] = [line?.SecondsToClose].flat();
    expect(seconds).toBeGreaterThanOrEqual(0);
    expect(seconds).toBeLessThan(10);
  });

  it("is nothing where nothing drifted", async () => {
    await stage.open(stage.groups.workspace, "egress udp 9 to 198.51.100.1/32");
    await stage.idle();
    expect(stage.log().some(({ message }) => message === "reconciled")).toBe(true);
    expect(lines()).toEqual([]);
  });

  it("is what the audit met, and what no event had announced", async () => {
    await stage.quietly(() => stage.open(stage.groups.runner, WORLD));
    const { functions } = stage.account;
    await functions.invoke(functions.arnOf("portward-audit"), { audit: true });
    await stage.idle();
    expect(lines().find(line => "MissedEvents" in line)).toMatchObject({
      ...{ stage: "local", AuditedDrifts: 1, MissedEvents: 1 },
    });
  });

  it("is a failure where a message could not be worked on", async () => {
    stage.account.faults.failNext("dynamodb", "*", "InternalServerError", 50);
    await stage.open(stage.groups.deploy, WORLD);
    await stage.idle();
    stage.account.faults.clear();
    expect(lines().some(({ Failures }) => Failures === 1)).toBe(true);
  });
});
