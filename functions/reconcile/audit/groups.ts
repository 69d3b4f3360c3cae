// The groups of a region, page by page: each is judged by the code that judges at an event, what
// drifted is put on the list of what is to be looked at, and what is permitted is marked for the brake.
import type { Finding } from "../../../matrix/finding.ts";
import type { SecurityGroup } from "../../../matrix/group.ts";
import type { Judgement } from "../../../matrix/verdict.ts";
import { isFinished } from "../../aws/stores/finding-item.ts";
import { eachAtOnce } from "../batch.ts";
import { closeBooks } from "./books.ts";
import { hasWork, heldBack, markable, marksOf } from "./brake.ts";
import type { AuditContext } from "./context.ts";
import { driftFindings, selectionFindings } from "./judged.ts";
import { drifted } from "./repair.ts";
import { type AuditState, addFinding } from "./state.ts";
import type { Judged } from "./view.ts";

const AT_ONCE = 8;

/** Reads, judges and notes one page of groups. */
export async function auditPage(context: AuditContext, state: AuditState): Promise<void> {
  const { token } = state;
  const page = await context.pace.call(() => context.source.region.groupPage({ token }));
  const judged = await context.view.judge(page.items);
  const worn = wornCounts(state);
  for (const one of judged) note(context, state, one, worn.get(one.group.id) ?? 0);
  await eachAtOnce(AT_ONCE, judged, one => remember(context, state, one));
  state.token = page.next;
  context.progress(`${Object.keys(state.audited).length} groups, ${state.rules} rules`);
}

function wornCounts({ interfaces }: AuditState): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of Object.values(interfaces).flatMap(({ groups }) => groups)) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

function note(context: AuditContext, state: AuditState, judged: Judged, worn: number): void {
  const { group, policy } = judged;
  const parts = policy?.selection.parts ?? [];
  const isNew = state.audited[group.id] === undefined;
  state.audited[group.id] = {
    ...{ id: group.id, name: group.name, parts, rules: group.rules.length, interfaces: worn },
    ...(group.vpcId === undefined ? {} : { vpcId: group.vpcId }),
    ...(policy && { mode: policy.mode }),
  };
  if (isNew) state.rules += group.rules.length;
  state.played = [...new Set([...state.played, ...parts])];
  for (const finding of selectionFindings(context, judged, worn)) addFinding(state, finding);
}

/** Everything about a group that needs what is stored. */
async function remember(context: AuditContext, state: AuditState, judged: Judged): Promise<void> {
  const { deps, view, scope } = context;
  const { group, judgement } = judged;
  const drifts = driftFindings(scope, judged);
  if (!deps) {
    for (const finding of drifts) addFinding(state, finding);
    return;
  }
  const open = (await deps.findings.forGroup(group.id)).filter(kept => !isFinished(kept));
  const drifting = judgement && new Set(drifts.map(({ rule }) => rule));
  await closeBooks(context, { group, ...(drifting && { drifting }) }, open);
  if (!judgement) return;
  const kept = view.marks.get(group.id);
  const held = heldBack(judgement, kept?.marks);
  if (held.length > 0) state.heldGroups = [...new Set([...state.heldGroups, group.id])];
  await mark(context, group, markable(judgement, held));
  if (drifts.length === 0) return;
  const known = drifts.map(({ rule }) => open.find(finding => finding.rule === rule));
  const isKnown = known.every(finding => finding?.publishedAt !== undefined);
  if (isKnown && !mayWrite(context, group, judgement, held)) {
    for (const [index, finding] of drifts.entries()) {
      addFinding(state, drifted(finding, known[index] as Finding));
    }
    return;
  }
  const { name } = group;
  state.todo.push({ id: group.id, name, parts: judgement.policy.selection.parts });
}

function mayWrite(
  { account }: AuditContext,
  group: SecurityGroup,
  judgement: Judgement,
  held: ReturnType<typeof heldBack>,
): boolean {
  return group.owner === account && hasWork(judgement, held);
}

/** Marks what is permitted; somebody who released a mark meanwhile is right. */
async function mark(
  { deps, view }: AuditContext,
  group: SecurityGroup,
  texts: readonly string[],
): Promise<void> {
  const kept = view.marks.get(group.id);
  const marks = marksOf(texts);
  if (!deps || Buffer.compare(marks, kept?.marks ?? new Uint8Array()) === 0) return;
  await deps.brake.mark(group.id, marks, kept?.rev ?? 0);
}
