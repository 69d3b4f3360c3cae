// Somebody asks for an exception, or does something to one: what is asked is checked against the
// matrix in force, decided by matrix/exceptions/exception-life.ts, and written only if nothing moved meanwhile.
// Nothing is opened or closed here: schedules and the sweep see to it (windows.ts).
import type { Exception } from "../../matrix/exception.ts";
import {
  type Ask,
  askRefusal,
  type LifeAction,
  type Refused,
  refused,
  takeStep,
} from "../../matrix/exceptions/exception-life.ts";
import { groupsOfFlow, scopeRefusal } from "../../matrix/exceptions/exception-scope.ts";
import { narrowForm } from "../../matrix/exceptions/narrow.ts";
import { type Identity, identityOfActor, personKey } from "../../matrix/exceptions/person.ts";
import type { Finding } from "../../matrix/finding.ts";
import { askHashOf, type KeptException } from "../aws/stores/exception-item.ts";
import type { Deps } from "./deps.ts";
import { type Law, lawNow } from "./law.ts";
import { reschedule } from "./scheduling.ts";
import { tellStep } from "./telling.ts";

/** What somebody wants, and for how long; without `start` it is from now on. */
export interface Wish {
  readonly what: Pick<Exception, "flow" | "rule">;
  /** The group of a rule; a flow names its groups itself. */
  readonly group?: string;
  readonly start?: number;
  readonly minutes: number;
  readonly reason: string;
  readonly open: boolean;
  readonly breakGlass?: boolean;
}

/** What became of it. */
export type Answer = { readonly kind: "done"; readonly exception: KeptException } | Refused;

type Needs = Pick<
  Deps,
  | ("config" | "clock" | "newId" | "log" | "policy" | "groups" | "findings")
  | ("exceptions" | "schedules" | "publish" | "approvals")
>;

const MINUTE = 60_000;
/** Whoever loses a race this often is not racing: something is wrong. */
const ATTEMPTS = 20;

/** Asks for an exception. */
export async function askException(deps: Needs, wish: Wish, by: Identity): Promise<Answer> {
  const law = await lawNow(deps);
  if ("kind" in law) return law;
  const { what, group } = wish;
  const named = group === undefined ? [] : [group];
  const groups = what.flow ? groupsOfFlow(what.flow, law.policy).map(({ id }) => id) : named;
  return ask(deps, law, { ask: askOf(wish, groups, deps.clock()), by });
}

/** What somebody wants of what a finding says was closed: all of it, or its narrow form. */
export interface UndoWish extends Omit<Wish, "what" | "group"> {
  readonly isNarrow?: boolean;
  /** Nobody is told yet: an answer follows at once, and is told instead. */
  readonly isQuiet?: boolean;
}

/** Asks for what a finding says was closed, on behalf of whoever has need of it. */
export async function askUndo(
  deps: Needs,
  findingId: string,
  { isNarrow, isQuiet = false, ...wish }: UndoWish,
  by: Identity,
): Promise<Answer> {
  const finding = await deps.findings.get(findingId);
  if (!finding) return refused("finding-unknown", `there is no finding ${findingId}`);
  if (finding.kind !== "drift") {
    return refused("not-undone", "only a rule that was closed or narrowed can be asked for again");
  }
  const law = await lawNow(deps);
  if ("kind" in law) return law;
  const rule = isNarrow ? narrowForm(finding) : finding.rule;
  if (rule === undefined) {
    return refused("not-narrow", "it cannot be narrowed to one address that its maker called from");
  }
  const whole = { ...wish, what: { rule } };
  const asking = { ask: askOf(whole, [finding.group.id], deps.clock()), by, finding };
  return ask(deps, law, { ...asking, isQuiet });
}

