// How two versions of a matrix differ, in the words of the matrix. What it comes to on live groups is
// the plan's.
import type { Flow, Forbid, GroupEntry, MatrixDocument, PeerSpec } from "../document.ts";
import { flowText, forbidText, formatSpecs } from "../flows/flow.ts";

/** One section's differences; each text is one line. */
export interface SectionDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

export interface DocumentDiff {
  readonly mode?: { readonly from: string | null; readonly to: string };
  readonly vpcs: SectionDiff;
  readonly networks: SectionDiff;
  readonly groups: SectionDiff;
  readonly flows: SectionDiff;
  readonly forbids: SectionDiff;
  readonly exceptions: SectionDiff;
  readonly people: SectionDiff;
}

// What says who may do what comes first.
const SECTIONS = [
  "exceptions",
  "people",
  "forbids",
  "flows",
  "groups",
  "networks",
  "vpcs",
] as const;

/** Compares two documents; without an older one everything is added. */
export function diffDocuments(
  before: MatrixDocument | undefined,
  after: MatrixDocument,
): DocumentDiff {
  const section = (texts: (document: MatrixDocument) => Texts): SectionDiff =>
    diffTexts(before ? texts(before) : new Map(), texts(after));
  const isModeNew = before?.mode !== after.mode;
  return {
    ...(isModeNew && { mode: { from: before?.mode ?? null, to: after.mode } }),
    vpcs: section(({ vpcs }) => new Map(vpcs.map(vpc => [vpc, vpc]))),
    networks: section(({ networks }) => mapped(networks, networkText)),
    groups: section(({ groups }) => mapped(groups, entryText)),
    flows: section(({ flows }) => new Map(flows.map(flow => [flow.id, flowLine(flow)]))),
    forbids: section(({ forbids }) => new Map(forbids.map(one => [one.id, forbidLine(one)]))),
    exceptions: section(({ exceptions }) => termTexts(exceptions)),
    people: section(({ people }) => mapped(people, (name, ids) => `${name}: ${ids.join(", ")}`)),
  };
}

/** What each named thing of a section says. */
type Texts = ReadonlyMap<string, string>;

function diffTexts(before: Texts, after: Texts): SectionDiff {
  const names = [...after.keys()];
  return {
    added: names.filter(name => !before.has(name)).map(name => after.get(name) ?? name),
    removed: [...before].filter(([name]) => !after.has(name)).map(([, text]) => text),
    changed: names
      .filter(name => before.has(name) && before.get(name) !== after.get(name))
      .map(name => `${before.get(name)} -> ${after.get(name)}`),
  };
}

function mapped<T>(
  record: Readonly<Record<string, T>>,
  text: (name: string, value: T) => string,
): Map<string, string> {
  return new Map(Object.entries(record).map(([name, value]) => [name, text(name, value)]));
}

const networkText = (name: string, specs: readonly PeerSpec[]): string =>
  `${name}: ${specs.map(specText).join(", ") || "nothing"}`;

const specText = (spec: PeerSpec): string =>
  spec.kind === "prefix-list" && spec.within
    ? `${spec.id} within ${spec.within.join(" ")}`
    : formatSpecs([spec]);

function entryText(name: string, entry: GroupEntry): string {
  const tags = Object.entries(entry.tags ?? {}).map(([key, value]) => `tag ${key}=${value}`);
  const words = [
    ...(entry.id === undefined ? [] : [entry.id]),
    ...(entry.groupName === undefined ? [] : [`name ${entry.groupName}`]),
    ...tags,
    ...(entry.members.length > 0 ? [`members ${entry.members.join(" ")}`] : []),
    ...(entry.egress === "listed" ? ["egress listed"] : []),
    ...(entry.by === "group" ? ["by group"] : []),
    ...(entry.mode === undefined ? [] : [`mode ${entry.mode}`]),
    ...(entry.owner === undefined ? [] : [`owner ${entry.owner}`]),
    ...(entry.adopt === "auto" ? ["adopt auto"] : []),
  ];
  return `${name}: ${words.join(", ") || "no other entry's groups"}`;
}

function flowLine(flow: Flow): string {
  const within = [...flow.from, ...flow.to].flatMap(spec =>
    spec.kind === "prefix-list" && spec.within ? [specText(spec)] : [],
  );
  const words = [
    ...(flow.need === "required" ? [] : [flow.need]),
    ...(flow.sides === undefined ? [] : [`sides ${flow.sides}`]),
    ...within,
    ...(flow.probe === undefined ? [] : [`probe ${flow.probe}`]),
    ...(flow.purpose === undefined ? [] : [`"${flow.purpose}"`]),
  ];
  return [flowText(flow), ...words].join(", ");
}

const forbidLine = (forbid: Forbid): string =>
  `${forbidText(forbid)}${forbid.except.length > 0 ? `, except ${formatSpecs(forbid.except)}` : ""}`;

function termTexts(terms: MatrixDocument["exceptions"]): Texts {
  const { approvers, maxDurationMinutes, perRequester, breakGlassMinutes } = terms;
  return new Map([
    ...approvers.map(name => [`approver ${name}`, `approver ${name}`] as const),
    ["maxDuration", `at most ${maxDurationMinutes} minutes`],
    ["perRequester", `at most ${perRequester} for each requester`],
    ["breakGlass", `${breakGlassMinutes} minutes of break-glass`],
  ]);
}

/** Tells whether nothing of a section differs. */
export const isEmptySection = ({ added, removed, changed }: SectionDiff): boolean =>
  added.length + removed.length + changed.length === 0;

/** Prints differences, a line each: `+` added, `-` removed, `~` changed. */
export function diffLines(diff: DocumentDiff): string[] {
  const section = (name: (typeof SECTIONS)[number]) => [
    ...diff[name].added.map(text => `+ ${name}: ${text}`),
    ...diff[name].removed.map(text => `- ${name}: ${text}`),
    ...diff[name].changed.map(text => `~ ${name}: ${text}`),
  ];
  const mode = diff.mode ? [`~ mode: ${diff.mode.from ?? "none"} -> ${diff.mode.to}`] : [];
  return [...mode, ...SECTIONS.flatMap(section)];
}
