// How findings are told: at once in one alert, as a fight, or later; and what is kept of it.
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { tell } from "../../../functions/reconcile/tell.ts";
import { canaryRule } from "../../../functions/wiring/canary.ts";
import type { Finding } from "../../../matrix/finding.ts";
import { actor, findingOf, without } from "../../support/findings.ts";
import { logged } from "../../support/logged.ts";
import { ownPieces } from "../../support/pieces.ts";
import { toldSince } from "../../support/told-since.ts";

const MINUTE = 60_000;
/** Ten seconds into a minute, before the hour of the daily digest. */
const NOW = Date.parse("2026-11-21T07:30:10.000Z");
const MINUTE_END = Date.parse("2026-11-21T07:31:00.000Z");
const DAILY = Date.parse("2026-11-21T08:00:00.000Z");
const GROUP = findingOf().group.id;

const pieces = ownPieces();
const { mark, messages, subjects, words, machines, calls } = toldSince(() => pieces.account);

/** Portward at a time, with nothing stored or told. */
function fresh(): AwsAccount {
  mark();
  return at(pieces.fresh(), NOW);
}
const at = (aws: AwsAccount, now: number): AwsAccount => ({ ...aws, clock: () => now });

/** A finding that was recorded and that nobody was told of. */
const recorded = (aws: AwsAccount, given: Partial<Finding> = {}): Promise<Finding> => {
  const finding = findingOf(given);
  return aws.findings.record(finding, Date.parse(finding.seenAt));
};
const port = (n: number) => `ingress tcp ${n} from 0.0.0.0/0`;

/** What is kept of the alerts about the group, without the findings. */
const kept = async (aws: AwsAccount) =>
  (await aws.alerts.ofGroup(GROUP)).map(({ how, at: time, due, isTold }) => ({
    ...{ how, at: time, due, isTold },
  }));
const published = async (aws: AwsAccount, { id }: Finding) =>
  (await aws.findings.get(id))?.publishedAt;
const iso = (time: number) => new Date(time).toISOString();
const ONCE = { how: "once", at: NOW, due: undefined, isTold: true };

/** Lets so many alerts of the minute be counted. */
async function counted(aws: AwsAccount, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await aws.alerts.count(NOW);
}

describe("a finding", () => {
  it("is told at once, kept as told and marked as published", async () => {
    const aws = fresh();
    const finding = await recorded(aws);
    await tell(aws, [finding]);
    expect(subjects()).toEqual([expect.stringMatching(/^CLOSED ingress tcp 22 /)]);
    expect(machines()).toHaveLength(1);
    expect(await kept(aws)).toEqual([ONCE]);
    expect(await published(aws, finding)).toBe(iso(NOW));
  });
  it("is one alert with the others of its run", async () => {
    const aws = fresh();
    await tell(aws, [await recorded(aws), await recorded(aws, { rule: port(80) })]);
    expect(subjects()).toEqual([expect.stringMatching(/^CLOSED 2 rules/)]);
    expect(await kept(aws)).toEqual([ONCE, ONCE]);
  });
  it("is told once though two runs left it", async () => {
    const aws = fresh();
    const finding = await recorded(aws);
    await tell(aws, [finding, finding]);
    expect(subjects()).toEqual([expect.stringMatching(/^CLOSED ingress tcp 22 /)]);
  });
  it("that there is none of is told to nobody", async () => {
    const aws = fresh();
    await tell(aws, []);
    expect(messages()).toEqual([]);
    expect(calls("dynamodb")).toEqual([]);
  });
});

describe("a finding whose end was told before its mark was set", () => {
  it("is marked, and not told again", async () => {
    const aws = fresh();
    const finding = await recorded(aws);
    await aws.alerts.keep(finding, { how: "once", at: NOW - 20 * MINUTE });
    await tell(aws, [finding]);
    expect(messages()).toEqual([]);
    expect(machines()).toEqual([]);
    expect(await published(aws, finding)).toBe(iso(NOW));
  });
  it("keeps no other of its run from being told", async () => {
    const aws = fresh();
    const finding = await recorded(aws);
    await aws.alerts.keep(finding, { how: "once", at: NOW - 20 * MINUTE });
    await tell(aws, [finding, await recorded(aws, { rule: port(80) })]);
    expect(subjects()).toEqual([expect.stringMatching(/^CLOSED ingress tcp 80 /)]);
  });
  it("is told again when it came to another end since", async () => {
    const aws = fresh();
    const finding = await recorded(aws);
    await aws.alerts.keep(
      { ...finding, outcome: "could-not-close" },
      { how: "once", at: NOW - 20 * MINUTE },
    );
    await tell(aws, [finding]);
    expect(words()).toEqual(["CLOSED"]);
  });
  it("is told again when it breaks a forbid since", async () => {
    const aws = fresh();
    const exposure = await recorded(aws, { kind: "exposure", outcome: "reported" });
    await aws.alerts.keep(exposure, { how: "once", at: NOW - 16 * MINUTE });
    await tell(aws, [{ ...exposure, breaks: ["nobody reaches it"] }]);
    expect(words()).toEqual(["EXPOSED"]);
  });
});

