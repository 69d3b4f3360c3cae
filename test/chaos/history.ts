// One history, played: its steps one after another, with what was written and by whom kept for the
// checks, then everything that time brings once nothing goes wrong any more.
import { setImmediate as turn } from "node:timers/promises";
import type { AwsAccount } from "../../functions/aws/account.ts";
import { ATTEMPT } from "../../functions/aws/retry-queue.ts";
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import { runBatch } from "../../functions/reconcile/batch.ts";
import { actOnException, askException } from "../../functions/reconcile/exceptions.ts";
import { applyMatrix } from "../../functions/reconcile/matrix-apply.ts";
import { resume, startPause } from "../../functions/reconcile/pauses.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { sweep } from "../../functions/reconcile/sweep.ts";
import type { Envelope } from "../../local/bus.ts";
import { accessKeyOf, callerOf, ownRole } from "../../local/identities.ts";
import { withLocalPeople } from "../../local/people.ts";
import { InputError } from "../../matrix/errors.ts";
import { identityOf } from "../../matrix/exceptions/person.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { forgetSchedules } from "../support/exception-stage.ts";
import type { MatrixText } from "../support/oracle/case.ts";
import type { Change, Post, Step, Trouble } from "./draw.ts";
import { edit, fill, type LiveText, listOf, open, rulesOf, take } from "./live.ts";
import { LIST_ENTRIES, matrixOf, plant, ruleTexts, type Scene } from "./scene.ts";
import type { Moment } from "./truth.ts";
import { QUEUE, type World } from "./world.ts";

/** A change of one group, as EC2 carried it out. */
export interface Write {
  readonly at: number;
  readonly group: string;
  readonly isOurs: boolean;
  readonly before: readonly LiveText[];
  readonly after: readonly LiveText[];
}

/** One step as it went: what was written in it, under which policies. */
export interface Played {
  readonly step: Step | "calm";
  readonly writes: readonly Write[];
  /** The policy before and after it. */
  readonly moments: readonly Moment[];
  /** Whether a pause, or a hold, of a group went on through the whole step. */
  readonly isStopped: (kind: "pause" | "hold", group: string) => boolean;
  /** Why a cut in this step says nothing against the code; see docs: races, and openings that failed. */
  readonly excuse: string | undefined;
}

export interface History {
  readonly world: World;
  readonly scene: Scene;
  readonly startedAt: number;
  readonly played: Played[];
  /** Who gave the rule of an id its content. */
  readonly makers: Map<string, string>;
  /** The messages in the inbox when it began. */
  readonly inbox: number;
  moment(): Promise<Moment>;
}

interface Running extends History {
  readonly rules: string[];
  writes: Write[];
  post: Post;
  version: number;
  matrix: MatrixText;
  listPins: Moment["listPins"];
  known: Map<string, LiveText[]>;
  pauses: { kind: "pause" | "hold"; group: string; until: number }[];
  lag: number;
  /** The matrix of an apply of which it is not known yet whether it came so far. */
  applying?: { text: MatrixText; entries: readonly string[] } | undefined;
}

/** The key of a rule's content in `makers`. */
export const makerKey = ({ ruleId, text }: LiveText): string => `${ruleId} ${text}`;

const NOTHING: Trouble = { faults: [] };
const OWN_POST: Post = { copies: 1, late: 0 };

/** Begins a history on an account: plants its groups and applies its first matrix undisturbed. */
export async function begin(world: World, seed: number, serial: number): Promise<Running> {
  const { account, clock } = world;
  account.ec2.restore(world.blank);
  account.queues.purge(QUEUE);
  world.troubles.begin(NOTHING);
  account.ec2.lagReads(0);
  // Long after whatever another history left.
  clock.advance(8 * 24 * 3_600_000);
  const scene = plant(account, seed, serial);
  const running: Running = {
    ...{ world, scene, startedAt: clock.now(), played: [], makers: new Map() },
    ...{ inbox: account.inbox.messages().length, rules: ruleTexts(scene), writes: [] },
    ...{ post: OWN_POST, version: 0, matrix: matrixOf(scene, seed), listPins: {} },
    ...{ known: rulesOf(account, scene.groups), pauses: [], lag: 0 },
    moment: () => momentOf(running),
  };
  world.listen(envelope => hear(running, envelope));
  await apply(running, world.calm, seed);
  for (let n = 1; running.version === 0 && n < 20; n += 1)
    await apply(running, world.calm, seed + n);
  if (running.version === 0) throw new Error("no matrix of the pool compiles");
  account.queues.purge(QUEUE);
  running.writes = [];
  return running;
}

