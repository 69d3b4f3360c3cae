// Which moments of an exception's window are on the schedule, after which of its steps.
import { describe, expect, it } from "vitest";
import { reschedule } from "../../../functions/reconcile/scheduling.ts";
import { approved, asked, MINUTE, withdrawn } from "../../support/exception-pieces.ts";
import { logged } from "../../support/logged.ts";
import { ownPieces } from "../../support/pieces.ts";

const pieces = ownPieces();

/** The schedules of an exception: what each calls for, and when. */
const scheduled = (id: string) =>
  pieces.account.schedules
    .list()
    .filter(({ name }) => name.startsWith(id))
    .map(({ name, expression, target }) => [
      name.slice(id.length + 1),
      expression,
      JSON.parse(target.input ?? "") as unknown,
    ])
    .toSorted();

const at = (ms: number) => `at(${new Date(ms).toISOString().slice(0, 19)})`;

describe("an exception that is approved", () => {
  it("has its start, its reminder and its end on the schedule", async () => {
    const aws = pieces.fresh();
    const kept = await approved(aws, { start: aws.clock() + 10 * MINUTE });
    await reschedule(aws, kept);
    expect(scheduled(kept.id)).toEqual([
      ["end", at(kept.end), { exception: kept.id, step: "end" }],
      ["remind", at(kept.end - 15 * MINUTE), { exception: kept.id, step: "remind" }],
      ["start", at(kept.start), { exception: kept.id, step: "start" }],
    ]);
  });
  it("starts so soon that the scheduler can still take it", async () => {
    const aws = pieces.fresh();
    const kept = await approved(aws);
    await reschedule(aws, kept);
    const start = scheduled(kept.id).find(([step]) => step === "start");
    expect(start?.[1]).toBe(at(aws.clock() + 2_000));
  });
  it("has the other moments where one could not be scheduled, which the log tells of", async () => {
    const { deps, lines } = logged(pieces.fresh());
    const kept = await approved(deps, { start: deps.clock() + 10 * MINUTE });
    pieces.account.faults.failNext("scheduler", "CreateSchedule", "InternalServerException");
    await reschedule(deps, kept);
    expect(scheduled(kept.id)).toHaveLength(2);
    expect(lines.map(({ level, fields }) => [level, fields.id])).toEqual([["warn", kept.id]]);
    expect(lines[0]?.fields.error).toMatch(/^InternalServerException/);
  });
});

describe("an exception that is withdrawn", () => {
  it("is on the schedule no more", async () => {
    const aws = pieces.fresh();
    const kept = await approved(aws, { start: aws.clock() + 10 * MINUTE });
    await reschedule(aws, kept);
    await reschedule(aws, await withdrawn(aws, kept));
    expect(scheduled(kept.id)).toEqual([]);
  });
  it("stays on it with a moment that could not be taken off, which the log tells of", async () => {
    const { deps, lines } = logged(pieces.fresh());
    const kept = await approved(deps, { start: deps.clock() + 10 * MINUTE });
    await reschedule(deps, kept);
    pieces.account.faults.failNext("scheduler", "DeleteSchedule", "InternalServerException");
    await reschedule(deps, await withdrawn(deps, kept));
    expect(scheduled(kept.id)).toHaveLength(1);
    expect(lines.map(({ level, fields }) => [level, fields.id])).toEqual([["warn", kept.id]]);
  });
});

describe("an exception in any other state", () => {
  it("is not put on the schedule", async () => {
    const aws = pieces.fresh();
    const kept = await asked(aws);
    await reschedule(aws, kept);
    expect(scheduled(kept.id)).toEqual([]);
  });
  it("stays on it", async () => {
    const aws = pieces.fresh();
    const kept = await approved(aws, { start: aws.clock() + 10 * MINUTE });
    await reschedule(aws, kept);
    await reschedule(aws, { ...kept, state: "active" });
    expect(scheduled(kept.id)).toHaveLength(3);
  });
});