describe("a finding of a rule that an alert was about lately", () => {
  it("waits until that alert is a quarter of an hour old, and machines hear of it", async () => {
    const aws = fresh();
    await tell(at(aws, NOW - MINUTE), [await recorded(aws)]);
    mark();
    const again = await recorded(aws, { ruleId: "sgr-0a000000000000002" });
    await tell(aws, [again]);
    expect(messages()).toEqual([]);
    expect(await published(aws, again)).toBe(iso(NOW));
    expect(machines()).toHaveLength(1);
    const due = NOW + 14 * MINUTE;
    expect(await kept(aws)).toContainEqual({ how: "again", at: NOW, due, isTold: false });
  });
  it("is told at once when it is another rule", async () => {
    const aws = fresh();
    await tell(at(aws, NOW - MINUTE), [await recorded(aws)]);
    mark();
    await tell(aws, [await recorded(aws, { rule: port(80) })]);
    expect(words()).toEqual(["CLOSED"]);
  });
  it("is told at once when it is of another kind", async () => {
    const aws = fresh();
    await tell(at(aws, NOW - MINUTE), [await recorded(aws)]);
    mark();
    await tell(aws, [await recorded(aws, { kind: "missing", outcome: "restored" })]);
    expect(words()).toEqual(["RESTORED"]);
  });
});

/** A finding of the rule that somebody makes again and again, for the n-th time. */
async function fought(aws: AwsAccount, n: number, by = actor): Promise<Finding> {
  const time = Date.parse("2026-11-21T07:20:00.000Z") + n * MINUTE;
  const ruleId = `sgr-0a00000000000000${n}`;
  return recorded(aws, { ruleId, actor: by, seenAt: iso(time), closedAt: iso(time + 1_000) });
}

describe("a rule that one actor makes for the third time", () => {
  it("is told of as a fight with him, and kept as one", async () => {
    const aws = fresh();
    await tell(at(aws, NOW - 2 * MINUTE), [await fought(aws, 1)]);
    await tell(at(aws, NOW - MINUTE), [await fought(aws, 2)]);
    mark();
    const third = await fought(aws, 3);
    await tell(aws, [third]);
    expect(subjects()).toEqual([expect.stringMatching(/^CLOSED 3 times, FIGHT with bob/)]);
    expect(messages()[0]?.message).toContain("3 times within 15 min by bob");
    expect(machines()).toMatchObject([{ about: "fight" }]);
    expect((await kept(aws)).map(({ how }) => how).toSorted()).toEqual(["again", "fight", "once"]);
    expect(await published(aws, third)).toBe(iso(NOW));
  });
  it("is told of after what is new", async () => {
    const aws = fresh();
    await tell(at(aws, NOW - 2 * MINUTE), [await fought(aws, 1)]);
    await tell(at(aws, NOW - MINUTE), [await fought(aws, 2)]);
    mark();
    await tell(aws, [await fought(aws, 3), await recorded(aws, { rule: port(80) })]);
    expect(subjects()).toEqual([
      expect.stringMatching(/^CLOSED ingress tcp 80 /),
      expect.stringMatching(/^CLOSED 3 times, FIGHT with bob/),
    ]);
    expect(calls("ec2")).toEqual(["DescribeNetworkInterfaces"]);
  });
  it("waits with the others of its minute when these are too many", async () => {
    const aws = fresh();
    await tell(at(aws, NOW - 2 * MINUTE), [await fought(aws, 1)]);
    await tell(at(aws, NOW - MINUTE), [await fought(aws, 2)]);
    await counted(aws, 20);
    mark();
    await tell(aws, [await fought(aws, 3)]);
    expect(messages()).toEqual([]);
    expect((await kept(aws)).map(({ how }) => how)).toContain("flood");
  });
});

