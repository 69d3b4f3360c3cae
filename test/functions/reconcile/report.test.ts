// Which findings a run tells people of: those that nobody else is telling of, each once.
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { report, tellUnpublished } from "../../../functions/reconcile/report.ts";
import type { Finding } from "../../../matrix/finding.ts";
import { findingOf, without } from "../../support/findings.ts";
import { ownPieces } from "../../support/pieces.ts";
import { toldSince } from "../../support/told-since.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse("2026-11-21T12:05:00.000Z");

const pieces = ownPieces();
const { mark, messages, words, calls } = toldSince(() => pieces.account);

const at = (aws: AwsAccount, now: number): AwsAccount => ({ ...aws, clock: () => now });
function fresh(): AwsAccount {
  mark();
  return at(pieces.fresh(), NOW);
}

const iso = (time: number) => new Date(time).toISOString();
/** The finding of a rule that was seen and closed at a time. */
const seenAt = (time: number, given: Partial<Finding> = {}): Finding =>
  findingOf({ seenAt: iso(time), closedAt: iso(time), ...given });
const finding = seenAt(NOW - 1_000);
const run = { id: "run-1", readAt: NOW - 1_000 };
const port = (n: number) => `ingress tcp ${n} from 0.0.0.0/0`;
const record = (aws: AwsAccount, one: Finding) => aws.findings.record(one, Date.parse(one.seenAt));
const publishedOf = async (aws: AwsAccount) =>
  (await aws.findings.forGroup(finding.group.id)).map(({ publishedAt }) => publishedAt);

describe("a run", () => {
  it("that found nothing records nothing and tells nobody", async () => {
    const aws = fresh();
    expect(await report(aws, [], run)).toEqual({ findings: [], isPending: false });
    expect(calls("dynamodb")).toEqual([]);
  });
  it("records what it found and tells of it in one alert", async () => {
    const aws = fresh();
    const { findings, isPending } = await report(
      aws,
      [finding, seenAt(NOW - 1_000, { rule: port(80) })],
      run,
    );
    expect(findings.map(({ rule, occurrence }) => [rule, occurrence])).toEqual([
      [finding.rule, 1],
      [port(80), 1],
    ]);
    expect(isPending).toBe(false);
    expect(words()).toHaveLength(1);
    expect(await publishedOf(aws)).toEqual([iso(NOW), iso(NOW)]);
  });
  it("says nothing of what people were told of", async () => {
    const aws = fresh();
    await report(aws, [finding], run);
    mark();
    const { findings, isPending } = await report(aws, [finding], { ...run, id: "run-2" });
    expect(findings).toHaveLength(1);
    expect(isPending).toBe(false);
    expect(messages()).toEqual([]);
  });
  it("waits for another run that is about to tell of it", async () => {
    const aws = fresh();
    await aws.findings.recordAndClaim(finding, run.readAt, { by: "run-2", now: NOW });
    const { findings, isPending } = await report(aws, [finding], run);
    expect(findings).toHaveLength(1);
    expect(isPending).toBe(true);
    expect(messages()).toEqual([]);
  });
  it("tells of the others of its findings meanwhile", async () => {
    const aws = fresh();
    await aws.findings.recordAndClaim(finding, run.readAt, { by: "run-2", now: NOW });
    const other = seenAt(NOW - 1_000, { rule: port(80) });
    const { isPending } = await report(aws, [finding, other], run);
    expect(isPending).toBe(true);
    expect(words()).toEqual(["CLOSED"]);
    expect(messages()[0]?.message).not.toContain(finding.rule);
  });
  it("tells of what it took on itself, however often it is called", async () => {
    const aws = fresh();
    await aws.findings.recordAndClaim(finding, run.readAt, { by: run.id, now: NOW });
    expect((await report(aws, [finding], run)).isPending).toBe(false);
    expect(words()).toEqual(["CLOSED"]);
  });
  it("holds what it is about to tell of for half a minute from now on", async () => {
    const aws = fresh();
    let kept = false;
    const publish = async () => {
      const [found] = await aws.findings.forGroup(finding.group.id);
      if (!found) throw new Error("it is not recorded");
      const claim = (now: number) => aws.findings.claim(found, { by: "run-2", now });
      kept = !(await claim(NOW + 29_999)) && (await claim(NOW + 30_000));
    };
    await report({ ...aws, publish }, [finding], run);
    expect(kept).toBe(true);
  });
  it("takes drift that was closed before it read the group for another one when it is back", async () => {
    const aws = fresh();
    await record(aws, seenAt(NOW - MINUTE));
    const trigger = { kind: "event", id: "e-2" };
    const { findings } = await report(aws, [seenAt(NOW - 1_000, { trigger })], run);
    expect(findings.map(({ occurrence }) => occurrence)).toEqual([2]);
  });
  it("takes what an interrupted run saw for what it was then", async () => {
    const aws = fresh();
    await record(aws, seenAt(NOW - MINUTE));
    const trigger = { kind: "event", id: "e-2" };
    const { findings } = await report(aws, [seenAt(NOW - 2 * MINUTE, { trigger })], run);
    expect(findings.map(({ occurrence }) => occurrence)).toEqual([1]);
  });
});