function hear(running: Running, envelope: Envelope): void {
  const { world, scene, makers } = running;
  const { account, clock } = world;
  const detail = envelope.detail as {
    userIdentity?: { arn?: string };
    errorCode?: string;
    eventSource?: string;
  };
  if (envelope.source !== "aws.ec2" || detail.errorCode !== undefined) return;
  const arn = detail.userIdentity?.arn ?? "";
  const isOurs = arn.includes(ownRole);
  const now = rulesOf(account, scene.groups);
  for (const group of scene.groups) {
    const [before, after] = [running.known.get(group) ?? [], now.get(group) ?? []];
    if (JSON.stringify(before) === JSON.stringify(after)) continue;
    running.writes.push({ at: clock.now(), group, isOurs, before, after });
    for (const live of after) {
      const isNew = !before.some(old => old.ruleId === live.ruleId && old.text === live.text);
      if (isNew) makers.set(makerKey(live), isOurs ? ownRole : (arn.split("/").at(-1) ?? ""));
    }
  }
  running.known = now;
  const { copies, late } = isOurs ? OWN_POST : running.post;
  for (let copy = 0; copy < copies; copy += 1) {
    account.queues.send(QUEUE, JSON.stringify(envelope), { delayMs: late * 1_000 });
  }
}

async function momentOf(running: Running): Promise<Moment> {
  const { world, scene, startedAt } = running;
  const now = world.clock.now();
  const kept = await exceptionsOf(running);
  const isActive = ({ state, start, end }: KeptException) =>
    (state === "approved" || state === "active") && start <= now && now < end && end > startedAt;
  return {
    ...{ matrix: running.matrix, listPins: running.listPins },
    entries: listOf(world.account, scene.listId).entries,
    exceptions: kept
      .filter(isActive)
      .flatMap(({ rule, groups, open: isOpen }) =>
        rule === undefined ? [] : groups.map(group => ({ ask: { rule }, open: isOpen, group })),
      ),
  };
}

