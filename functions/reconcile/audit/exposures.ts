// What reaches the interfaces of a region, by the sets of groups they wear together, and members that
// wear not what they should. The rules of sets are read again: to keep them all would not fit.
import type { AuditedInterface, AuditFinding } from "../../../matrix/audit/report.ts";
import {
  type Excess,
  excessOf,
  exposureText,
  networksOf,
  reachOf,
} from "../../../matrix/exposure.ts";
import { forbidText } from "../../../matrix/flows/flow.ts";
import { contains, parseCidr } from "../../../matrix/rules/cidr.ts";
import { formatRule } from "../../../matrix/rules/rule.ts";
import type { AuditContext } from "./context.ts";
import { groupFinding } from "./judged.ts";
import { type AuditState, addFinding, auditId } from "./state.ts";
import type { Judged, View } from "./view.ts";

/** Groups whose rules are read at once; EC2 takes 200 values of a filter. */
const GROUPS_AT_ONCE = 150;

/** Interfaces that wear the same groups. */
export interface WornSet {
  readonly groups: readonly string[];
  readonly interfaces: readonly AuditedInterface[];
}

/** Looks at every set of groups that some interface wears. */
export async function auditExposure(context: AuditContext, state: AuditState): Promise<void> {
  const sets = wornSets(Object.values(state.interfaces));
  state.reaches = [];
  for (const batch of batches(sets)) {
    const judged = await readWorn(context, new Set(batch.flatMap(({ groups }) => groups)));
    for (const set of batch) noteSet(context, state, set, judged);
  }
  for (const finding of memberFindings(context, state)) addFinding(state, finding);
}

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

function batches(sets: readonly WornSet[]): WornSet[][] {
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
  let token: string | undefined;
  do {
    const request = { token, groupIds: [...ids] };
    const page = await pace.call(() => source.region.groupPage(request));
    for (const one of await view.judge(page.items)) found.set(one.group.id, one);
    token = page.next;
  } while (token !== undefined);
  return found;
}

function noteSet(
  context: AuditContext,
  state: AuditState,
  set: WornSet,
  judged: ReadonlyMap<string, Judged>,
): void {
  const { view, scope } = context;
  const worn = set.groups.flatMap(id => judged.get(id) ?? []);
  const rules = worn.flatMap(({ group }) => group.rules.map(({ rule }) => rule));
  const networks = networksOf(view.policy?.document ?? { networks: {} });
  const reach = reachOf(rules, networks, view.lists);
  state.reaches.push({ groups: set.groups, reach });
  for (const finding of exposureFindings(scope, set, worn, view)) addFinding(state, finding);
}

/** What a set of worn groups lets in that is nobody's drift by itself. */
export function exposureFindings(
  scope: string,
  set: WornSet,
  worn: readonly Judged[],
  view: Pick<View, "lists">,
): AuditFinding[] {
  return excessOf(worn, view.lists)
    .filter(excess => !isOwnDrift(excess, worn))
    .map(excess => {
      const names = set.interfaces.slice(0, 5).map(({ id, instance }) => instance ?? id);
      const more = set.interfaces.length - names.length;
      const who = `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
      const parts = worn.flatMap(({ policy }) => policy?.selection.parts ?? []);
      return groupFinding(scope, excess.group, {
        ...{ kind: "exposure", severity: excess.breaks.length > 0 ? "critical" : "high", parts },
        rule: exposureText(excess, worn),
        because: `${who}: ${whyExposed(excess, parts)}`,
      });
    });
}

function whyExposed({ kept, rule, breaks }: Excess, parts: readonly string[]): string {
  const part = parts.join(" + ");
  const isPermitted = kept.some(one => formatRule(one) === formatRule(rule));
  const beyond = isPermitted
    ? `permitted by one of the parts ${part}`
    : kept.length === 0
      ? `none of the parts ${part} permits it`
      : `of it the parts ${part} permit only ${kept.map(formatRule).join(", ")}`;
  if (breaks.length === 0) return beyond;
  return `${beyond}; it breaks the forbid ${breaks.map(forbidText).join(" and ")}`;
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
    if (pinned.length === 0) return [];
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
      const [first = ""] = pinned;
      const id = auditId(scope, { kind: "exposure", group: first, rule });
      const severity = there.length === 0 ? "low" : "high";
      return [{ id, kind: "exposure", severity, group: first, parts: [name], rule, because }];
    });
  });
}
