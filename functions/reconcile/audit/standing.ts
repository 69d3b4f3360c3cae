// What an audit says beside drift: entries nobody plays, exceptions, pauses, groups that are gone, what
// the brake holds back, and Portward's own plumbing.
import type { AuditFinding } from "../../../matrix/audit/report.ts";
import type { MatrixDocument } from "../../../matrix/document.ts";
import { flowText } from "../../../matrix/flows/flow.ts";
import type { KeptException } from "../../aws/stores/exception-item.ts";
import { isFinished } from "../../aws/stores/finding-item.ts";
import type { Hold } from "../../aws/stores/policy-items.ts";
import type { Deps } from "../deps.ts";
import { iso } from "../draft.ts";
import { closeBooks } from "./books.ts";
import type { AuditContext } from "./context.ts";
import { keepHeld } from "./held.ts";
import { plumbingFindings } from "./plumbing.ts";
import { type AuditState, addFinding, auditId } from "./state.ts";

/** Adds everything that is known once all groups were read. */
export async function auditRest(context: AuditContext, state: AuditState): Promise<void> {
  const { deps, view, scope } = context;
  for (const one of orphans(scope, view.policy?.document, state)) addFinding(state, one);
  if (!deps) return;
  await forgetGone(context, deps, state);
  const held = await keepHeld(deps, state.heldGroups);
  if (held) state.planId = held.planId;
  const found = await Promise.all([
    exceptionFindings(deps, scope),
    pauseFindings(deps, scope),
    plumbingFindings(deps),
  ]);
  for (const finding of found.flat()) addFinding(state, finding);
}

function orphans(
  scope: string,
  document: MatrixDocument | undefined,
  { played }: AuditState,
): AuditFinding[] {
  return Object.values(document?.groups ?? {})
    .filter(entry => !entry.others && !played.includes(entry.name))
    .map(({ name }) => ({
      id: auditId(scope, { kind: "orphan-entry", group: "", rule: name }),
      ...{ kind: "orphan-entry", severity: "medium", group: "", rule: name, parts: [name] },
      because: `no live group plays ${name}`,
    }));
}

/** Groups that were there at an earlier audit: what stood open on them is over. */
async function forgetGone(context: AuditContext, deps: Deps, state: AuditState): Promise<void> {
  for (const id of context.view.marks.keys()) {
    if (state.audited[id]) continue;
    // It may be new since the page was read on which it would have been.
    if (await context.pace.call(() => deps.groups.read(id), 2)) continue;
    const open = (await deps.findings.forGroup(id)).filter(kept => !isFinished(kept));
    await closeBooks(context, {}, open);
    await deps.brake.forget(id);
  }
}

async function exceptionFindings(deps: Deps, scope: string): Promise<AuditFinding[]> {
  const now = deps.clock();
  const kept = await deps.exceptions.list({ since: now });
  return kept
    .filter(({ state }) => state === "approved" || state === "active" || state === "requested")
    .map(one => ({
      id: auditId(scope, { kind: "exception", group: one.groups[0] ?? "", rule: one.id }),
      ...{ kind: "exception", severity: one.breakGlass ? "high" : "low" },
      ...{ group: one.groups[0] ?? "", rule: one.id },
      because: `${whatOf(one)}: ${one.state}${one.breakGlass ? " by break-glass" : ""} until ${iso(one.end)}, ${one.reason}`,
    }));
}

const whatOf = ({ rule, flow, id }: KeptException): string => rule ?? (flow ? flowText(flow) : id);

type Standing = Hold & { readonly group?: string };

async function pauseFindings({ policy }: Deps, scope: string): Promise<AuditFinding[]> {
  const { pauses, holds } = await policy.activeSummary();
  const say = (word: string, { group = "", until = "further notice", by, reason }: Standing) => ({
    id: auditId(scope, { kind: "pause", group, rule: word }),
    ...{ kind: "pause" as const, severity: "medium" as const, group, rule: word },
    because: `${word} until ${until} by ${by}: ${reason}`,
  });
  return [...pauses.map(pause => say("paused", pause)), ...holds.map(hold => say("on hold", hold))];
}
