// The matrix compiled for live groups: what is permitted and required on one group now, in which
// mode. Rules are judged in verdict.ts; here no rule of the group is looked at.

import type { MatrixDocument, Mode } from "./document.ts";
import { compileException, type Exception, isActive, isEnding, openedLines } from "./exception.ts";
import { compilePart, conflictsOf, type Line, type Part, type Permit } from "./flows/part.ts";
import type { Site } from "./flows/peers.ts";
import { type Pins, type Selection, selectParts } from "./flows/selection.ts";
import { distinctLines, isVoid, isWanted, type Union, unionOf } from "./flows/union.ts";
import type { LiveGroup } from "./group.ts";
import { boxOf } from "./rules/box.ts";

/** A matrix with its pins, ready to be asked about groups. `version` names it in findings. */
export interface Policy {
  readonly document: MatrixDocument;
  readonly pins: Pins;
  readonly version: string;
  /** Parts compiled so far, by entry and site: groups of one entry share them. */
  readonly parts: Map<string, Part>;
  /** What the parts of a group come to together, by their names and site. */
  readonly unions: Map<string, Union>;
}

export const makePolicy = (document: MatrixDocument, pins: Pins, version = ""): Policy => ({
  document,
  pins,
  version,
  parts: new Map(),
  unions: new Map(),
});

/** Everything judging one group needs: its parts together, and the exceptions of the moment. */
export interface GroupPolicy extends Union {
  readonly groupId: string;
  readonly selection: Selection;
  readonly mode: Mode;
  /** What exceptions active now permit beyond that. */
  readonly excepted: readonly Permit[];
  /** What exceptions permitted that are over and not yet closed: nothing is permitted by it now. */
  readonly ended: readonly Permit[];
  /** The rules Portward may have opened for them: it closes these in every mode. */
  readonly endedLines: readonly Line[];
}

/**
 * What has to be read beside a live group: the prefix lists whose contents are bounded, and its VPC
 * where it decides whether the world has IPv6.
 */
export function readsFor(policy: Policy, group: LiveGroup): { lists: string[]; vpcs: string[] } {
  const { parts: names, candidate } = selectParts(policy.document, policy.pins, group);
  const parts = names.map(name => partAt(policy, name, siteOf(group, true)));
  const required = candidate ? [] : parts.flatMap(part => part.lines).filter(isWanted);
  const needsVpc = required.some(
    ({ rule: { peer } }) =>
      peer.kind === "cidr" && peer.cidr.family === 6 && peer.cidr.prefix === 0,
  );
  return {
    lists: [...new Set(parts.flatMap(part => Object.keys(part.bounds)))],
    vpcs: needsVpc && group.vpcId ? [group.vpcId] : [],
  };
}

const siteOf = ({ owner, vpcId }: LiveGroup, ipv6: boolean): Site => ({
  owner,
  ipv6,
  ...(vpcId && { vpcId }),
});

/**
 * Compiles the policy of one live group; undefined when no entry selects it, unless something of an
 * exception that is over is still to be closed there.
 */
export function groupPolicy(
  policy: Policy,
  group: LiveGroup,
  situation: { ipv6: boolean; exceptions?: readonly Exception[]; now?: number },
): GroupPolicy | undefined {
  const selection = selectParts(policy.document, policy.pins, group);
  const { exceptions = [], now = 0, ipv6 } = situation;
  const bound = exceptions.filter(e => e.groups.includes(group.id));
  const active = bound.filter(e => isActive(e, now));
  if (isAway({ selection }) && !bound.some(e => isEnding(e, now))) return undefined;
  const site = siteOf(group, ipv6);
  const union = unionAt(policy, selection.parts, site);
  const compiled = (e: Exception) => compileOne(e, policy, group, selection, site);
  const opened = active.map(e =>
    isAway({ selection }) ? withOpened(e, compiled(e)) : compiled(e),
  );
  const ended = bound.filter(e => isEnding(e, now)).map(e => withOpened(e, compiled(e)));
  const broken = conflictsOf(
    "",
    opened.flatMap(o => o.permits),
    union.bans,
  );
  const sound = opened.filter(o => !o.permits.some(p => isVoid(p, broken)));
  return {
    ...union,
    groupId: group.id,
    selection,
    mode: modeOf(policy.document, selection),
    excepted: opened.flatMap(o => o.permits).filter(permit => !isVoid(permit, broken)),
    ended: ended.flatMap(e => e.permits),
    endedLines: ended.flatMap(e => e.lines),
    required:
      selection.candidate || isAway({ selection })
        ? []
        : withLines(
            union.required,
            sound.flatMap(o => o.lines),
          ),
    conflicts: broken.length > 0 ? [...union.conflicts, ...broken] : union.conflicts,
  };
}

function unionAt(policy: Policy, names: readonly string[], site: Site): Union {
  const key = keyAt(names.join(" + "), site);
  const known = policy.unions.get(key);
  if (known) return known;
  const union = unionOf(names.map(name => partAt(policy, name, site)));
  policy.unions.set(key, union);
  return union;
}

function compileOne(
  exception: Exception,
  policy: Policy,
  group: LiveGroup,
  selection: Selection,
  site: Site,
) {
  const { document, pins } = policy;
  return compileException(exception, group.id, selection.parts, { document, pins, site });
}

// Who opened something knows it better than a matrix that may have changed since.
function withOpened(exception: Exception, compiled: ReturnType<typeof compileOne>) {
  const grant = { kind: "exception", id: exception.id, until: exception.end } as const;
  const lines = openedLines(exception);
  return {
    permits: [...compiled.permits, ...lines.map(({ rule }) => ({ ...boxOf(rule), grant }))],
    lines: [...compiled.lines, ...lines],
  };
}

/** Tells whether no entry governs the group: only what Portward opened itself is looked at there. */
export const isAway = ({ selection }: Pick<GroupPolicy, "selection">): boolean =>
  selection.parts.length === 0;

function partAt(policy: Policy, name: string, site: Site): Part {
  const key = keyAt(name, site);
  const known = policy.parts.get(key);
  if (known) return known;
  const part = compilePart(name, policy.document, policy.pins, site);
  policy.parts.set(key, part);
  return part;
}

const keyAt = (name: string, { owner, vpcId, ipv6 }: Site): string =>
  `${name} ${owner} ${vpcId} ${ipv6}`;

const withLines = (lines: readonly Line[], more: readonly Line[]): readonly Line[] =>
  more.length > 0 ? distinctLines([...lines, ...more]) : lines;

const STRICTNESS: readonly Mode[] = ["observe", "revoke", "enforce"];

/** The strictest mode among a group's parts; a candidate is held to revoke at most. */
export function modeOf(document: MatrixDocument, selection: Selection): Mode {
  const modes = selection.parts.map(name => {
    const own = document.groups[name]?.mode;
    return own ?? (document.groups[name]?.others ? "observe" : document.mode);
  });
  const strictest = Math.max(0, ...modes.map(mode => STRICTNESS.indexOf(mode)));
  const limit = selection.candidate ? 1 : 2;
  return STRICTNESS[Math.min(strictest, limit)] ?? "observe";
}
