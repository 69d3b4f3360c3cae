// A storm: ten thousand events about five hundred groups through the real handler, in batches of 10 and
// of 100, five at once as deployed, our own calls' events behind them. In the end every group is right.
import { formatRule } from "../../matrix/rules/rule.ts";
import { remediate } from "../../functions/remediate.ts";
import { expectOutcome, type Measured, type Row, type Scale } from "../harness/figure.ts";
import { batchOf } from "../harness/sqs-event.ts";
import { textTable, times, whole } from "../harness/table.ts";
import { openStorm, type StormAccount, type StormSize } from "./account.ts";

const FULL: StormSize = { groups: 500, events: 10_000 };
const QUICK: StormSize = { groups: 20, events: 400 };
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
      ...[one.writes, one.tableCalls, one.alerts, Math.round(one.seconds)],
    ].map(whole),
  );
  return { rows: outcomes.map(one => rowOf(one, size)), notes: [textTable(HEAD, lines), NOTE] };
}

const HEAD = [
  ...["batch", "batches", "own events", "groups in batches", "reads", "EC2 read calls"],
  ...["EC2 writes", "DynamoDB calls", "alerts", "seconds"],
];
const NOTE = [
  "A read is a group and its rules, two calls at once. Groups in batches: summed over the batches, how",
  "many different groups one had; a batch window holds 2 reads of each at most. Every group came out",
  "with exactly what it had before and the openings that the matrix permits.",
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
    account.calls.clear();
    const toldBefore = account.inbox.messages().length;
    const started = performance.now();
    const { batches, groupsInBatches } = await deliver(storm, batchSize);
    await settle(storm);
    const seconds = (performance.now() - started) / 1_000;
    const calls = account.calls.list().filter(({ caller }) => caller.includes("portward"));
    const count = (service: string, action: RegExp) =>
      calls.filter(call => call.service === service && action.test(call.action)).length;
    await expectRight(storm);
    return {
      ...{ batchSize, batches, groupsInBatches, seconds },
      ownEvents: storm.delivered() - size.events,
      reads: count("ec2", /^DescribeSecurityGroups$/),
      ec2Reads: count("ec2", /^(?:Describe|Get)/),
      writes: count("ec2", /^(?!Describe|Get)/),
      tableCalls: count("dynamodb", /./),
      alerts: account.inbox.messages().length - toldBefore,
    };
  } finally {
    await storm.stop();
  }
}
