// One history, played: its steps one after another, then everything that time brings once nothing
// goes wrong any more.
import { setImmediate as turn } from "node:timers/promises";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import { sweep } from "../../functions/reconcile/sweep.ts";
import { deliverAll, doStep } from "./acts.ts";
import { activateFirst } from "./applies.ts";
import { randomOf, type Step } from "./draw.ts";
import { rulesOf } from "./live.ts";
import { hear, isQuiet, momentOf, noteVersion, OWN_POST, type Running } from "./running.ts";
import { matrixOf, plant, ruleTexts } from "./scene.ts";
import { NOTHING, type World } from "./world.ts";

/** Begins a history on an account: plants its groups and puts its first matrix into force. */
export async function begin(world: World, seed: number): Promise<Running> {
  const { account, clock } = world;
  world.enter(seed);
  const scene = plant(account, seed);
  const running: Running = {
    ...{ world, scene, startedAt: clock.now(), played: [], makers: new Map() },
    ...{ inbox: account.inbox.messages().length, rules: ruleTexts(scene), writes: [] },
    ...{ post: OWN_POST, version: 0, matrix: matrixOf(scene, seed), listPins: {} },
    ...{ known: rulesOf(account, scene.groups), pauses: [], lag: 0 },
    ...{ seed, exceptions: [], versions: new Map() },
    moment: () => momentOf(running),
  };
  world.listen(envelope => hear(running, envelope));
  for (let n = 0; running.version === 0 && n < 20; n += 1) await activateFirst(running, seed + n);
  if (running.version === 0) throw new Error("no matrix of the pool compiles");
  running.writes = [];
  return running;
}

/** Plays a step. */
export async function play(running: Running, step: Step): Promise<void> {
  await during(running, step, () => doStep(running, step));
}

async function during(
  running: Running,
  step: Step | "calm",
  task: () => Promise<void>,
): Promise<void> {
  const { world } = running;
  running.writes = [];
  const from = world.clock.now();
  const inbox = world.account.inbox.messages().length;
  const pauses = running.pauses.filter(({ until }) => until > from);
  const before = await running.moment();
  const hasLagged = running.lag > 0;
  // What nothing disturbs and nobody shares has one order anyway.
  if (step !== "calm") world.pace(randomOf(running.seed ^ (running.played.length + 1)));
  await task();
  await turn();
  world.pace(() => 0);
  const { troubles } = world;
  const excuse = hasLagged
    ? "reads lag"
    : troubles.hasMeanwhile()
      ? "somebody else acted meanwhile"
      : troubles.hasFailedToOpen()
        ? "an opening failed, and holds a closing back for 5 s at most"
        : undefined;
  const isDisturbed = hasLagged || troubles.isDisturbed();
  world.troubles.begin(NOTHING);
  await noteVersion(running);
  const after = await running.moment();
  const until = world.clock.now();
  running.played.push({
    ...{ step, writes: running.writes, moments: [before, after], excuse },
    ...{ hasLagged, isDisturbed },
    inbox: [inbox, world.account.inbox.messages().length],
    isStopped: (kind, group) =>
      pauses.some(one => one.kind === kind && one.group === group && one.until > until),
  });
}

/** Lets everything come to rest: every message delivered, every minute swept, and one audit. */
export async function calmDown(running: Running): Promise<void> {
  const { account, clock, calm } = running.world;
  running.lag = 0;
  account.ec2.lagReads(0);
  running.world.troubles.begin(NOTHING);
  // Reads must have caught up with what was done under the lag.
  clock.advance(60_000);
  await during(running, "calm", async () => {
    for (const seconds of [5, 40, 130, 400, 400, 400, 400, 400]) {
      await deliverAll(running);
      clock.advance(seconds * 1_000);
      if (isQuiet(running)) break;
    }
    await sweep(calm);
    await auditNow(calm, { by: "chaos" });
    for (const seconds of [10, 40, 130, 1_000]) {
      await deliverAll(running);
      if (isQuiet(running)) break;
      clock.advance(seconds * 1_000);
    }
    await deliverAll(running);
  });
}

/** Lets exceptions, pauses and whatever waits to be told be over. */
export async function passTime(running: Running): Promise<void> {
  const { clock, calm } = running.world;
  await during(running, "calm", async () => {
    for (const minutes of [20, 24 * 60, 2]) {
      clock.advance(minutes * 60_000);
      await sweep(calm);
      await deliverAll(running);
    }
  });
}
