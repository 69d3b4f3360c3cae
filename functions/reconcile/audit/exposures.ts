// What reaches the interfaces of a region, by the sets of groups they wear together, and members that
// wear not what they should. The rules of sets are read again: to keep them all would not fit.
import type { AuditedInterface, AuditFinding } from "../../../matrix/audit/report.ts";
import {
  type Excess,
  excessOf,
  networksOf,
  type Reach,
  reachOf,
} from "../../../matrix/exposure.ts";
import type { Finding } from "../../../matrix/finding.ts";
import { contains, parseCidr } from "../../../matrix/rules/cidr.ts";
import { formatRule } from "../../../matrix/rules/rule.ts";
import type { Deps } from "../deps.ts";
import type { AuditContext } from "./context.ts";
import {
  auditedExposure,
  draftExposure,
  type Exposure,
  type Sight,
  type WornSet,
} from "./exposed.ts";
import { exposureName, keepExposures } from "./keep-exposures.ts";
import { auditTrigger } from "./repair.ts";
import { type AuditState, addFinding, auditId } from "./state.ts";
import type { Judged, View } from "./view.ts";

/** Groups whose rules are read at once; EC2 takes 200 values of a filter. */
const GROUPS_AT_ONCE = 150;

/** Looks at the next sets of groups that some interface wears; true when none is left. */
export async function auditExposure(context: AuditContext, state: AuditState): Promise<boolean> {
  const { deps, view, account, region } = context;
  const readAt = state.startedAt;
  const trigger = auditTrigger(context, { clock: () => readAt });
  const sight: Sight = {
    ...{ account, region, readAt, causes: [{ trigger, groups: [] }] },
    matrixVersion: view.policy?.version ?? "",
  };
  const sets = wornSets(Object.values(state.interfaces));
  const done = state.reaches.length;
  const [batch = []] = batches(sets.slice(done, done + SETS_AT_ONCE));
  const found: { exposure: Exposure; audited: AuditFinding }[] = [];
  const judged = await readWorn(context, new Set(batch.flatMap(({ groups }) => groups)));
  for (const set of batch) {
    const { reach, exposures } = lookAtSet(sight, set, judged, view);
    state.reaches.push({ groups: set.groups, reach });
    for (const exposure of exposures) {
      const audited = auditedExposure(context.scope, exposure, set.interfaces);
      found.push({ exposure, audited });
    }
  }
  const isRecorded = deps !== undefined && view.policy !== undefined;
  const exposures = found.map(({ exposure }) => exposure);
  const kept = isRecorded ? await keepExposures(deps, sight, exposures, []) : undefined;
  for (const { exposure, audited } of found) {
    const { group, rule } = exposure.finding;
    const stored = kept?.findings.get(exposureName(group.id, rule));
    addFinding(state, stored ? linked(audited, stored) : audited);
  }
  context.progress(`${state.reaches.length} of ${sets.length} sets of groups that are worn`);
  if (state.reaches.length < sets.length) return false;
  if (isRecorded) await endUnseen(deps, sight, state);
  for (const finding of memberFindings(context, state)) addFinding(state, finding);
  return true;
}

/** Ends exposures that none of the sets shows any more. */
async function endUnseen(deps: Deps, sight: Sight, state: AuditState): Promise<void> {
  // Where findings are left out nobody knows what was seen.
  if (state.more > 0) return;
  const seen = new Set(
    Object.values(state.findings).map(({ group, rule }) => exposureName(group, rule)),
  );
  // What was noted since shows what this audit's read of the interfaces does not.
  const standing = (await deps.exposures.all()).filter(
    ({ groupId, rule, seenAt }) => seenAt < sight.readAt && !seen.has(exposureName(groupId, rule)),
  );
  await keepExposures(deps, sight, [], standing);
}

const linked = (audited: AuditFinding, { id, outcome }: Finding): AuditFinding => ({
  ...audited,
  ...{ findingId: id, outcome },
});

/** Sets that are looked at in one step. */
const SETS_AT_ONCE = 150;

/** Puts interfaces that wear the same groups together. */
export function wornSets(interfaces: readonly AuditedInterface[]): WornSet[] {
  const sets = new Map<string, { groups: string[]; interfaces: AuditedInterface[] }>();
  for (const one of interfaces) {
    const groups = one.groups.toSorted();
    const set = sets.get(groups.join(" ")) ?? { groups, interfaces: [] };
    set.interfaces.push(one);
    sets.set(groups.join(" "), set);
  }
  return [...sets.values()].filter(({ groups }) => groups.length > 0);
}

