// One exposure as the finding that is stored of it, whoever saw it, and as an audit's: both say the
// same, by ids that are computed from the same. What is exposed at all is matrix/exposure.ts.
import { severityOf } from "../../../matrix/alert/outcome.ts";
import type { AuditedInterface, AuditFinding } from "../../../matrix/audit/report.ts";
import type { Mode } from "../../../matrix/document.ts";
import { type Excess, exposureText, type Reach } from "../../../matrix/exposure.ts";
import type { Finding } from "../../../matrix/finding.ts";
import { forbidText } from "../../../matrix/flows/flow.ts";
import { formatRule } from "../../../matrix/rules/rule.ts";
import type { Trigger } from "../../../matrix/trigger.ts";
import { iso } from "../draft.ts";
import { groupFinding } from "./judged.ts";
import type { Judged } from "./view.ts";

/** Something that may have attached groups: what caused a look, and the groups it named, if any. */
export interface Cause {
  readonly trigger: Trigger;
  readonly groups: readonly string[];
}

/** From where and when interfaces were looked at. */
export interface Sight {
  readonly account: string;
  readonly region: string;
  readonly matrixVersion: string;
  /** When the interfaces were read; milliseconds since the epoch. */
  readonly readAt: number;
  readonly causes: readonly [Cause, ...Cause[]];
}

/** Interfaces that wear the same groups. */
export interface WornSet {
  readonly groups: readonly string[];
  readonly interfaces: readonly AuditedInterface[];
}

/** An exposure that was seen, as the finding it is or becomes. */
export interface Exposure {
  readonly finding: Finding;
  /** All groups that are worn together, and the parts they play. */
  readonly groups: readonly string[];
  readonly parts: readonly string[];
}

/** Drafts what is to be recorded of an exposure of a set. */
export function draftExposure(
  sight: Sight,
  excess: Excess,
  { groups, interfaces }: WornSet,
  { worn, reach }: { worn: readonly Judged[]; reach: readonly Reach[] },
): Exposure {
  const { account, region, matrixVersion, readAt, causes } = sight;
  const { id, name, vpcId } = excess.group;
  const parts = worn.flatMap(({ policy }) => policy?.selection.parts ?? []);
  const own = worn.find(({ group }) => group.id === id);
  const maker = causes.find(cause => groups.every(one => cause.groups.includes(one)))?.trigger;
  const near = causes.find(cause => cause.groups.some(one => groups.includes(one))) ?? causes[0];
  const cause = maker ?? near.trigger;
  const finding: Finding = {
    ...{ id: "", occurrence: 0, kind: "exposure", account, region },
    group: { id, name, ...(vpcId && { vpcId }) },
    parts: own?.policy?.selection.parts ?? [],
    mode: strictestOf(worn),
    rule: exposureText(excess, worn),
    after: excess.kept.map(formatRule),
    because: whyExposed(excess, parts),
    trigger: {
      ...{ kind: cause.kind, id: cause.id },
      ...(cause.event === undefined ? {} : { event: cause.event }),
      ...(cause.at === undefined ? {} : { at: iso(cause.at) }),
    },
    ...(maker?.actor && { actor: maker.actor }),
    ...(maker?.at === undefined ? {} : { openedAt: iso(maker.at) }),
    ...{ outcome: "reported", seenAt: iso(readAt), calls: [], owed: [], notes: [], matrixVersion },
    breaks: excess.breaks.map(forbidText),
    exposed: {
      interfaces: limited(interfaces.map(interfaceText)),
      groups: worn.map(groupText),
      reach: limited(reach.map(reachText)),
    },
  };
  return { finding, groups, parts };
}

/** The same as an audit's finding; with the id and outcome of the one that is stored, if it is. */
export function auditedExposure(
  scope: string,
  { finding, parts }: Exposure,
  interfaces: readonly AuditedInterface[],
): AuditFinding {
  const names = interfaces.slice(0, 5).map(({ id, instance }) => instance ?? id);
  const more = interfaces.length - names.length;
  const who = `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const { group, rule, because } = finding;
  return groupFinding(scope, group, {
    ...{ kind: "exposure", severity: severityOf(finding), parts, rule },
    because: `${who}: ${because}`,
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

// Only where all that is worn is merely observed, the exposure is.
function strictestOf(worn: readonly Judged[]): Mode {
  const own = worn.flatMap(({ policy }) => policy?.mode ?? []);
  return (["enforce", "revoke"] as const).find(mode => own.includes(mode)) ?? "observe";
}

const KEPT = 50;

// A group may be worn by thousands, and an item holds 400 KB.
function limited(lines: readonly string[]): string[] {
  const more = lines.length - KEPT;
  return more > 0 ? [...lines.slice(0, KEPT), `and ${more} more`] : [...lines];
}

function interfaceText({ id, instance, addresses, publicAddress, description }: AuditedInterface) {
  const bearer = instance ?? description;
  return [
    ...(bearer === undefined ? [] : [bearer]),
    id,
    ...addresses.slice(0, 2),
    ...(publicAddress === undefined ? [] : [`public ${publicAddress}`]),
  ].join(" ");
}

function groupText({ group: { id, name }, policy }: Judged): string {
  const part = policy?.selection.parts.join(" + ");
  return `${id} ${name}, ${part === undefined ? "which no entry selects" : `part ${part}`}`;
}

function reachText({ from, whole, part }: Reach): string {
  return [
    ...(whole.length > 0 ? [`${from}: ${whole.join(", ")}`] : []),
    ...(part.length > 0 ? [`some of ${from}: ${part.join(", ")}`] : []),
  ].join("; ");
}
