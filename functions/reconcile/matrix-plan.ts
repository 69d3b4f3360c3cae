// Plans a matrix against the live account, and numbers the plan: its id stands for the matrix, the
// version it was made from, and every rule it was made from, so that whoever accepts it accepts that.

import { canonicalJson } from "../../matrix/canonical-json.ts";
import { compileMatrix } from "../../matrix/compile.ts";
import type { MatrixDocument } from "../../matrix/document.ts";
import { type Exception, isActive } from "../../matrix/exception.ts";
import { type Pins, resolvePins } from "../../matrix/flows/selection.ts";
import type { LiveGroup, PrefixList, SecurityGroup } from "../../matrix/group.ts";
import type { Bars } from "../../matrix/life/group-steps.ts";
import { type InForce, type MatrixPlan, planMatrix } from "../../matrix/life/matrix-plan.ts";
import { formatCidr } from "../../matrix/rules/cidr.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { sha256 } from "../aws/stores/json-chunks.ts";
import type { ActiveSummary } from "../aws/stores/policy-store.ts";
import type { Config } from "../wiring/config.ts";
import { listsNamed } from "./activate.ts";
import { standingBar } from "./bars.ts";
import type { Deps } from "./deps.ts";

/** A plan with its id. */
export interface NumberedPlan extends MatrixPlan {
  /** `p-` and twelve characters, computed. */
  readonly id: string;
}

export interface Planned {
  readonly plan: NumberedPlan;
  readonly pins: Pins;
  readonly before: InForce | undefined;
}

/**
 * Plans a document against the account as it is now.
 *
 * @throws InputError when it does not compile for the groups that play its parts.
 */
export async function planInAccount(deps: Deps, document: MatrixDocument): Promise<Planned> {
  const now = deps.clock();
  const [groups, interfaces, summary, exceptions] = await Promise.all([
    deps.region.groups(),
    deps.region.interfaces(),
    deps.policy.activeSummary(),
    deps.exceptions.list({ since: now }),
  ]);
  const { active } = summary;
  const [stored, lists, ipv6Vpcs] = await Promise.all([
    active && deps.policy.readMatrix(active),
    deps.lists.read([...new Set([...listsNamed(document), ...listsReferred(groups)])]),
    deps.groups.ipv6Vpcs([...new Set(groups.flatMap(({ vpcId }) => vpcId ?? []))]),
  ]);
  const named = new Set(listsNamed(document));
  const pins = resolvePins(
    document,
    groups,
    lists.filter(({ id }) => named.has(id)),
  );
  compileMatrix(document, pins);
  const known = new Map(lists.map(list => [list.id, list]));
  const plan = planMatrix({
    ...{ document, pins, before: stored, groups, interfaces, ipv6Vpcs, exceptions, now },
    lists: { account: deps.config.account, get: id => known.get(id) },
    barsOf: group => barsOf(group, summary, deps.config),
  });
  const open = exceptions.filter(exception => isActive(exception, now));
  const id = planId(plan, { document, pins, groups, lists, exceptions: open });
  return { plan: { id, ...plan }, pins, before: stored };
}

const listsReferred = (groups: readonly SecurityGroup[]): string[] =>
  groups.flatMap(({ rules }) =>
    rules.flatMap(({ rule: { peer } }) => (peer.kind === "prefix-list" ? [peer.id] : [])),
  );

function barsOf(group: LiveGroup, { pauses, holds }: ActiveSummary, config: Config): Bars {
  const pause = pauses.find(one => one.group === undefined || one.group === group.id);
  const hold = holds.find(one => one.group === group.id);
  const bar = standingBar(config, group.owner);
  return {
    ...(bar !== undefined
      ? { bar }
      : pause && { bar: `paused until ${pause.until}: ${pause.reason}`, isPause: true }),
    ...(hold && { hold: `restoring is on hold: ${hold.reason}` }),
  };
}

/** What decided on a plan, beside the plan itself. */
interface Grounds {
  readonly document: MatrixDocument;
  readonly pins: Pins;
  readonly groups: readonly SecurityGroup[];
  readonly lists: readonly PrefixList[];
  readonly exceptions: readonly Exception[];
}

function planId(plan: MatrixPlan, { document, pins, groups, lists, exceptions }: Grounds): string {
  const governed = new Set(plan.groups.map(({ group }) => group));
  const subject = groups.filter(({ id }) => governed.has(id));
  // AWS changes its lists by itself, and they are trusted by name.
  const known = new Set([...listsNamed(document), ...listsReferred(subject)]);
  const own = lists.filter(({ id, owner }) => owner !== "AWS" && known.has(id));
  const content = {
    base: plan.base,
    // Where a flow stands in its file does not matter, nor who carries a group.
    document: {
      ...document,
      flows: document.flows.map(({ source: _, ...flow }) => flow),
      forbids: document.forbids.map(({ source: _, ...forbid }) => forbid),
    },
    pins,
    steps: plan.groups.map(({ carriers: _, ...group }) => group),
    rules: subject.map(({ id, rules }) => [id, ...rules.map(({ rule }) => formatRule(rule))]),
    lists: own.map(({ id, entries }) => [id, ...entries.map(formatCidr).toSorted()]),
    exceptions: exceptions.map(({ id }) => id).toSorted(),
  };
  return `p-${sha256(canonicalJson(content)).slice(0, 12)}`;
}
