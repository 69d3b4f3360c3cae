// From the invocation of the real handler to the answer of the call that closes the hole, over the bare
// script: same reads, one revoke, same SDK, same endpoint, 10 ms injected into every call. Both take
// turns on one account in another process, so the account's own CPU is nobody's.

import { Logger } from "@aws-lambda-powertools/logger";
import { AuthorizeSecurityGroupIngressCommand, EC2Client } from "@aws-sdk/client-ec2";
import { connect } from "../../functions/aws/account.ts";
import { remediate } from "../../functions/remediate.ts";
import { accessKeyOf, type KeyName, secretOf } from "../../local/identities.ts";
import { type AccountChild, startAccountChild } from "../harness/account-child.ts";
import { expectOutcome, type Measured, type Scale } from "../harness/figure.ts";
import { studioInEnforce } from "../harness/matrices.ts";
import { inTurns, median, ratiosOf, runsOf, spreadOf, type Turn } from "../harness/sample.ts";
import { batchOf } from "../harness/sqs-event.ts";
import { millis, times } from "../harness/table.ts";
import { bareScript } from "./bare-script.ts";

const TARGET = 1.2;
const DELAY_MS = 10;
const RUNS = 5;

/** Measures from event to closed, warm. */
export async function measure(scale: Scale): Promise<Measured> {
  const child = await startAccountChild(studioInEnforce());
  try {
    const stage = stageOf(child);
    await sameReads(child, stage);
    await child.delay(DELAY_MS);
    const turns = scale === "full" ? RUNS * 40 : RUNS;
    const pairs = await inTurns(stage, { turns, warmUp: scale === "full" ? 20 : 2 });
    return resultOf(runsOf(pairs, RUNS), pairs, stage.cpu, scale);
  } finally {
    await child.stop();
  }
}

function resultOf(
  runs: readonly Turn[],
  pairs: readonly Turn[],
  cpu: { ours: number[]; reference: number[] },
  scale: Scale,
): Measured {
  const ratios = ratiosOf(runs);
  const measured = median(ratios);
  const oursCpu = cpu.ours.slice(-pairs.length);
  const bareCpu = cpu.reference.slice(-pairs.length);
  const verdict = measured <= TARGET ? "pass" : "short";
  return {
    rows: [
      {
        figure: "event to closed, warm, 10 ms a call, over a bare script with the same reads",
        target: `<= ${times(TARGET)}`,
        measured: times(measured),
        spread: spreadOf(ratios, times),
        verdict: scale === "full" ? verdict : "-",
      },
      {
        figure: "our CPU per event, finding and alert included (bare script beside it)",
        target: "-",
        measured: `${millis(median(oursCpu))} (${millis(median(bareCpu))})`,
        spread: spreadOf(oursCpu, millis),
        verdict: "-",
      },
    ],
    notes: [
      `medians of ${pairs.length} events in ${RUNS} runs: closed after ` +
        `${millis(median(pairs.map(({ ours }) => ours)))}, the bare script after ` +
        `${millis(median(pairs.map(({ reference }) => reference)))}`,
    ],
  };
}

const access = ({ url, config }: AccountChild, name: KeyName) => {
  const accessKeyId = accessKeyOf(name);
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  return { endpoint: url, region: config.region, credentials };
};

function stageOf(child: AccountChild) {
  const tester = new EC2Client(access(child, "tester"));
  const bare = bareScript(child.config, access(child, "portward"));
  const GroupId = child.groups.deploy;
  const cpu = { ours: [] as number[], reference: [] as number[] };
  let closedAt = 0;
  const aws = timed(child, () => {
    closedAt = performance.now();
  });
  const handle = remediate(() => aws);
  let port = 10_000;

  async function opening() {
    port += 1;
    const range = { IpProtocol: "tcp", FromPort: port, ToPort: port };
    const permission = { ...range, IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
    const input = { GroupId, IpPermissions: [permission] };
    await tester.send(new AuthorizeSecurityGroupIngressCommand(input));
    return { permission, bodies: await child.events() };
  }

  return {
    cpu,
    async ours(): Promise<number> {
      const { bodies } = await opening();
      const event = batchOf(bodies);
      closedAt = 0;
      const [startedAt, used] = [performance.now(), process.cpuUsage()];
      const { batchItemFailures } = await handle(event);
      cpu.ours.push(cpuSince(used));
      expectOutcome(batchItemFailures.length === 0 && closedAt > 0, "the event was not finished");
      await child.events();
      return closedAt - startedAt;
    },
    async reference(): Promise<number> {
      const { permission } = await opening();
      const [startedAt, used] = [performance.now(), process.cpuUsage()];
      await bare(GroupId, permission);
      cpu.reference.push(cpuSince(used));
      const took = performance.now() - startedAt;
      await child.events();
      return took;
    },
  };
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function timed(child: AccountChild, onClosed: () => void) {
  const aws = connect(child.config, {
    ...access(child, "portward"),
    log: new Logger({ serviceName: "portward", logLevel: "SILENT" }),
  });
  const { groups } = aws;
  const revoke: typeof groups.revoke = async (...call) => {
    const answer = await groups.revoke(...call);
    onClosed();
    return answer;
  };
  return { ...aws, groups: { ...groups, revoke } };
}

// A bare script with fewer reads would be a floor for something else.
async function sameReads(child: AccountChild, stage: ReturnType<typeof stageOf>): Promise<void> {
  const untilRevoke = async (probe: () => Promise<number>) => {
    await child.calls();
    await probe();
    const calls = (await child.calls()).filter(action => !action.startsWith("Authorize"));
    return calls
      .slice(
        0,
        calls.findIndex(action => action.startsWith("Revoke")),
      )
      .toSorted();
  };
  // The matrix is read once by a process.
  await stage.ours();
  const ours = await untilRevoke(stage.ours);
  const reference = await untilRevoke(stage.reference);
  // The intent is stored in the same tick as the revoke: it may come first, and holds nothing back.
  const reads = ours.filter(action => action !== "PutItem");
  expectOutcome(reads.join() === reference.join(), `the reads are ${ours} and ${reference}`);
}
