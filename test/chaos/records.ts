// Holds what is on record of a history, and what was told, to what was done in it: every drift has its
// finding with the right actor or none, everybody was told, once, and nothing is left over.
import { isWhole } from "../../functions/aws/stores/exception-item.ts";
import type { AlertDetail } from "../../matrix/alert/alert.ts";
import { nextDaily } from "../../matrix/alert/collapse.ts";
import type { Finding } from "../../matrix/finding.ts";
import { note, stepText, type Verdict } from "./check.ts";
import { rulesOf } from "./live.ts";
import { exceptionsOf, type History, makerKey, type Played, type Write } from "./running.ts";
import { driftOf, type Moment } from "./truth.ts";
import { QUEUE } from "./world.ts";

/** Checks what is on record and what was told, once everything is over. */
export async function checkRecords(history: History, verdict: Verdict): Promise<void> {
  const { problems, counts } = verdict;
  const { world, scene } = history;
  const moment = await history.moment();
  const live = rulesOf(world.account, scene.groups);
  const told = toldIn(history);
  const untold: Finding[] = [];
  // What was found after the last digest is told by the next.
  const kept = await world.calm.alerts.all();
  const now = world.clock.now();
  const young = new Set(
    kept.filter(({ at }) => nextDaily(at) > now).map(({ finding: { id } }) => id),
  );
  for (const group of scene.groups) {
    const findings = await world.calm.findings.forGroup(group);
    const texts = (live.get(group) ?? []).map(({ text }) => text);
    const drift = driftOf(scene, group, moment, texts);
    // The day's digest has what then is drift of an observed group, and nothing that came to be
    // permitted, held by a wider rule, or gone meanwhile.
    const isQuiet = ({ mode, trigger, rule }: Finding) =>
      mode === "observe" && trigger.kind !== "event" && !drift.includes(rule);
    for (const finding of findings) note(counts, `finding ${finding.outcome}`);
    problems.push(
      ...unrecorded(history, group, findings, moment),
      ...findings.flatMap(one => actorProblem(history, one)),
      ...findings.flatMap(one => bookProblem(one, texts)),
      ...findings.filter(one => !isQuiet(one)).flatMap(publicationProblem),
    );
    const due = findings.filter(one => !isQuiet(one) && one.publishedAt !== undefined);
    untold.push(...due.filter(({ id }) => !told.has(id) && !young.has(id)));
  }
  problems.push(
    ...unheard(history, untold),
    ...toldAgain(told),
    ...(await leftovers(history)),
    ...(await exceptionProblems(history)),
  );
}

const NOT_OURS: readonly Finding["outcome"][] = [
  "gone",
  "left-open",
  "could-not-close",
  "reported",
];

/** What the findings of a group say. */
function bookOf(findings: readonly Finding[]) {
  return {
    has: (text: string, ruleId: string) =>
      findings.some(one => one.rule === text && (one.ruleId ?? ruleId) === ruleId),
    /** What was made anew, or edited, since a run's read it knows by the id, or the text, that it read. */
    hasHalf: (text: string, ruleId: string) =>
      findings.some(one => one.rule === text || one.ruleId === ruleId),
    /** What Portward took off it calls closed, or narrowed, and not gone by itself. */
    saysWho: (text: string, ruleId: string) =>
      findings.some(
        ({ rule, outcome, ...one }) =>
          rule === text && (one.ruleId ?? ruleId) === ruleId && !NOT_OURS.includes(outcome),
      ),
    names: (text: string) =>
      findings.some(
        ({ rule, after, calls, owed }) =>
          rule === text ||
          [...after, ...owed].includes(text) ||
          calls.some(call => call.includes(text)),
      ),
  };
}

type Book = ReturnType<typeof bookOf>;

/** What was written, and stands, without a record of it. */
function unrecorded(
  { played, scene, world }: History,
  group: string,
  findings: readonly Finding[],
  end: Moment,
): string[] {
  const book = bookOf(findings);
  const problems: string[] = [];
  for (const step of played) {
    for (const write of step.writes.filter(one => one.isOurs && one.group === group)) {
      problems.push(...unwritten(scene, step, write, book));
    }
  }
  const standing = rulesOf(world.account, [group]).get(group) ?? [];
  const texts = standing.map(({ text }) => text);
  const drift = driftOf(scene, group, end, texts);
  const open = standing.filter(
    ({ text, ruleId }) => drift.includes(text) && !book.has(text, ruleId),
  );
  return [
    ...problems,
    ...open.map(one => `no finding of "${one.text}" (${one.ruleId}), which stands on ${group}`),
  ];
}

function unwritten(
  scene: History["scene"],
  { moments, isDisturbed, hasLagged }: Played,
  { group, before, after }: Write,
  book: Book,
): string[] {
  const problems: string[] = [];
  const has = (all: Write["before"], { ruleId, text }: Write["before"][number]) =>
    all.some(one => one.ruleId === ruleId && one.text === text);
  const texts = before.map(({ text }) => text);
  const drift = new Set(moments.flatMap(moment => driftOf(scene, group, moment, texts)));
  for (const { text, ruleId } of before.filter(one => !has(after, one) && drift.has(one.text))) {
    if (!book.has(text, ruleId) && !(hasLagged && book.hasHalf(text, ruleId)))
      problems.push(`no finding of "${text}" (${ruleId}), taken off ${group}`);
    else if (!isDisturbed && !book.saysWho(text, ruleId))
      problems.push(`no finding of "${text}" (${ruleId}) says that Portward took it off ${group}`);
  }
  for (const { text } of after.filter(one => !has(before, one))) {
    if (!book.names(text)) problems.push(`no finding names "${text}", written on ${group}`);
  }
  return problems;
}