/** Puts sets together whose groups are read at once. */
export function batches(sets: readonly WornSet[]): WornSet[][] {
  const found: WornSet[][] = [];
  let ids = new Set<string>();
  for (const set of sets) {
    const wider = new Set([...ids, ...set.groups]);
    const last = found.at(-1);
    if (last && wider.size <= GROUPS_AT_ONCE) {
      last.push(set);
      ids = wider;
    } else {
      found.push([set]);
      ids = new Set(set.groups);
    }
  }
  return found;
}

/** Reads and judges groups by their ids; those that are gone are left out. */
export async function readWorn(
  { pace, source, view }: Pick<AuditContext, "pace" | "source" | "view">,
  ids: ReadonlySet<string>,
): Promise<Map<string, Judged>> {
  const found = new Map<string, Judged>();
  if (ids.size === 0) return found;
  let token: string | undefined;
  do {
    const request = { token, groupIds: [...ids] };
    const page = await pace.call(() => source.region.groupPage(request));
    for (const one of await view.judge(page.items)) found.set(one.group.id, one);
    token = page.next;
  } while (token !== undefined);
  return found;
}

/** What a set of worn groups lets in, and what of it is nobody's drift by itself. */
export function lookAtSet(
  sight: Sight,
  set: WornSet,
  judged: ReadonlyMap<string, Judged>,
  view: Pick<View, "lists" | "policy">,
): { reach: Reach[]; exposures: Exposure[] } {
  const worn = set.groups.flatMap(id => judged.get(id) ?? []);
  const rules = worn.flatMap(({ group }) => group.rules.map(({ rule }) => rule));
  const networks = networksOf(view.policy?.document ?? { networks: {} });
  const reach = reachOf(rules, networks, view.lists).map(limited);
  const exposures = excessOf(worn, view.lists)
    .filter(excess => !isOwnDrift(excess, worn))
    .map(excess => draftExposure(sight, excess, set, { worn, reach }));
  return { reach, exposures };
}

/** Ports that are listed of a network: as many as a group has rules, unless its quota was raised. */
const PORTS = 60;

// Thousands of sets of a thousand rules each would be more than a report can hold.
function limited({ from, whole, part }: Reach): Reach {
  const first = (ports: readonly string[]) =>
    ports.length > PORTS ? [...ports.slice(0, PORTS), `and ${ports.length - PORTS} more`] : ports;
  return { from, whole: first(whole), part: first(part) };
}

// What is drift of its own group is reported there, and closed there.
function isOwnDrift({ group, rule }: Excess, worn: readonly Judged[]): boolean {
  const own = worn.find(one => one.group.id === group.id)?.judgement;
  const text = formatRule(rule);
  return (own?.verdicts ?? []).some(
    verdict => verdict.kind === "drift" && formatRule(verdict.live.rule) === text,
  );
}

/** Members whose address no interface has that wears a group of their entry. */
export function memberFindings({ view, scope }: AuditContext, state: AuditState): AuditFinding[] {
  const { policy } = view;
  if (!policy) return [];
  const interfaces = Object.values(state.interfaces);
  return Object.values(policy.document.groups).flatMap(({ name, members }) => {
    const pinned = (policy.pins.groups[name] ?? []).map(({ id }) => id);
    const [first] = pinned;
    if (first === undefined) return [];
    return members.flatMap((member): AuditFinding[] => {
      const block = parseCidr(member);
      if (!block) return [];
      const there = interfaces.filter(({ addresses }) =>
        addresses.some(address => {
          const own = parseCidr(`${address}/${address.includes(":") ? 128 : 32}`);
          return own !== undefined && contains(block, own);
        }),
      );
      if (there.some(({ groups }) => groups.some(id => pinned.includes(id)))) return [];
      const rule = `${name} ${member}`;
      const because =
        there.length === 0
          ? `no interface of the region has the address of this member of ${name}`
          : `${there.map(({ id }) => id).join(", ")} has the address of a member of ${name}, and wears no group of it: ${pinned.join(", ")}`;
      const id = auditId(scope, { kind: "exposure", group: first, rule });
      const severity = there.length === 0 ? "low" : "high";
      return [{ id, kind: "exposure", severity, group: first, parts: [name], rule, because }];
    });
  });
}