describe("the alerts of one minute", () => {
  it("are told at once up to the twentieth", async () => {
    const aws = fresh();
    await counted(aws, 19);
    await tell(aws, [await recorded(aws)]);
    expect(words()).toEqual(["CLOSED"]);
  });
  it("wait for its end beyond that, and machines hear of them at once", async () => {
    const aws = fresh();
    await counted(aws, 20);
    const finding = await recorded(aws);
    await tell(aws, [finding]);
    expect(messages()).toEqual([]);
    expect(machines()).toHaveLength(1);
    expect(await kept(aws)).toEqual([{ how: "flood", at: NOW, due: MINUTE_END, isTold: false }]);
    expect(await published(aws, finding)).toBe(iso(NOW));
  });
  it("never keep what could not be closed, nor what it is told with", async () => {
    const aws = fresh();
    await counted(aws, 20);
    const open = await recorded(aws, { outcome: "could-not-close" });
    await tell(aws, [await recorded(aws, { rule: port(80) }), open]);
    expect(words()).toEqual(["COULD NOT CLOSE"]);
    expect(await kept(aws)).toEqual([ONCE, ONCE]);
    expect(await aws.alerts.count(NOW)).toBe(21);
  });
});

describe("drift that stands in a group that is only observed", () => {
  const stands = { mode: "observe", outcome: "left-open" } as const;
  it("is told of in the daily digest where no event made it known", async () => {
    const aws = fresh();
    const trigger = { kind: "audit", id: "a-1" };
    const finding = without(await recorded(aws, { ...stands, trigger }), "closedAt");
    await tell(aws, [finding]);
    expect(messages()).toEqual([]);
    expect(machines()).toHaveLength(1);
    expect(await kept(aws)).toEqual([{ how: "standing", at: NOW, due: DAILY, isTold: false }]);
    expect(await published(aws, finding)).toBe(iso(NOW));
  });
  it("is told of at once where an event did, and then every day", async () => {
    const aws = fresh();
    await tell(aws, [await recorded(aws, stands)]);
    expect(words()).toEqual(["LEFT OPEN"]);
    expect(await kept(aws)).toHaveLength(2);
    expect(await kept(aws)).toEqual(
      expect.arrayContaining([ONCE, { how: "standing", at: NOW, due: DAILY, isTold: false }]),
    );
  });
});

describe("what a rule reached", () => {
  const reached = () =>
    messages().map(({ message }) => /^ *Reached +(.+)$/m.exec(message)?.[1]?.split(":")[0]);
  it("is read once for an alert", async () => {
    const aws = fresh();
    await tell(aws, [await recorded(aws)]);
    expect(reached()).toEqual(["nothing"]);
    expect(calls("ec2")).toEqual(["DescribeNetworkInterfaces"]);
  });
  it("is read of the group that it is about", async () => {
    const aws = fresh();
    const id = pieces.groups.deploy;
    await tell(aws, [await recorded(aws, { group: { id, name: "funai-deploy" } })]);
    expect(reached()).toEqual([expect.stringMatching(/^1 interface/)]);
  });
  it("is not known where it cannot be read, which the log tells of", async () => {
    const { deps, lines } = logged(fresh());
    pieces.account.faults.failNext("ec2", "DescribeNetworkInterfaces", "InternalError");
    await tell(deps, [await recorded(deps)]);
    expect(reached()).toEqual(["not known"]);
    expect(lines.map(({ level, fields }) => [level, fields.groupId])).toEqual([["warn", GROUP]]);
    expect(lines[0]?.fields.error).toMatch(/^InternalError/);
  });
  it("is not read for exposures, which are made of it", async () => {
    const aws = fresh();
    await tell(aws, [await recorded(aws, { kind: "exposure", outcome: "reported" })]);
    expect(words()).toEqual(["EXPOSED"]);
    expect(calls("ec2")).toEqual([]);
  });
  it("is read where another finding is told with one", async () => {
    const aws = fresh();
    const exposure = await recorded(aws, { kind: "exposure", outcome: "reported" });
    await tell(aws, [exposure, await recorded(aws)]);
    expect(calls("ec2")).toEqual(["DescribeNetworkInterfaces"]);
  });
});

describe("what the canary did", () => {
  it("is no news, and no other alert is looked for", async () => {
    const aws = fresh();
    const roleArn = actor.roleArn ?? "";
    const config = { ...aws.config, canary: { groupId: GROUP, roleArn } };
    const song = await recorded(aws, { rule: canaryRule });
    mark();
    await tell({ ...aws, config }, [song]);
    expect(messages()).toEqual([]);
    expect(machines()).toHaveLength(1);
    expect(calls("dynamodb")).not.toContain("Query");
    expect(await kept(aws)).toEqual([]);
  });
  it("is told where something is reached, which is read once", async () => {
    const aws = fresh();
    const groupId = pieces.groups.deploy;
    const config = { ...aws.config, canary: { groupId, roleArn: actor.roleArn ?? "" } };
    const group = { id: groupId, name: "funai-deploy" };
    await tell({ ...aws, config }, [await recorded(aws, { rule: canaryRule, group })]);
    expect(words()).toEqual(["CLOSED"]);
    expect(calls("ec2")).toEqual(["DescribeNetworkInterfaces"]);
  });
});