function actorProblem({ makers }: History, finding: Finding): string[] {
  const { kind, actor, rule, ruleId, group, outcome } = finding;
  if (kind === "impostor") return [`a false alarm on ${group.id}: ${rule}`];
  if (kind !== "drift" || !actor || ruleId === undefined) return [];
  const own = makers.get(makerKey({ ruleId, text: rule })) ?? [actor.name];
  if (own.includes(actor.name)) return [];
  return [`"${rule}" (${outcome}) is laid at ${actor.name}, and ${own.join(", ")} made it`];
}

function bookProblem(
  { kind, outcome, rule, owed, group }: Finding,
  standing: readonly string[],
): string[] {
  const isOpen = outcome === "left-open" || outcome === "could-not-close";
  return [
    ...(kind === "drift" && isOpen && !standing.includes(rule)
      ? [`the finding of "${rule}" on ${group.id} says ${outcome}, and it is gone`]
      : []),
    ...(owed.length > 0 ? [`${owed.join(", ")} is still owed to ${group.id}`] : []),
  ];
}

/** The alerts of one finding: the end each told of, and the step in which it went out. */
type Told = Map<string, { readonly end: string; readonly step: Played | undefined }[]>;

function toldIn({ world, inbox, played }: History): Told {
  const told: Told = new Map();
  for (const [index, detail] of alertsSince(world, inbox).entries()) {
    const step = played.find(({ inbox: [, until] }) => inbox + index < until);
    for (const one of detail.findings ?? []) {
      const { id = "", outcome = "" } = one as { id?: string; outcome?: string };
      // A digest tells every day of what stands, and of what was kept for it.
      const end = detail.about === undefined ? outcome : "";
      told.set(id, [...(told.get(id) ?? []), { end, step }]);
    }
  }
  return told;
}

const alertsSince = ({ account }: History["world"], from: number): Partial<AlertDetail>[] =>
  account.inbox
    .messages()
    .slice(from)
    .map(({ forms }) => JSON.parse(forms?.sqs ?? "{}") as Partial<AlertDetail>);

function publicationProblem(finding: Finding): string[] {
  return finding.publishedAt === undefined ? [`${nameOf(finding)} is not published`] : [];
}

// A digest that is too long counts what it does not name.
function unheard({ world, inbox }: History, untold: readonly Finding[]): string[] {
  const unnamed = alertsSince(world, inbox).reduce((sum, { more = 0 }) => sum + more, 0);
  if (untold.length <= unnamed) return [];
  return untold.map(one => `nobody was told of ${nameOf(one)}; digests leave ${unnamed} unnamed`);
}

// Whoever told of it in peace has noted so: a second alert is a second run that could not know.
function toldAgain(told: Told): string[] {
  return [...told].flatMap(([id, all]) => {
    const ends = all.filter(({ end }) => end !== "");
    return ends.flatMap(({ end, step }, index) => {
      const first = ends.findIndex(one => one.end === end);
      const isAgain = first < index && ends[first]?.step?.isDisturbed === false;
      return isAgain ? [`${id} is told twice as ${end} (${step && stepText(step)})`] : [];
    });
  });
}

const nameOf = ({ rule, outcome, group }: Finding): string =>
  `the finding of "${rule}" (${outcome}) on ${group.id}`;

async function leftovers({ world, scene, startedAt }: History): Promise<string[]> {
  const { calm, account } = world;
  const [intents, dirty, untold, kept, unpublished] = await Promise.all([
    calm.intents.all(),
    calm.intents.dirtyGroups(),
    calm.exceptions.untold(),
    calm.alerts.all(),
    calm.findings.unpublished(new Date(startedAt).toISOString()),
  ]);
  const { visible, inFlight, delayed } = account.queues.count(QUEUE);
  const queued = visible + inFlight + delayed;
  const mine = kept.filter(({ finding }) => scene.groups.includes(finding.group.id));
  const waiting = mine.filter(one => !one.isTold && one.how !== "standing");
  return [
    ...intents.map(one => `an intent is left on ${one.groupId}`),
    ...dirty.map(one => `${one.groupId} is still dirty: ${one.because}`),
    ...untold.map(one => `a step of ${one.id} is not told`),
    ...waiting.map(one => `"${one.finding.rule}" still waits to be told (${one.how})`),
    ...unpublished.map(one => `the finding ${one.id} is not published`),
    ...(queued > 0 ? [`${queued} messages are on the queue`] : []),
  ];
}

async function exceptionProblems(history: History): Promise<string[]> {
  const problems: string[] = [];
  for (const kept of await exceptionsOf(history)) {
    if (!["expired", "rejected", "withdrawn"].includes(kept.state)) {
      problems.push(`the exception ${kept.id} is ${kept.state} after its end`);
    }
    const entries = await history.world.calm.exceptions.history(kept.id);
    if (!isWhole(kept, entries)) problems.push(`the history of ${kept.id} has a gap`);
  }
  return problems;
}