/** Asks for more time: a new exception that begins where the old one ends. */
export async function askLonger(
  deps: Needs,
  id: string,
  { minutes, reason }: Pick<Wish, "minutes" | "reason">,
  by: Identity,
): Promise<Answer> {
  const [law, old] = await Promise.all([lawNow(deps), deps.exceptions.get(id)]);
  if ("kind" in law) return law;
  if (!old) return unknown(id);
  if (old.state !== "approved" && old.state !== "active") {
    return refused("state", `it is ${old.state}: only what was approved can be extended`);
  }
  const { groups, open, flow, rule, end } = old;
  const window = { start: end, end: end + minutes * MINUTE };
  const what = { ...(flow && { flow }), ...(rule === undefined ? {} : { rule }) };
  return ask(deps, law, { ask: { ...what, groups, open, reason, ...window }, by, old });
}

/** Does something to an exception: approves, rejects or withdraws it. */
export async function actOnException(
  deps: Needs,
  id: string,
  action: Exclude<LifeAction, "start" | "end">,
  by: Identity,
  { note, hash }: { note?: string; hash?: string } = {},
): Promise<Answer> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [law, kept] = await Promise.all([lawNow(deps), deps.exceptions.get(id)]);
    if ("kind" in law) return law;
    if (!kept) return unknown(id);
    const { directory } = law;
    const actualHash = askHashOf(kept);
    const bound = { hash: hash ?? kept.askHash, actualHash };
    const now = deps.clock();
    const taken = takeStep(kept, { action, by, now, directory, ...bound });
    if (taken.kind === "refused") return taken;
    const barred = action === "approve" ? await scopeOf(deps, law, kept) : undefined;
    if (barred) return barred;
    const step = { to: taken.to, action, by, personKey: personKey(by, directory) };
    const moved = await deps.exceptions.move(kept, {
      ...step,
      ...(note === undefined ? {} : { note }),
    });
    if (moved) return done(deps, moved);
  }
  throw new Error(`the exception ${id} changed ${ATTEMPTS} times while it was looked at`);
}

function askOf(wish: Wish, groups: readonly string[], now: number): Ask {
  const start = wish.start ?? Math.floor(now / MINUTE) * MINUTE;
  const { what, open, reason, minutes, breakGlass } = wish;
  const window = { start, end: start + minutes * MINUTE };
  return { ...what, groups, open, reason, ...window, ...(breakGlass && { breakGlass }) };
}

interface Asking {
  readonly ask: Ask;
  readonly by: Identity;
  readonly finding?: Finding;
  readonly old?: KeptException;
  readonly isQuiet?: boolean;
}

async function ask(
  deps: Needs,
  law: Law,
  { ask, by, finding, old, isQuiet }: Asking,
): Promise<Answer> {
  const { policy, directory } = law;
  const terms = policy.document.exceptions;
  const why =
    askRefusal(ask, by, { now: deps.clock(), terms, directory }) ?? (await scopeOf(deps, law, ask));
  if (why) return why;
  // An extension undoes the same finding, so its maker cannot approve that either.
  const actor = finding?.actor ? identityOfActor(finding.actor) : old?.actor;
  const about = finding?.id ?? old?.finding;
  const made = await deps.exceptions.create({
    ...{ ask, requester: by, personKey: personKey(by, directory) },
    perRequester: terms.perRequester,
    ...(about === undefined ? {} : { finding: about }),
    ...(actor === undefined ? {} : { actor }),
    ...(old === undefined ? {} : { extends: old.id }),
  });
  if ("kind" in made) return made;
  return isQuiet ? { kind: "done", exception: made } : done(deps, made);
}

/** What follows from a step; it is taken, so nothing of this may fail it. */
async function done(deps: Needs, exception: KeptException): Promise<Answer> {
  await Promise.all([reschedule(deps, exception), tellStep(deps, exception)]);
  return { kind: "done", exception };
}

async function scopeOf(
  { groups }: Needs,
  { policy }: Law,
  asked: Pick<Exception, "open" | "flow" | "rule" | "groups">,
): Promise<Refused | undefined> {
  const reads = await Promise.all(asked.groups.map(id => groups.read(id)));
  const gone = asked.groups.find((_, index) => reads[index] === undefined);
  if (gone !== undefined) return refused("group-unknown", `there is no security group ${gone}`);
  return scopeRefusal(
    asked,
    policy,
    reads.flatMap(read => read?.group ?? []),
  );
}

const unknown = (id: string): Refused => refused("unknown", `there is no exception ${id}`);
