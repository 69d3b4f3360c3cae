// Applying a matrix from the command line: what apply and rollback share. Says what was refused and
// why, else what was done, and the step to take next.
import type { ApplyAnswer, ApplyWish } from "../functions/reconcile/matrix-apply.ts";
import type { MatrixDocument } from "../matrix/document.ts";
import { plainText } from "../matrix/plain-text.ts";
import { CLEAN, DRIFT, type ExitCode, FAILED } from "./exit-code.ts";
import { createLog, errorsIn } from "./log.ts";
import { planLines } from "./matrix-plan-lines.ts";
import { counted, print, printAccount, printJson, printLines, table } from "./output.ts";
import { runLines } from "./run-report.ts";
import type { Target } from "./target.ts";

/** How an apply is asked for. */
export interface ApplyRequest {
  readonly note: string;
  readonly accept?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
  /** The command to repeat, for the next step. */
  readonly again: string;
}

/** Adds nothing to what applyMatrix decides; prints it. */
export async function applyFrom(
  target: Target,
  document: MatrixDocument,
  request: ApplyRequest,
): Promise<ExitCode> {
  const { note, accept, yes, json, again } = request;
  const [aws, by] = await Promise.all([target.connect(), target.caller()]);
  const { applyMatrix } = await import("../functions/reconcile/matrix-apply.ts");
  const { log, lines } = createLog();
  const wish: ApplyWish = {
    ...{ by, note: plainText(note, 200), isFirstMeant: yes === true },
    ...(accept === undefined ? {} : { accept }),
  };
  const answer = await applyMatrix({ ...aws, log }, document, wish);
  printAccount(target.title, json);
  if (answer.kind === "refused") return printRefused(answer, json, again);
  if (json) printJson(appliedJson(answer, by));
  else printApplied(answer, by, again);
  const failures = errorsIn(lines);
  for (const failure of failures) console.error(`portward: ${failure}; left to the minute sweep`);
  const isOpen = answer.runs.some(({ outcome }) => outcome === "open");
  return failures.length > 0 || isOpen ? FAILED : CLEAN;
}

type Applied = Extract<ApplyAnswer, { kind: "applied" }>;

function printRefused(
  { code, because, plan }: Extract<ApplyAnswer, { kind: "refused" }>,
  isJson: boolean | undefined,
  again: string,
): ExitCode {
  if (isJson) printJson({ refused: code, because, plan });
  else {
    printLines(planLines(plan));
    print(`not applied: ${because}`);
    print(`next: ${again} --accept ${plan.id}`);
  }
  return DRIFT;
}

const orphansOf = ({ pins }: Applied): string[] =>
  Object.entries(pins.groups).flatMap(([entry, its]) => (its.length === 0 ? [entry] : []));

function appliedJson(answer: Applied, by: string) {
  const { applied, document, plan, pins, runs, isHeldToObserve } = answer;
  const { version, sha, at } = applied;
  const { matrix, mode } = document;
  return {
    ...{ matrix, mode, version, sha, by, at, planId: plan.id, isHeldToObserve },
    ...{ pins: pins.groups, orphans: orphansOf(answer) },
    groups: runs.map(({ groupId, outcome, findings }) => ({ group: groupId, outcome, findings })),
  };
}

function printApplied(answer: Applied, by: string, again: string): void {
  const { applied, document, plan, pins, runs, isHeldToObserve } = answer;
  const { matrix, mode } = document;
  const { version, sha } = applied;
  print(
    `applied ${plainText(matrix)} as version ${version}, mode ${mode}, sha ${sha.slice(0, 12)}`,
  );
  print(`by ${plainText(by)}, plan ${plan.id}`);
  if (isHeldToObserve)
    print("the first matrix of an account is in observe, whatever its file says");
  const rows = Object.entries(pins.groups).flatMap(([entry, groups]) =>
    groups.map(({ id, name, vpcId = "" }) => [`  ${entry}`, id, plainText(name), vpcId]),
  );
  print(rows.length === 0 ? "no live group plays a part" : "pinned");
  printLines(table(rows));
  const orphans = orphansOf(answer);
  if (orphans.length > 0) print(`entries that match no live group: ${orphans.join(", ")}`);
  print(runs.length === 0 ? "nothing to do on any group" : "looked at");
  const names = new Map(plan.groups.map(({ group, parts }) => [group, parts.join(" + ")]));
  printLines(
    runs.flatMap(({ groupId, outcome, findings }) =>
      runLines({ group: groupId, outcome, findings }, names.get(groupId)),
    ),
  );
  print(nextStep(answer, again));
}

function nextStep({ document, plan, isHeldToObserve }: Applied, again: string): string {
  if (isHeldToObserve) return `next: ${again} --yes, once what is reported is settled`;
  const { mode } = document;
  const left = plan.groups.filter(({ next }) => next !== null).length;
  if (mode === "enforce" || left === 0) return "next: portward status";
  const stricter = mode === "observe" ? "revoke" : "enforce";
  return `next: settle what is reported, write mode: ${stricter}, and plan it (${counted(left, "group")} to raise)`;
}
