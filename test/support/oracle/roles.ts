// Which entries of the matrix the judged group plays, in which mode, and which groups stand behind
// an entry when another flow names it: the prose on names, tags and pins, read literally.
import { asList, type Case, type EntryText, type GroupState, type Mode } from "./case.ts";

export interface Roles {
  readonly parts: readonly string[];
  /** Newly matching: judged, in mode revoke at most, and nothing is opened for it. */
  readonly isCandidate: boolean;
  readonly mode: Mode;
}

/** Finds the roles of the judged group. */
export function rolesOf(c: Case): Roles {
  const parts = partsOf(c, c.subject);
  return { ...parts, mode: modeOf(c, parts.parts, parts.isCandidate) };
}

function partsOf(c: Case, group: GroupState): { parts: readonly string[]; isCandidate: boolean } {
  if (!isGoverned(c, group)) return { parts: [], isCandidate: false };
  const entries = Object.keys(c.matrix.groups).filter(name => name !== "others");
  const firm = entries.filter(name => isFirm(c, name, group));
  if (firm.length > 0) return { parts: firm, isCandidate: false };
  const loose = entries.filter(name => isMatch(c.matrix.groups[name]!, group));
  if (loose.length > 0) return { parts: loose, isCandidate: true };
  return { parts: "others" in c.matrix.groups ? ["others"] : [], isCandidate: false };
}

function isGoverned(c: Case, group: GroupState): boolean {
  return c.matrix.vpc === undefined || asList(c.matrix.vpc).includes(group.vpcId);
}

/** Tells whether a group has a part beyond doubt: by id, by a pin, or by an entry that adopts. */
function isFirm(c: Case, name: string, group: GroupState): boolean {
  const entry = c.matrix.groups[name]!;
  const isPinned = (c.pins[name] ?? []).includes(group.id);
  return entry.id === group.id || isPinned || (entry.adopt === "auto" && isMatch(entry, group));
}

function isMatch(entry: EntryText, group: GroupState): boolean {
  if (entry.id === undefined && entry.name === undefined && entry.tags === undefined) return false;
  if (entry.id !== undefined && entry.id !== group.id) return false;
  if (entry.name !== undefined && entry.name !== group.name) return false;
  return Object.entries(entry.tags ?? {}).every(([key, value]) => group.tags[key] === value);
}

/** The groups that stand behind an entry when a flow or forbid names it as a peer. */
export function groupsBehind(c: Case, name: string): readonly GroupState[] {
  return c.groups.filter(group => isGoverned(c, group) && isFirm(c, name, group));
}

function modeOf(c: Case, parts: readonly string[], isCandidate: boolean): Mode {
  const modes = parts.map(name => {
    const own = c.matrix.groups[name]!.mode;
    return own ?? (name === "others" ? "observe" : (c.matrix.mode ?? "observe"));
  });
  if (modes.includes("enforce")) return isCandidate ? "revoke" : "enforce";
  return modes.includes("revoke") ? "revoke" : "observe";
}
