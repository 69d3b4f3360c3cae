// Holds a history that was played to the law: nothing permitted is cut, and what ends is lawful. What is
// on record and was told is records.ts.

import { rulesOf } from "./live.ts";
import type { History, Played, Write } from "./running.ts";
import { cutBy, driftOf, ruling, unlawful } from "./truth.ts";

/** What a history showed: what is wrong, and how often each kind of thing came by. */
export interface Verdict {
  readonly problems: string[];
  readonly counts: Map<string, number>;
}

/** Checks every write of Portward against the policies of its step. */
export function checkWrites({ scene, played }: History, { problems, counts }: Verdict): void {
  for (const step of played) {
    for (const write of step.writes.filter(({ isOurs }) => isOurs)) {
      note(counts, "writes");
      const problem = writeProblem(scene, step, write);
      if (problem === undefined) continue;
      if (step.excuse === undefined || problem.isHard)
        problems.push(`${problem.says} (${stepText(step)})`);
      else note(counts, `excused: ${step.excuse}`);
    }
  }
}

function writeProblem(
  scene: History["scene"],
  step: Played,
  { group, before, after }: Write,
): { says: string; isHard: boolean } | undefined {
  if (step.isStopped("pause", group))
    return { says: `${group} was written while it is paused`, isHard: true };
  const texts = { before: before.map(({ text }) => text), after: after.map(({ text }) => text) };
  const cuts = step.moments.map(moment => cutBy(scene, group, moment, texts));
  if (cuts.some(cut => cut === undefined)) return undefined;
  const gone = texts.before.filter(text => !texts.after.includes(text));
  return { says: `${group}: taking ${gone.join(", ")} cut ${cuts[0]}`, isHard: false };
}

/** A step as a problem names it. */
export const stepText = ({ step }: Played): string =>
  step === "calm" ? "calm" : JSON.stringify(step);

/** Checks the groups as they stand now. */
export async function checkLaw(
  history: History,
  when: string,
  { problems, counts }: Verdict,
): Promise<void> {
  const { world, scene } = history;
  const moment = await history.moment();
  const live = rulesOf(world.account, scene.groups);
  for (const group of scene.groups) {
    const texts = (live.get(group) ?? []).map(({ text }) => text);
    const findings = await world.calm.findings.forGroup(group);
    const held = findings.filter(
      one => one.held === true && wasPermitted(history, group, one.rule),
    );
    note(counts, `ends in ${ruling(scene, group, moment, texts).roles.mode}`);
    const isStopped = history.played.at(-1)?.isStopped;
    if (isStopped?.("pause", group)) continue;
    const isOnHold = isStopped?.("hold", group) === true;
    const wrong = unlawful(scene, group, moment, texts, {
      held: held.map(({ rule }) => rule),
      isOnHold,
    });
    problems.push(...wrong.map(one => `${when}: ${group} ${one}; it has ${texts.join(", ")}`));
  }
}

// The brake may hold only what an audit saw permitted.
const wasPermitted = ({ scene, played }: History, group: string, text: string): boolean =>
  played.some(({ moments }) =>
    moments.some(moment => !driftOf(scene, group, moment, [text]).includes(text)),
  );

/** Counts one more of a kind of thing. */
export const note = (counts: Map<string, number>, what: string): void => {
  counts.set(what, (counts.get(what) ?? 0) + 1);
};
