// An exception that ends on a group the matrix no longer names: what Portward itself opened for it is
// closed all the same, and nothing else is touched there.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { actOnException } from "../../functions/reconcile/exceptions.ts";
import type { Exception } from "../../matrix/exception.ts";
import { done, type ExceptionStage, RULE, startExceptions } from "../support/exception-stage.ts";
import { studioIn } from "../support/stage.ts";

const THEIRS = "ingress tcp 9999 from 0.0.0.0/0";

let stage: ExceptionStage;
beforeAll(async () => {
  stage = await startExceptions();
});
afterAll(() => stage.stop());
afterEach(async () => {
  await stage.applyIn("enforce");
  await stage.sweep();
  // Long after the last alert of the same rule, which would speak for the next one.
  await stage.pass(60);
});

/** A matrix that names one group, in a mode, and leaves the others alone. */
const withoutDeploy = (mode: string): string =>
  `matrix: other\nmode: ${mode}\ngroups:\n  runtime: { name: funai-runtime }\nflows:\n` +
  "  - { from: 203.0.113.0/24, to: runtime, ports: tcp 443, need: allowed }\n";

const renamed = (mode: "observe" | "revoke"): string =>
  studioIn(mode)
    .replace(/\bdeploy:/, "console:")
    .replace(/(to|from): deploy\b/g, "$1: console")
    .replace(/\[deploy\b/g, "[console");

const flow: NonNullable<Exception["flow"]> = {
  from: [{ kind: "cidr", cidr: "10.1.2.3/32" }],
  to: [{ kind: "entry", name: "deploy" }],
  ports: [{ protocol: "tcp", from: 7002, to: 7002 }],
};
const asked = [
  ["a rule", { what: { rule: RULE } }],
  ["a flow whose entry is gone", { what: { flow } }],
] as const;
const matrices = [
  ["no entry selects it, enforce", () => withoutDeploy("enforce")],
  ["no entry selects it, observe", () => withoutDeploy("observe")],
  ["its entry is renamed, observe", () => renamed("observe")],
] as const;
const ends = ["expired", "withdrawn"] as const;
const cases = asked.flatMap(([what, wish]) =>
  matrices.flatMap(([how, matrix]) => ends.map(end => ({ what, how, end, wish, matrix }))),
);

describe("an exception whose group is not what it was", () => {
  it.each(cases)("$what, $how: closes what Portward opened when it is $end", async one => {
    const { deploy } = stage.groups;
    const before = await stage.rules(deploy);
    const kept = await stage.approved({ ...one.wish, minutes: 30 });
    await stage.pass(1);
    expect(await stage.rules(deploy)).toEqual([...before, RULE].toSorted());
    await stage.applyText(one.matrix());
    await stage.quietly(() => stage.open(deploy, THEIRS));
    await stage.pass(5);
    expect(await stage.rules(deploy)).toContain(RULE);
    stage.mark();
    if (one.end === "withdrawn") {
      done(await actOnException(stage.aws, kept.id, "withdraw", stage.identity("tester")));
      await stage.pass(1);
    } else await stage.pass(30);
    expect(await stage.rules(deploy)).toEqual([...before, THEIRS].toSorted());
    expect(await stage.stateOf(kept.id)).toBe(one.end);
    // A flow that names a part nobody plays any more permits nothing: what it opened was drift before.
    const isDrift = one.what !== "a rule" && one.how.startsWith("its entry is renamed");
    const told = stage
      .alerts()
      .filter(({ message }) =>
        message.includes(`${isDrift ? "CLOSED" : "EXCEPTION ENDED"} ${RULE}`),
      );
    expect(told).toHaveLength(1);
    const found = (await stage.findings(deploy)).find(({ rule }) => rule === RULE);
    expect(found?.outcome).toBe("closed");
    if (!isDrift) expect(found?.trigger.id).toBe(`${kept.id}-end`);
    stage.mark();
    await stage.pass(1);
    expect(stage.writes()).toEqual([]);
  });

  it("lets stand what somebody else opened in Portward's place", async () => {
    const { deploy } = stage.groups;
    const kept = await stage.approved({ minutes: 30 });
    await stage.pass(1);
    await stage.applyText(withoutDeploy("enforce"));
    await stage.quietly(async () => {
      await stage.take(deploy, RULE);
      await stage.open(deploy, RULE);
    });
    stage.mark();
    await stage.pass(30);
    expect(await stage.rules(deploy)).toContain(RULE);
    expect(stage.writes()).toEqual([]);
    expect(await stage.stateOf(kept.id)).toBe("expired");
  });

  it("lets stand what another exception in force needs", async () => {
    const { deploy } = stage.groups;
    const short = await stage.approved({ what: { flow }, minutes: 10 });
    await stage.pass(1);
    const long = await stage.approved({ minutes: 30 });
    await stage.pass(1);
    await stage.applyText(withoutDeploy("enforce"));
    await stage.pass(9);
    expect(await stage.stateOf(short.id)).toBe("expired");
    expect(await stage.rules(deploy)).toContain(RULE);
    await stage.pass(30);
    expect(await stage.stateOf(long.id)).toBe("expired");
  });

  it("ends only after a pause that keeps it from being closed", async () => {
    const { deploy } = stage.groups;
    const kept = await stage.approved({ minutes: 10 });
    await stage.pass(1);
    await stage.applyText(withoutDeploy("observe"));
    const until = new Date(stage.aws.clock() + 20 * 60_000).toISOString();
    const is = {
      by: "bob",
      reason: "freeze",
      at: new Date(stage.aws.clock()).toISOString(),
      until,
    };
    await stage.aws.pauses.start({ kind: "pause", is, toldAt: stage.aws.clock() });
    await stage.pass(12);
    expect([await stage.stateOf(kept.id), (await stage.rules(deploy)).includes(RULE)]).toEqual([
      "active",
      true,
    ]);
    await stage.pass(10);
    expect([await stage.stateOf(kept.id), (await stage.rules(deploy)).includes(RULE)]).toEqual([
      "expired",
      false,
    ]);
  });
});
