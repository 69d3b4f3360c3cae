// The words and the order in which every form of a report speaks of findings. What a form looks
// like is its own file.
import { SEVERITIES, type Severity } from "../alert/outcome.ts";
import { plainText } from "../plain-text.ts";
import type { AuditFinding, AuditKind, AuditReport } from "./report.ts";

interface KindWords {
  readonly title: string;
  readonly help: string;
}

/** What each kind of finding means, the first that matters first. */
export const KINDS: Readonly<Record<AuditKind, KindWords>> = {
  exposure: {
    title: "Exposure",
    help: "AWS adds the groups of an interface up. Together they let in more than any part that the interface plays permits. Take the group off the interface, or narrow its rules.",
  },
  drift: {
    title: "Drift",
    help: "A rule that neither the matrix nor an exception permits. In mode revoke or enforce Portward closes it; if it is needed, add a flow to the matrix or ask for an exception.",
  },
  missing: {
    title: "Missing rule",
    help: "A rule that the matrix requires is not there. In mode enforce Portward restores it; otherwise authorize it, or set the flow to need: allowed.",
  },
  unmanaged: {
    title: "Unmanaged group",
    help: "No entry of the matrix selects this group, so nothing is judged on it. Give it an entry, or let `others` watch it.",
  },
  candidate: {
    title: "Candidate",
    help: "A group newly matches an entry by name or tags. Until `matrix apply` pins it, it is nobody's peer and nothing is opened for it.",
  },
  "orphan-entry": {
    title: "Entry without a group",
    help: "No live group plays this entry. Correct its id, name or tags, or take it out of the matrix.",
  },
  plumbing: {
    title: "Plumbing",
    help: "Something that Portward needs to see and to act is not as it has to be. Until it is, drift may go unnoticed.",
  },
  exception: {
    title: "Exception",
    help: "A port is open by an exception until its end, when Portward closes it again.",
  },
  pause: {
    title: "Pause",
    help: "Portward writes nothing, or restores nothing, until the pause or hold ends.",
  },
};

const KIND_ORDER = Object.keys(KINDS);

/** Findings in the order in which they are shown: the worst first, then by kind, group and rule. */
export function inOrder(findings: readonly AuditFinding[]): AuditFinding[] {
  const key = (one: AuditFinding) => `${one.group} ${one.rule}`;
  return [...findings].sort(
    (a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
      KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind) ||
      (key(a) < key(b) ? -1 : 1),
  );
}

/** How many findings there are of each severity, none left out. */
export function bySeverity(findings: readonly AuditFinding[]): Record<Severity, number> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}

const DONE: readonly string[] = ["closed", "narrowed", "restored", "put-back", "gone", "permitted"];

/** Tells whether the audit repaired it, so that it is there no more. */
export const isRepaired = ({ outcome }: AuditFinding): boolean => DONE.includes(outcome ?? "");

/** What became of a finding beside its outcome: that nothing announced it, that the brake holds it. */
export function marksOf({ outcome, missed, held }: AuditFinding): string[] {
  return [
    ...(outcome === undefined ? [] : [plainText(outcome, 40).replaceAll("-", " ")]),
    ...(held ? ["held by the brake"] : []),
    ...(missed ? ["no event announced it"] : []),
  ];
}

/**
 * Names the group of a finding by part, name and id.
 *
 * @example groupLabel(finding) // "deploy funai-deploy sg-0f0a1b2c3d4e50100"
 */
export function groupLabel({ parts = [], groupName = "", group }: AuditFinding): string {
  const words = [parts.join(" + "), groupName, group].filter(word => word !== "");
  return plainText([...new Set(words)].join(" "), 400);
}

/** Names the matrix a report was judged by. */
export function matrixLabel({ matrix }: AuditReport): string {
  if (!matrix) return "no matrix";
  return plainText(`matrix ${matrix.name} version ${matrix.version}, mode ${matrix.mode}`, 200);
}

/** When the audit was over, or began if that is not told. */
export const timeOf = ({ endedAt, startedAt }: AuditReport): string => endedAt ?? startedAt;
