// What each step of a history does: changes by people, and Portward's own runs under the step's trouble.
import type { AwsAccount } from "../../functions/aws/account.ts";
import { ATTEMPT } from "../../functions/aws/retry-queue.ts";
import { auditNow } from "../../functions/reconcile/audit/job.ts";
import { runBatch } from "../../functions/reconcile/batch.ts";
import { actOnException, askException } from "../../functions/reconcile/exceptions.ts";
import { applyMatrix } from "../../functions/reconcile/matrix-apply.ts";
import { resume, startPause } from "../../functions/reconcile/pauses.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import { sweep } from "../../functions/reconcile/sweep.ts";
import { accessKeyOf, callerOf } from "../../local/identities.ts";
import { withLocalPeople } from "../../local/people.ts";
import { InputError } from "../../matrix/errors.ts";
import { identityOf } from "../../matrix/exceptions/person.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { forgetSchedules } from "../support/exception-stage.ts";
import type { Change, Step, Trouble } from "./draw.ts";
import { edit, fill, listOf, open, rulesOf, take } from "./live.ts";
import { exceptionsOf, type History, noteVersion, type Running } from "./running.ts";
import { LIST_ENTRIES, matrixOf } from "./scene.ts";
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

/** Puts the matrix of a number into force, as somebody who has seen its plan. */
export async function apply(running: Running, aws: AwsAccount, number: number): Promise<void> {
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

/** Delivers whatever is due. */
export async function deliverAll(running: Running): Promise<void> {
  const { account, calm } = running.world;
  while (account.queues.count(QUEUE).visible > 0) await deliver(running, calm, 10);
}
