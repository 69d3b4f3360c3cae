// Groups that drifted, looked at one by one by the same reconcile as at an event: it does what the mode
// lets it, and its findings are the event's. A group that fails is left to the sweep.

import type { Alert } from "../../../matrix/alert/alert.ts";
import { type Severity, severityOf } from "../../../matrix/alert/outcome.ts";
import type { AuditFinding } from "../../../matrix/audit/report.ts";
import type { Finding, Sighting } from "../../../matrix/finding.ts";
import type { Trigger } from "../../../matrix/trigger.ts";
import { errorText } from "../../aws/error-codes.ts";
import { eachAtOnce } from "../batch.ts";
import type { Deps } from "../deps.ts";
import { type Run, reconcile } from "../reconcile.ts";
import type { AuditContext } from "./context.ts";
import { groupFinding } from "./judged.ts";
import { type AuditState, addFinding, type Todo } from "./state.ts";

const AT_ONCE = 4;
/** What a reconcile reads of EC2, twice where it writes. */
const READS = 4;
const TRIES = 3;

/** Looks at groups on the list, some at least, until it is empty or the time is up. */
export async function workOff(context: AuditContext, state: AuditState): Promise<void> {
  const { deps } = context;
  if (!deps) return;
  while (state.todo.length > 0) {
    const some = state.todo.slice(0, AT_ONCE);
    await eachAtOnce(AT_ONCE, some, todo => lookAt(context, deps, state, todo));
    state.todo = state.todo.filter(todo => !some.includes(todo));
    if (state.todo.length > 0) context.progress(`${state.todo.length} groups to look at`);
    if (context.isLate()) return;
  }
}

async function lookAt(
  context: AuditContext,
  deps: Deps,
  state: AuditState,
  todo: Todo,
): Promise<void> {
  const { scope, pace } = context;
  try {
    const run = await tried(context, deps, todo);
    // What is open or owed a run leaves to the sweep itself.
    if (run.isPending) await deps.intents.markDirty(todo.id, "left by an audit", deps.clock());
    if (run.findings.some(({ held }) => held)) {
      state.heldGroups = [...new Set([...state.heldGroups, todo.id])];
    }
    for (const finding of run.findings) addFinding(state, fromRun(scope, finding));
  } catch (error) {
    const why = errorText(error);
    deps.log.error("an audit could not finish a group", { groupId: todo.id, error: why });
    await pace.call(() => deps.intents.markDirty(todo.id, why, deps.clock()), 0);
    addFinding(
      state,
      groupFinding(scope, todo, {
        ...{ kind: "drift", severity: "high", rule: "", parts: todo.parts },
        because: `it drifted and could not be looked at: ${why}; the minute sweep tries again`,
      }),
    );
  }
}

/** Runs on a group until EC2 has let a run through; what all the runs found is what was found. */
async function tried(context: AuditContext, deps: Deps, todo: Todo): Promise<Run> {
  const quiet = { ...deps, publish: quietly(deps) };
  const findings = new Map<string, Finding>();
  for (let attempt = 1; ; attempt += 1) {
    const run = await context.pace.call(
      () => reconcile(quiet, todo.id, [auditTrigger(context, deps)]),
      READS,
    );
    for (const finding of run.findings) findings.set(finding.id, finding);
    if (!run.isThrottled || attempt === TRIES) return { ...run, findings: [...findings.values()] };
    await deps.sleep(1_000 * 2 ** attempt);
  }
}

/** Tells people of what a run did, but for what is held back: that is told once for all groups. */
export const quietly =
  (deps: Pick<Deps, "publish">) =>
  async (alert: Alert): Promise<void> => {
    const { findings, more } = alert.detail;
    const isHeld = (finding: object) => "held" in finding && finding.held === true;
    if (more === 0 && findings.length > 0 && findings.every(isHeld)) return;
    await deps.publish(alert);
  };

/** The trigger of what an audit does. */
export const auditTrigger = (
  { account, region, triggerId }: Pick<AuditContext, "account" | "region" | "triggerId">,
  deps: Pick<Deps, "clock">,
): Trigger => ({
  ...{ kind: "audit", id: triggerId, at: deps.clock(), account, region, changes: [] },
});

/** A finding of a run as an audit's. */
export function fromRun(scope: string, finding: Finding): AuditFinding {
  const { kind, rule, group, parts, because } = finding;
  const isMissing = kind === "missing";
  const severity: Severity = severityOf(finding);
  const base = groupFinding(scope, group, {
    ...{ kind: isMissing ? "missing" : "drift" },
    ...{ severity, rule, parts, because },
  });
  return drifted(base, finding);
}

/** Joins what an audit found with the finding it became or is already. */
export function drifted(found: AuditFinding, finding: Finding): AuditFinding {
  const { id: findingId, outcome, ruleId, held } = finding;
  return {
    ...found,
    ...{ findingId, outcome },
    ...(ruleId === undefined ? {} : { ruleId }),
    ...(isMissed(finding) && { missed: true }),
    ...(held && { held }),
  };
}

// A drift that no event told of and no exception or apply explains. What the brake holds did not
// change at all: it is the matrix that did.
function isMissed(finding: Finding & { sightings?: readonly Sighting[] }): boolean {
  const seen = [finding.trigger, ...(finding.sightings ?? [])];
  return seen.every(({ kind }) => kind === "audit") && finding.held !== true;
}