describe("a finding that a dead run told nobody of", () => {
  it("is told of when it was over for more than a minute", async () => {
    const aws = fresh();
    await record(aws, seenAt(NOW - MINUTE));
    await tellUnpublished(aws);
    expect(messages()).toEqual([]);
    await tellUnpublished(at(aws, NOW + 1));
    expect(words()).toEqual(["CLOSED"]);
    expect(await publishedOf(aws)).toEqual([iso(NOW + 1)]);
  });
  it("is told of by its end, not by when it was first seen", async () => {
    const aws = fresh();
    await record(aws, seenAt(NOW - HOUR, { closedAt: iso(NOW - MINUTE) }));
    await tellUnpublished(aws);
    expect(messages()).toEqual([]);
  });
  it("is told of by when it was seen where it stands", async () => {
    const aws = fresh();
    await record(
      aws,
      without(seenAt(NOW - 2 * MINUTE, { outcome: "could-not-close" }), "closedAt"),
    );
    await tellUnpublished(aws);
    expect(words()).toEqual(["COULD NOT CLOSE"]);
  });
  it("is no news after a day", async () => {
    const aws = fresh();
    await record(aws, seenAt(NOW - 24 * HOUR - 1));
    await tellUnpublished(aws);
    expect(messages()).toEqual([]);
    await record(aws, seenAt(NOW - 24 * HOUR, { rule: port(80) }));
    await tellUnpublished(aws);
    expect(words()).toEqual(["CLOSED"]);
  });
  it("is one alert with the others of its group", async () => {
    const aws = fresh();
    const old = NOW - HOUR;
    const group = { ...finding.group, id: "sg-0b0000000000000001" };
    for (const one of [{}, { rule: port(80) }, { group }]) await record(aws, seenAt(old, one));
    await tellUnpublished(aws);
    expect(words()).toHaveLength(2);
    const groups = messages().map(({ attributes }) => attributes.group?.value);
    expect(groups.toSorted()).toEqual([finding.group.id, group.id]);
    await tellUnpublished(aws);
    expect(words()).toHaveLength(2);
  });
  it("is left to whoever is telling of it", async () => {
    const aws = fresh();
    const old = seenAt(NOW - HOUR);
    await aws.findings.recordAndClaim(old, NOW - HOUR, { by: "run-2", now: NOW });
    await record(aws, seenAt(NOW - HOUR, { rule: port(80) }));
    await tellUnpublished(aws);
    expect(words()).toEqual(["CLOSED"]);
    expect(messages()[0]?.message).not.toContain(finding.rule);
  });
  it("is left alone where others tell of all of them", async () => {
    const aws = fresh();
    await aws.findings.recordAndClaim(seenAt(NOW - HOUR), NOW - HOUR, { by: "run-2", now: NOW });
    mark();
    await tellUnpublished(aws);
    expect(messages()).toEqual([]);
    expect(calls("dynamodb")).not.toContain("PutItem");
  });
});
