// What each step of a history does: changes by people, and Portward's own runs under the step's trouble.
import type { AwsAccount } from "../../functions/aws/account.ts";
import { ATTEMPT } from "../../functions/aws/retry-queue.ts";
import type { WindowCall } from "../../functions/aws/schedules.ts";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import { type Message, runBatch } from "../../functions/reconcile/batch.ts";
import { actOnException, askException } from "../../functions/reconcile/exceptions.ts";
import { resume, startPause } from "../../functions/reconcile/pauses.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { sweep } from "../../functions/reconcile/sweep.ts";
import { passWindow } from "../../functions/reconcile/windows.ts";
import { accessKeyOf, callerOf } from "../../local/identities.ts";
import { identityOf } from "../../matrix/exceptions/person.ts";
import { apply, rollback } from "./applies.ts";
import type { Both, Change, Step, Trouble } from "./draw.ts";
import { edit, fill, open, PEOPLE, rulesOf, take } from "./live.ts";
import {
  count,
  exceptionsOf,
  type History,
  makerKey,
  nameOf,
  type Running,
  tried,
} from "./running.ts";
import { LIST_ENTRIES } from "./scene.ts";
import { QUEUE } from "./world.ts";

/** Does what a step says. */
export async function doStep(running: Running, step: Step): Promise<void> {
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
      return apply(running, step.matrix);
    case "rollback":
      return rollback(running);
    case "ask":
      await askException(calm, wishOf(running, step), identity(running, "tester"));
      return;
    case "approve":
    case "withdraw": {
      const all = await exceptionsOf(running);
      const kept = all[step.which % Math.max(all.length, 1)];
      const by = identity(running, step.do === "approve" ? "alice" : "tester");
      if (!kept) return;
      return tried(async () => {
        const { kind } = await actOnException(world.first, kept.id, step.do, by);
        count(world, `${step.do} ${kind}`);
      });
    }
    case "pause":
    case "hold": {
      const group = at(scene.groups, step.group);
      const { do: kind, minutes } = step;
      const until = clock.now() + minutes * 60_000;
      await startPause(calm, { kind, group, minutes, reason: "chaos", by: "bob" });
      // A newer one takes the place of the one before.
      const others = running.pauses.filter(one => one.kind !== kind || one.group !== group);
      running.pauses = [...others, { kind, group, until }];
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
    case "both":
      return both(running, step);
    case "ring":
      return ring(running, step);
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
  const { world, scene, rules, makers } = running;
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
  if (step.do === "take") {
    take(account, step.who, group, old);
    return;
  }
  const text = at(rules, step.to);
  edit(account, step.who, group, old.ruleId, text);
  if (text !== old.text) return;
  // Nothing changes, and yet his record gives the rule this content.
  const { arn } = callerOf(accessKeyOf(at(PEOPLE, step.who)), account.accountId, account.region);
  const key = makerKey(old);
  makers.set(key, [...(makers.get(key) ?? []), nameOf(arn)]);
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

async function both(running: Running, step: Both): Promise<void> {
  const { world, scene } = running;
  const { second, calm } = world;
  const messages = receive(running, step.most);
  const { account, region } = calm.config;
  const id = `sweep-${calm.newId()}`;
  const trigger = { kind: "sweep" as const, id, account, region, changes: [] };
  const [failed] = await Promise.all([
    runBatch(world.first, messages),
    step.second === "same"
      ? runBatch(second, messages)
      : tried(() => reconcile(second, at(scene.groups, step.group), [trigger])),
  ]);
  settle(running, messages, failed);
}

/** Lets schedules call: those whose time has come, and perhaps those that wait. */
async function ring({ world }: Running, step: Extract<Step, { do: "ring" }>): Promise<void> {
  const due = world.calledSchedules();
  const waiting = world.account.schedules
    .list()
    .map(({ target }) => JSON.parse(target.input ?? ""));
  const calls: WindowCall[] = [
    ...Array.from({ length: step.copies }, () => due).flat(),
    ...(step.early ? waiting : []),
  ];
  for (const { exception } of calls) {
    count(world, "schedule called");
    await tried(() => passWindow(world.first, exception));
  }
}

type Received = Message & { readonly receipt: string };

function receive({ world }: Running, most: number): Received[] {
  return world.account.queues
    .receive(QUEUE, Math.min(most, 10))
    .map(({ id, body, attributes, receipt = "" }) => {
      return { id, body, receipt, attempt: Number(attributes[ATTEMPT]?.StringValue ?? 0) };
    });
}

async function deliver(running: Running, aws: AwsAccount, most: number): Promise<void> {
  const messages = receive(running, most);
  if (messages.length > 0) settle(running, messages, await runBatch(aws, messages));
}

// Of a process that died the queue hears nothing: its messages come again.
function settle(
  { world }: Running,
  messages: readonly Received[],
  failed: readonly string[],
): void {
  if (world.troubles.isDead()) return;
  for (const { id, receipt } of messages) {
    if (!failed.includes(id)) world.account.queues.remove(QUEUE, receipt);
  }
}

/** Delivers whatever is due. */
export async function deliverAll(running: Running): Promise<void> {
  const { account, calm } = running.world;
  while (account.queues.count(QUEUE).visible > 0) await deliver(running, calm, 10);
}