/** The exceptions of a history, in the order in which they were asked for. */
export async function exceptionsOf({ world, scene, startedAt }: History): Promise<KeptException[]> {
  const kept = await world.calm.exceptions.list({ since: startedAt });
  return kept
    .filter(({ groups }) => groups.some(group => scene.groups.includes(group)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
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
  const pauses = running.pauses.filter(({ until }) => until > from);
  const before = await running.moment();
  const hasLagged = running.lag > 0;
  await task();
  await turn();
  const { troubles } = world;
  const excuse = hasLagged
    ? "reads lag"
    : troubles.hasMeanwhile()
      ? "somebody else acted meanwhile"
      : troubles.hasFailedToOpen()
        ? "an opening failed, and holds a closing back for 5 s at most"
        : undefined;
  world.troubles.begin(NOTHING);
  await noteVersion(running);
  const after = await running.moment();
  const until = world.clock.now();
  running.played.push({
    ...{ step, writes: running.writes, moments: [before, after], excuse },
    isStopped: (kind, group) =>
      pauses.some(one => one.kind === kind && one.group === group && one.until > until),
  });
}

async function doStep(running: Running, step: Step): Promise<void> {
  const { world, scene } = running;
  const { account, clock, calm } = world;
  if ("trouble" in step) disturb(running, step.trouble);
  switch (step.do) {
    case "open":
    case "take":
    case "edit":
    case "list":
      change(running, step);
      return;
    case "apply":
      return apply(running, world.first, step.matrix);
    case "ask":
      await askException(calm, wishOf(running, step), identity(running, "tester"));
      return;
    case "approve":
    case "withdraw": {
      const all = await exceptionsOf(running);
      const kept = all[step.which % Math.max(all.length, 1)];
      const by = identity(running, step.do === "approve" ? "alice" : "tester");
      if (kept) await tried(() => actOnException(world.first, kept.id, step.do, by));
      forgetSchedules(account);
      return;
    }
    case "pause":
    case "hold": {
      const group = at(scene.groups, step.group);
      const { do: kind, minutes } = step;
      const until = clock.now() + minutes * 60_000;
      await startPause(calm, { kind, group, minutes, reason: "chaos", by: "bob" });
      running.pauses.push({ kind, group, until });
      return;
    }
    case "resume": {
      const group = at(scene.groups, step.group);
      await resume(calm, "bob", group);
      running.pauses = running.pauses.filter(one => one.group !== group);
      return;
    }
    case "deliver":
      return deliver(running, world.first, step.most);
    case "both": {
      const trigger = { kind: "sweep" as const, id: `sweep-${calm.newId()}`, changes: [] };
      const { account: id, region } = calm.config;
      const group = at(scene.groups, step.group);
      await Promise.all([
        deliver(running, world.first, step.most),
        tried(() => reconcile(world.second, group, [{ ...trigger, account: id, region }])),
      ]);
      return;
    }
    case "sweep":
      return tried(() => sweep(world.first));
    case "audit":
      return tried(() => auditNow(world.first, { by: "chaos" }));
    case "later":
      clock.advance(step.seconds * 1_000);
      return;
    case "lag":
      running.lag = step.seconds;
      account.ec2.lagReads(step.seconds * 1_000);
  }
}

function disturb(running: Running, trouble: Trouble): void {
  const { meanwhile } = trouble;
  running.world.troubles.begin(trouble, () => {
    if (meanwhile) change(running, meanwhile.step);
  });
}

function change(running: Running, step: Change): void {
  const { world, scene, rules } = running;
  const { account } = world;
  running.post = step.post;
  if (step.do === "list") {
    fill(account, step.who, scene.listId, at(LIST_ENTRIES, step.entries));
    return;
  }
  const group = at(scene.groups, step.group);
  if (step.do === "open") {
    open(account, step.who, group, at(rules, step.rule));
    return;
  }
  const live = rulesOf(account, [group]).get(group) ?? [];
  const old = live[step.rule % Math.max(live.length, 1)];
  if (!old) return;
  if (step.do === "take") take(account, step.who, group, old);
  else edit(account, step.who, group, old.ruleId, at(rules, step.to));
}

const at = <T>(of: readonly T[], index: number): T => of[index % of.length] as T;

const wishOf = (
  { scene, rules }: Running,
  { group, rule, minutes, open: isOpen }: Extract<Step, { do: "ask" }>,
) => ({
  ...{ what: { rule: at(rules, rule) }, group: at(scene.groups, group) },
  ...{ minutes, reason: "chaos", open: isOpen },
});

function identity({ world }: History, name: "tester" | "alice") {
  const { accountId, region } = world.account;
  return identityOf(callerOf(accessKeyOf(name), accountId, region).arn);
}

// What a process that has died would have thrown nobody hears; nor does the queue of a lost answer.
async function tried(task: () => Promise<unknown>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw error;
  }
}

async function apply(running: Running, aws: AwsAccount, number: number): Promise<void> {
  const { scene, world } = running;
  const text = matrixOf(scene, number);
  running.applying = { text, entries: listOf(world.account, scene.listId).entries };
  try {
    const parsed = parseMatrix([{ name: "chaos.json", text: JSON.stringify(text) }]);
    const document = withLocalPeople(parsed, world.account);
    const wish = { by: "bob", note: "chaos", isFirstMeant: true };
    const answer = await applyMatrix(aws, document, wish);
    if (answer.kind === "refused" && answer.code === "closings") {
      await applyMatrix(aws, document, { ...wish, accept: answer.plan.id });
    }
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    if (error instanceof InputError && aws === world.calm) return;
  }
  if (aws === world.calm) await noteVersion(running);
}

/** Sees which version is in force: a crash leaves it open whether an apply came so far. */
async function noteVersion(running: Running): Promise<void> {
  const { applying, world, scene } = running;
  if (!applying) return;
  const { active } = await world.calm.policy.readPolicy();
  running.applying = undefined;
  if (!active || active.version === running.version) return;
  if (running.version === 0 && active.by !== "bob") return;
  const stored = await world.calm.policy.readMatrix(active);
  const isOurs = Object.values(stored.pins.groups)
    .flat()
    .some(({ id }) => scene.groups.includes(id));
  if (!isOurs) return;
  running.version = active.version;
  running.matrix = applying.text;
  const isNamed = JSON.stringify(applying.text).includes(scene.listId);
  running.listPins = isNamed ? { [scene.listId]: applying.entries } : {};
}

async function deliver(running: Running, aws: AwsAccount, most: number): Promise<void> {
  const { account, troubles } = running.world;
  const messages = account.queues.receive(QUEUE, Math.min(most, 10));
  if (messages.length === 0) return;
  const failed = await runBatch(
    aws,
    messages.map(({ id, body, attributes }) => {
      return { id, body, attempt: Number(attributes[ATTEMPT]?.StringValue ?? 0) };
    }),
  );
  // Of a process that died the queue hears nothing: its messages come again.
  if (troubles.isDead()) return;
  for (const { id, receipt } of messages) {
    if (!failed.includes(id)) account.queues.remove(QUEUE, receipt ?? "");
  }
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
    await sweep(calm);
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

async function deliverAll(running: Running): Promise<void> {
  const { account, calm } = running.world;
  while (account.queues.count(QUEUE).visible > 0) await deliver(running, calm, 10);
}

function isQuiet({ world }: Running): boolean {
  const { visible, inFlight, delayed } = world.account.queues.count(QUEUE);
  return visible + inFlight + delayed === 0;
}
