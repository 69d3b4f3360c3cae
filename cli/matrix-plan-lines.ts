// A plan for people: what is closed first, each rule with its reason, who carries the group, and the
// step to take after reading it.
import type { NumberedPlan } from "../functions/reconcile/matrix-plan.ts";
import type { GroupSteps, Step } from "../matrix/life/group-steps.ts";
import { busyGroups, countClosings, type GroupPlan, isMoved } from "../matrix/life/matrix-plan.ts";
import { plainText } from "../matrix/plain-text.ts";
import { beside, counted, indented, paint, type Tone } from "./output.ts";

const MOST_CARRIERS = 4;

/** Prints a plan. */
export function planLines(plan: NumberedPlan): string[] {
  const { matrix, mode, base, modeBefore, groups } = plan;
  const busy = busyGroups(plan);
  const against =
    base === 0 ? "no matrix is in force" : `version ${base} is in force, ${modeBefore}`;
  const still = groups.length - busy.length;
  return [
    `plan ${plan.id}: ${plainText(matrix)} in mode ${mode}; ${against}`,
    ...busy.flatMap(groupLines),
    ...(still > 0 ? [`${counted(still, "group")} as the matrix says already`] : []),
    ...named("entries that match no live group", plan.orphans),
    ...named(
      "pinned by this apply",
      plan.pinned.map(({ entry, group }) => `${entry} ${group}`),
    ),
    ...named(
      "let go by this apply",
      plan.released.map(({ entry, group }) => `${entry} ${group}`),
    ),
    totals(plan),
  ];
}

const named = (label: string, names: readonly string[]): string[] =>
  names.length === 0
    ? []
    : indented(`${label}: ${names.map(name => plainText(name)).join(", ")}`, 0);

function totals(plan: NumberedPlan): string {
  const sum = (count: (steps: GroupSteps) => number) =>
    plan.groups.reduce((total, { now }) => total + count(now), 0);
  const parts = [
    `${countClosings(plan)} closed or narrowed`,
    `${sum(({ open }) => open.length)} opened`,
    `${sum(({ report }) => report.length)} reported`,
  ];
  return `now: ${parts.join(", ")}`;
}

function groupLines(group: GroupPlan): string[] {
  const { parts, partsBefore, mode, modeBefore, now, next, bar, hold } = group;
  const part = parts.length === 0 ? "governed no more" : `${parts.join(" + ")}, ${mode}`;
  const was = partsBefore.length === 0 ? "unmanaged" : `${partsBefore.join(" + ")}, ${modeBefore}`;
  const moved = isMoved(group) || partsBefore.length === 0 ? ` (was ${was})` : "";
  return [
    `${paint("title", `${group.group}  ${plainText(group.name)}`)}  ${part}${moved}`,
    ...carrierLines(group),
    ...[bar, hold].flatMap(text => (text === undefined ? [] : beside("barred", plainText(text)))),
    ...stepLines(now, "", "bad"),
    ...(next && hasActs(next) ? [`  in ${next.mode} it would`] : []),
    ...(next ? stepLines({ ...next, report: [] }, "  ", "doubtful") : []),
  ];
}

const hasActs = ({ close, narrow, open, lists }: GroupSteps): boolean =>
  [close, narrow, open, lists].some(list => list.length > 0);

function stepLines(steps: GroupSteps, indent: string, tone: Tone): string[] {
  const line = (word: string, text: string, colour: Tone) =>
    `${indent}  ${paint(colour, word.padEnd(7))} ${text}`;
  const why = (step: Step) => indented(plainText(step.because, 500), indent.length + 10);
  return [
    ...steps.close.flatMap(step => [line("close", step.rule, tone), ...why(step)]),
    ...steps.narrow.flatMap(step => [
      line("narrow", `${step.rule} to ${step.to.join(" and ")}`, tone),
      ...why(step),
    ]),
    ...steps.lists.map(text => line("list", text, tone)),
    ...steps.paused.map(rule => line("paused", `${rule} closes when the pause is over`, tone)),
    ...steps.open.map(({ rule }) => line("open", rule, "good")),
    ...steps.report.flatMap(step => [
      line(step.isNew ? "report" : "known", step.rule, "quiet"),
      ...(step.isNew ? why(step) : []),
    ]),
  ];
}

function carrierLines({ carriers }: GroupPlan): string[] {
  if (carriers.length === 0) return ["  nothing carries it"];
  const shown = carriers.slice(0, MOST_CARRIERS).map(({ interface: id, addresses, instance }) => {
    const who = [instance, ...addresses].filter(text => text !== undefined);
    return `${id} ${plainText(who.join(" "))}`.trim();
  });
  const more = carriers.length - shown.length;
  return indented(`carried by ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`, 2);
}
