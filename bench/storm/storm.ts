// A storm: ten thousand events about five hundred groups through the real handler, in batches of 10 and
// of 100, five at once as deployed, our own calls' events behind them. In the end every group is right.

import { remediate } from "../../functions/remediate.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { expectOutcome, type Measured, type Row, type Scale } from "../harness/figure.ts";
import { batchOf } from "../harness/sqs-event.ts";
import { textTable, times, whole } from "../harness/table.ts";
import { openStorm, type StormAccount, type StormSize } from "./account.ts";

const FULL: StormSize = { groups: 500, events: 10_000 };
const QUICK: StormSize = { groups: 10, events: 200 };
const BATCHES = [10, 100];
const AT_ONCE = 5;
const TARGET = 2;

/** Plays the storm with each size of batch. */
export async function measure(scale: Scale): Promise<Measured> {
  const size = scale === "full" ? FULL : QUICK;
  const outcomes: Outcome[] = [];
  for (const batchSize of BATCHES) outcomes.push(await play(size, batchSize));
  const lines = outcomes.map(one =>
    [
      one.batchSize,
      ...[one.batches, one.ownEvents, one.groupsInBatches, one.reads, one.ec2Reads],
      ...[one.writes, one.tableCalls, one.alerts, one.seconds, one.cpuSeconds, one.megabytes],
    ].map(whole),
  );
  return { rows: outcomes.map(one => rowOf(one, size)), notes: [textTable(HEAD, lines), NOTE] };
}

const HEAD = [
  ...["batch", "batches", "own events", "groups in batches", "reads", "EC2 read calls"],
  ...["EC2 writes", "DynamoDB calls", "alerts", "seconds", "CPU seconds", "MB"],
];
const NOTE = [
  "A read is a group and its rules, two calls at once. Groups in batches: summed over the batches, how",
  "many different groups one had; a batch window holds 2 reads of each at most. Every group came out",
  "with exactly what it had before and the openings that the matrix permits. CPU and memory are those of",
  "one process that is the function and the account: EC2, DynamoDB, SNS and SQS.",
].join("\n");

interface Outcome {
  readonly batchSize: number;
  readonly batches: number;
  readonly ownEvents: number;
  readonly groupsInBatches: number;
  readonly reads: number;
  readonly ec2Reads: number;
  readonly writes: number;
  readonly tableCalls: number;
  readonly alerts: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** What the process holds at the end. */
  readonly megabytes: number;
}

function rowOf({ batchSize, reads, groupsInBatches, alerts }: Outcome, size: StormSize): Row {
  const ratio = reads / groupsInBatches;
  const { groups, events } = size;
  return {
    figure: `storm of ${whole(events)} events on ${groups} groups, batches of ${batchSize}: reads over groups in a batch`,
    target: `<= ${times(TARGET)}`,
    measured: times(ratio),
    spread: `${whole(alerts)} alerts`,
    // A count at the wire: no machine is too slow for it.
    verdict: ratio <= TARGET ? "pass" : "short",
  };
}

async function play(size: StormSize, batchSize: number): Promise<Outcome> {
  const storm = await openStorm(size);
  try {
    const { account } = storm;
    const tally = tallyOf(storm);
    const toldBefore = account.inbox.messages().length;
    const started = performance.now();
    const cpuBefore = process.cpuUsage();
    const { batches, groupsInBatches, delivered } = await deliver(storm, batchSize, tally.take);
    await settle(storm);
    const seconds = (performance.now() - started) / 1_000;
    const { user, system } = process.cpuUsage(cpuBefore);
    tally.take();
    await expectRight(storm);
    return {
      ...{ batchSize, batches, groupsInBatches, seconds },
      cpuSeconds: (user + system) / 1e6,
      megabytes: process.memoryUsage.rss() / 2 ** 20,
      ownEvents: delivered - size.events,
      reads: tally.count("ec2", /^DescribeSecurityGroups$/),
      ec2Reads: tally.count("ec2", READ),
      writes: tally.count("ec2", /./) - tally.count("ec2", READ),
      tableCalls: tally.count("dynamodb", /./),
      alerts: account.inbox.messages().length - toldBefore,
    };
  } finally {
    await storm.stop();
  }
}

const READ = /^(?:Describe|Get)/;

// The log of calls forgets the oldest, so it is emptied as the storm goes on.
function tallyOf({ account }: StormAccount) {
  const counts = new Map<string, number>();
  account.calls.clear();
  return {
    take(): void {
      for (const { caller, service, action } of account.calls.list()) {
        const key = `${service} ${action}`;
        if (caller.includes("portward")) counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      account.calls.clear();
    },
    count(service: string, action: RegExp): number {
      const keys = [...counts].filter(([key]) => {
        const [of, name = ""] = key.split(" ");
        return of === service && action.test(name);
      });
      return keys.reduce((sum, [, count]) => sum + count, 0);
    },
  };
}

/** Hands the queue to the handler, so many batches at once, until it is empty. */
async function deliver(storm: StormAccount, batchSize: number, onBatch: () => void) {
  const { queue, deployment } = storm;
  const handle = remediate(() => deployment.aws);
  const sums = { batches: 0, groupsInBatches: 0, delivered: 0 };
  async function work(): Promise<void> {
    for (let bodies = take(); bodies.length > 0; bodies = take()) {
      const event = batchOf(bodies);
      const { batchItemFailures } = await handle(event);
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      queue.push(...event.Records.filter(r => failed.has(r.messageId)).map(({ body }) => body));
      onBatch();
    }
  }
  function take(): string[] {
    const bodies = queue.splice(0, batchSize);
    if (bodies.length === 0) return bodies;
    sums.batches += 1;
    sums.delivered += bodies.length;
    sums.groupsInBatches += new Set(bodies.map(groupOf)).size;
    return bodies;
  }
  // A worker that finds the queue empty may be early: another one's calls are still to come back.
  while (queue.length > 0) await Promise.all(Array.from({ length: AT_ONCE }, work));
  return sums;
}

function groupOf(body: string): string {
  const group = /"groupId":"(sg-[0-9a-f]+)"/.exec(body)?.[1];
  if (!group) throw new Error(`an event names no group: ${body.slice(0, 200)}`);
  return group;
}

/** Lets whatever was put back on the real queue come due, and be worked on. */
async function settle({ account }: StormAccount): Promise<void> {
  for (const seconds of [5, 30, 45, 120, 900]) {
    account.clock.advance(seconds * 1_000);
    await account.idle();
  }
}

async function expectRight({ groupIds, deployment, expected }: StormAccount): Promise<void> {
  for (const groupId of groupIds) {
    const read = await deployment.aws.groups.read(groupId);
    const rules = (read?.group.rules ?? []).map(({ rule }) => formatRule(rule)).toSorted();
    expectOutcome(rules.join() === expected.join(), `${groupId} has ${rules.join(", ")}`);
  }
}
