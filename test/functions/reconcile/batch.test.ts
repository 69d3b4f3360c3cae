// How each message of a batch ends: done, put back for later, rejected or failed.
import { setTimeout as wait } from "node:timers/promises";
import { CreateSecurityGroupCommand, ModifyManagedPrefixListCommand } from "@aws-sdk/client-ec2";
import { beforeAll, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { activate } from "../../../functions/reconcile/activate.ts";
import { eachAtOnce, type Message, runBatch } from "../../../functions/reconcile/batch.ts";
import type { KeyName } from "../../../local/identities.ts";
import { seedVpc } from "../../../local/seed.ts";
import { parseMatrix } from "../../../matrix/file/parse.ts";
import { open } from "../../support/deployed.ts";
import { type LogLine, logInto } from "../../support/logged.ts";
import { ownPieces } from "../../support/pieces.ts";
import { type Planted, plantGroup } from "../../support/planted.ts";

const pieces = ownPieces();
let caught: string[] = [];
beforeAll(async () => {
  pieces.account.bus.deliver({
    drop(envelope) {
      caught.push(JSON.stringify(envelope));
      return true;
    },
  });
});

const OPEN = "ingress tcp 23 from 0.0.0.0/0";
const PERMITTED = "ingress tcp 22 from 10.0.0.0/9";
let places = 0;

/** A group under a matrix that permits one rule; what is put back is noted, and comes no more. */
async function governed(planted: readonly Planted[] = []) {
  places += 1;
  const name = `batch-${places}`;
  const id = plantGroup(pieces, planted, { name });
  const own = pieces.fresh();
  const text = `matrix: test
mode: enforce
groups: { web: { name: ${name} } }
flows: [{ from: 10.0.0.0/9, to: web, ports: tcp 22, need: allowed }]`;
  await activate(own, parseMatrix([{ name: "t.yaml", text }]), { by: "test", note: "" });
  const again: { attempt: number; delay: number }[] = [];
  const lines: LogLine[] = [];
  const aws: AwsAccount = {
    ...own,
    log: logInto(lines) as AwsAccount["log"],
    queue: {
      ...own.queue,
      async again(_, attempt, delay) {
        again.push({ attempt, delay });
      },
    },
  };
  const kinds = async () => (await aws.findings.forGroup(id)).map(({ kind }) => kind).toSorted();
  return { aws, id, again, lines, kinds, left: () => pieces.rules(id) };
}

/** The bodies of the events that a task makes. */
async function events(task: () => Promise<unknown>): Promise<string[]> {
  caught = [];
  await task();
  return [...caught];
}
const opened = (id: string, rule: string, by: KeyName = "tester") =>
  events(() => open(pieces.as(by), id, [rule]));
const messages = (bodies: readonly string[], attempt = 0): Message[] =>
  bodies.map((body, index) => ({ id: `m-${index + 1}`, body, attempt }));
const fail = (action: string, code: string, times = 1) =>
  pieces.account.faults.failNext("ec2", action, code, times);

/** The same event, of another time. */
function timed(body: string, eventTime: string): string {
  const { detail, ...envelope } = JSON.parse(body);
  return JSON.stringify({ ...envelope, detail: { ...detail, eventTime } });
}
const atOf = (body: string): number => Date.parse(JSON.parse(body).detail.eventTime);

describe("the messages of a batch", () => {
  it("are done where what they tell of is closed, and the log says what was done", async () => {
    const { aws, id, again, lines, left } = await governed();
    const bodies = [...(await opened(id, OPEN)), ...(await opened(id, "ingress tcp 24 from ::/0"))];
    expect(await runBatch(aws, messages(bodies))).toEqual([]);
    expect([await left(), again]).toEqual([[], []]);
    const details = bodies.map(body => JSON.parse(body).detail);
    const found = await aws.findings.forGroup(id);
    const [line, ...more] = lines.filter(({ message }) => message === "reconciled");
    expect(more).toEqual([]);
    expect(line).toMatchObject({
      level: "info",
      fields: {
        ...{ groupId: id, outcome: "acted", eventIds: details.map(({ eventID }) => eventID) },
        requestIds: details.map(({ requestID }) => requestID),
        actors: Array(2).fill("arn:aws:iam::111122223333:user/tester"),
        findings: expect.arrayContaining(found.map(one => `${one.id} closed ${one.rule}`)),
        Reverts: 2,
      },
    });
  });

  it("of several groups are a reconcile each", async () => {
    const { aws, id, lines } = await governed();
    const { id: other } = await governed();
    const bodies = [...(await opened(id, PERMITTED)), ...(await opened(other, PERMITTED))];
    expect(await runBatch(aws, messages(bodies))).toEqual([]);
    const groups = lines.flatMap(({ fields }) => (fields.outcome ? [fields.groupId] : []));
    expect(groups.toSorted()).toEqual([id, other].toSorted());
  });

  it.each([
    ["by its name", "autoscaling.amazonaws.com", expect.stringContaining("autoscaling")],
    ["as nobody", undefined, undefined],
  ])("name in the log who has no ARN %s", async (_, invokedBy, actor) => {
    const { aws, id, lines } = await governed();
    const [body = ""] = await opened(id, PERMITTED);
    const { detail, ...envelope } = JSON.parse(body);
    const userIdentity = invokedBy && { type: "AWSService", invokedBy };
    const event = JSON.stringify({ ...envelope, detail: { ...detail, userIdentity } });
    expect(await runBatch(aws, messages([event]))).toEqual([]);
    expect(lines.at(-1)?.fields.actors).toEqual([actor]);
  });

  it("fail with what fails, and no other does", async () => {
    const { aws, id, again, lines, left } = await governed();
    const { id: other } = await governed();
    const bodies = [...(await opened(other, OPEN)), ...(await opened(id, OPEN))];
    const groups: AwsAccount["groups"] = {
      ...aws.groups,
      async read(one) {
        if (one === other) throw new Error("it was cut");
        return aws.groups.read(one);
      },
    };
    expect(await runBatch({ ...aws, groups }, messages(bodies))).toEqual(["m-1"]);
    expect([await left(), again]).toEqual([[], []]);
    const [line] = lines.filter(({ level }) => level === "error");
    expect(line?.fields).toMatchObject({ Failures: 1, stage: aws.config.stage });
    expect(line?.fields.error).toContain("it was cut");
  });

  it("that cannot be read are rejected", async () => {
    const { aws, again } = await governed();
    const rejected: string[] = [];
    const queue: AwsAccount["queue"] = {
      ...aws.queue,
      async reject(body) {
        rejected.push(body);
      },
    };
    expect(await runBatch({ ...aws, queue }, messages(["no"]))).toEqual([]);
    expect([rejected, again, await aws.lastEvent.read()]).toEqual([["no"], [], undefined]);
  });
});

describe("a message whose call is throttled", () => {
  it("comes again a little later, and is no failure", async () => {
    const { aws, id, again } = await governed();
    const bodies = await opened(id, OPEN);
    fail("DescribeSecurityGroups", "RequestLimitExceeded");
    expect(await runBatch(aws, messages(bodies, 2))).toEqual([]);
    expect(again).toEqual([{ attempt: 2, delay: 20 }]);
  });

  it("comes again also where that call was to close something", async () => {
    const { aws, id, again } = await governed();
    const bodies = await opened(id, OPEN);
    fail("RevokeSecurityGroupIngress", "RequestLimitExceeded");
    expect(await runBatch(aws, messages(bodies, 2))).toEqual([]);
    expect(again).toEqual([{ attempt: 2, delay: 20 }]);
  });

  it("fails where it cannot be put back", async () => {
    const { aws, id, lines } = await governed();
    const bodies = await opened(id, OPEN);
    fail("DescribeSecurityGroups", "RequestLimitExceeded");
    const queue: AwsAccount["queue"] = {
      ...aws.queue,
      async again() {
        throw new Error("it was cut");
      },
    };
    expect(await runBatch({ ...aws, queue }, messages(bodies))).toEqual(["m-1"]);
    expect(lines.at(-1)).toMatchObject({ level: "error" });
    expect(lines.at(-1)?.fields.error).toContain("it was cut");
  });
});

describe("a message whose finding another run is telling of", () => {
  it("comes again when that run must be done, and not as another look", async () => {
    const { aws, id, again } = await governed();
    const bodies = await opened(id, OPEN);
    const findings: AwsAccount["findings"] = {
      ...aws.findings,
      async recordAndClaim(...args) {
        return { ...(await aws.findings.recordAndClaim(...args)), isClaimed: false };
      },
    };
    expect(await runBatch({ ...aws, findings }, messages(bodies, 1))).toEqual([]);
    expect(again).toEqual([{ attempt: 1, delay: 45 }]);
  });
});

describe("a message that the reads have not caught up with", () => {
  /** The event of a rule that is not there any more, and of which nothing is kept. */
  async function gone() {
    const own = await governed();
    const bodies = await opened(own.id, OPEN);
    await pieces.take(own.id, OPEN);
    return { ...own, bodies };
  }

  it.each([
    [0, [{ attempt: 1, delay: 5 }], []],
    [1, [{ attempt: 2, delay: 30 }], []],
    [2, [{ attempt: 3, delay: 120 }], []],
    [3, [], ["drift"]],
  ])("is looked at again, %s times so far, and then believed", async (attempt, back, found) => {
    const { aws, bodies, again, kinds } = await gone();
    expect(await runBatch(aws, messages(bodies, attempt))).toEqual([]);
    expect([again, await kinds()]).toEqual([back, found]);
  });

  it("is not believed as long as another one of its group comes again", async () => {
    const { aws, id, bodies, again, kinds } = await gone();
    const [first] = messages(bodies, 3);
    const [second] = messages(await opened(id, PERMITTED), 0);
    await pieces.take(id, PERMITTED);
    await runBatch(
      aws,
      [first, second].flatMap(one => one ?? []),
    );
    expect([again, await kinds()]).toEqual([[{ attempt: 1, delay: 5 }], []]);
  });
});

describe("a message of a prefix list", () => {
  /** The event of a list whose entries are between two versions, as the reads say. */
  async function between() {
    const { account } = pieces;
    const place = { account: account.accountId, region: account.region };
    const entries = [{ cidr: "10.1.0.0/16" }];
    const seed = { name: `list-${places}`, entries, maxEntries: 5 };
    const list = account.ec2.seed.prefixList(place, seed);
    const own = await governed([`ingress tcp 22 from ${list}`]);
    const change = { PrefixListId: list, CurrentVersion: 1, AddEntries: [{ Cidr: "10.2.0.0/16" }] };
    const bodies = await events(() =>
      pieces.as("tester").send(new ModifyManagedPrefixListCommand(change)),
    );
    const lists: AwsAccount["lists"] = {
      ...own.aws.lists,
      async read(ids) {
        const read = await own.aws.lists.read(ids);
        return read.map(one => ({ ...one, state: "modify-in-progress" }));
      },
    };
    return { ...own, aws: { ...own.aws, lists }, bodies };
  }

  it("that is between two versions is looked at again, its groups all the same", async () => {
    const { aws, id, again, lines, bodies } = await between();
    expect(await runBatch(aws, messages(bodies))).toEqual([]);
    expect(again).toEqual([{ attempt: 1, delay: 5 }]);
    expect(lines.map(({ fields }) => fields.groupId)).toContain(id);
  });

  it("fails where nobody can say which groups it is of", async () => {
    const { aws, bodies, again } = await between();
    fail("DescribeSecurityGroups", "InternalError");
    expect(await runBatch(aws, messages(bodies))).toEqual(["m-1"]);
    expect(again).toEqual([]);
  });

  it("is looked at at most three times", async () => {
    const { aws, again, bodies } = await between();
    await runBatch(aws, messages(bodies, 3));
    expect(again).toEqual([]);
  });

  it("is looked at no later because a call is throttled, too", async () => {
    const { aws, again, bodies } = await between();
    fail("DescribeSecurityGroupRules", "RequestLimitExceeded");
    expect(await runBatch(aws, messages(bodies))).toEqual([]);
    expect(again).toEqual([{ attempt: 1, delay: 5 }]);
  });

  it("is not put back where it fails: the queue delivers it again itself", async () => {
    const { aws, again, bodies } = await between();
    fail("DescribeSecurityGroupRules", "InternalError");
    expect(await runBatch(aws, messages(bodies))).toEqual(["m-1"]);
    expect(again).toEqual([]);
  });
});

describe("a call by our own role that no run made", () => {
  it("is told of at once where it did what the policy forbids", async () => {
    const { aws, id, again, lines, kinds } = await governed();
    expect(await runBatch(aws, messages(await opened(id, OPEN, "portward")))).toEqual([]);
    expect([again, await kinds()]).toEqual([[], ["drift", "impostor"]]);
    const [impostor] = (await aws.findings.forGroup(id)).filter(({ kind }) => kind === "impostor");
    expect(impostor).toHaveProperty("publishedAt");
    expect(lines.filter(({ level }) => level === "error")).toMatchObject([
      { fields: { eventId: impostor?.trigger.id, groupId: id } },
    ]);
  });

  it.each([
    [0, [{ attempt: 1, delay: 5 }], []],
    [1, [{ attempt: 2, delay: 30 }], []],
    [2, [{ attempt: 3, delay: 120 }], []],
    [3, [{ attempt: 4, delay: 900 }], []],
    [4, [], ["impostor"]],
  ])(
    "may be of a run that died, %s times so far, and then is not",
    async (attempt, back, found) => {
      const { aws, id, again, kinds } = await governed();
      const bodies = await opened(id, PERMITTED, "portward");
      expect(await runBatch(aws, messages(bodies, attempt))).toEqual([]);
      expect([again, await kinds()]).toEqual([back, found]);
    },
  );

  it("is told of when it comes again, where nobody could be told before", async () => {
    const { aws, id } = await governed();
    const bodies = await opened(id, PERMITTED, "portward");
    pieces.account.faults.failNext("sns", "Publish", "InternalError");
    expect(await runBatch(aws, messages(bodies, 4))).toEqual(["m-1"]);
    pieces.account.clock.advance(31_000);
    expect(await runBatch(aws, messages(bodies, 4))).toEqual([]);
    const [impostor, ...more] = await aws.findings.forGroup(id);
    expect([impostor?.kind, more]).toEqual(["impostor", []]);
    expect(impostor).toHaveProperty("publishedAt");
  });

  it("may be of one although somebody else did what the policy forbids", async () => {
    const { aws, id, again, kinds } = await governed();
    const bodies = [...(await opened(id, PERMITTED, "portward")), ...(await opened(id, OPEN))];
    await runBatch(aws, messages(bodies));
    expect([again, await kinds()]).toEqual([[{ attempt: 1, delay: 5 }], ["drift"]]);
  });

  it("may be of one although something stands that nobody knows the maker of", async () => {
    const { aws, id, again, kinds } = await governed([OPEN]);
    await runBatch(aws, messages(await opened(id, PERMITTED, "portward")));
    expect([again, await kinds()]).toEqual([[{ attempt: 1, delay: 5 }], ["drift"]]);
  });

  it("is told of at once where no run ever makes such a call", async () => {
    const { aws, again } = await governed();
    const group = { GroupName: `made-${places}`, Description: "made", VpcId: seedVpc };
    let id = "";
    const bodies = await events(async () => {
      const made = await pieces.as("portward").send(new CreateSecurityGroupCommand(group));
      id = made.GroupId ?? "";
    });
    await runBatch(aws, messages(bodies));
    const found = await aws.findings.forGroup(id);
    expect([again, found.map(({ kind }) => kind)]).toEqual([[], ["impostor"]]);
  });
});

describe("when the last event was heard of", () => {
  it("is noted: the latest of the batch, and when that was", async () => {
    const { aws, id } = await governed();
    const [body = ""] = await opened(id, PERMITTED);
    const bodies = ["2026-11-21T12:00:00Z", "2026-11-21T12:00:09Z", "2026-11-21T12:00:05Z"].map(
      time => timed(body, time),
    );
    await runBatch({ ...aws, clock: () => 5_000 }, messages(bodies));
    expect(await aws.lastEvent.read()).toEqual({
      ...{ at: Date.parse("2026-11-21T12:00:09Z"), heardAt: 5_000 },
    });
  });

  it("is noted once a minute", async () => {
    const { aws, id } = await governed();
    const [body = ""] = await opened(id, PERMITTED);
    const first = atOf(body);
    const heard = async (now: number, time: number) => {
      const later = timed(body, new Date(time).toISOString().replace(/\.\d+/, ""));
      await runBatch({ ...aws, clock: () => now }, messages([later]));
      return (await aws.lastEvent.read())?.at;
    };
    expect(await heard(100_000, first)).toBe(first);
    expect(await heard(159_999, first + 1_000)).toBe(first);
    expect(await heard(160_000, first + 2_000)).toBe(first + 2_000);
  });

  it("is noted before the batch ends", async () => {
    const { aws, id } = await governed();
    let isNoted = false;
    const lastEvent: AwsAccount["lastEvent"] = {
      ...aws.lastEvent,
      async note() {
        await wait(200);
        isNoted = true;
      },
    };
    await runBatch({ ...aws, lastEvent }, messages(await opened(id, PERMITTED)));
    expect(isNoted).toBe(true);
  });

  it("costs no message where it cannot be noted", async () => {
    const { aws, id, lines, again } = await governed();
    const lastEvent: AwsAccount["lastEvent"] = {
      ...aws.lastEvent,
      async note() {
        throw new Error("it was cut");
      },
    };
    const bodies = await opened(id, OPEN);
    expect(await runBatch({ ...aws, lastEvent }, messages(bodies))).toEqual([]);
    expect(again).toEqual([]);
    expect(lines.filter(({ level }) => level === "warn")).toMatchObject([
      { fields: { error: expect.stringContaining("it was cut") } },
    ]);
  });

  it("is not noted where nothing was heard of", async () => {
    const { aws, lines } = await governed();
    await runBatch(aws, []);
    expect([await aws.lastEvent.read(), lines]).toEqual([undefined, []]);
  });
});

describe("a task for each of some items", () => {
  it.each([
    [2, 5, 2],
    [4, 3, 3],
    [4, 0, 0],
  ])("is done by at most %s at once: of %s items %s", async (count, items, most) => {
    const done: number[] = [];
    let running = 0;
    let peak = 0;
    const all = Array.from({ length: items }, (_, index) => index);
    await eachAtOnce(count, all, async item => {
      running += 1;
      peak = Math.max(peak, running);
      await wait(1);
      running -= 1;
      done.push(item);
    });
    expect([done.toSorted((a, b) => a - b), peak, running]).toEqual([all, most, 0]);
  });

  it("throws where one does", async () => {
    const task = eachAtOnce(2, [1, 2], async item => {
      if (item === 2) throw new Error("it was cut");
    });
    await expect(task).rejects.toThrow("it was cut");
  });
});
