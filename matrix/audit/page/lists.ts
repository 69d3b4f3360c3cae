// The lists of the page: what was found, what is exposed, who plays which part, and the flows,
// forbids and exceptions behind the picture's cells. They read without a script.
import { SEVERITIES } from "../../alert/outcome.ts";
import { timeText } from "../../alert/paragraph.ts";
import type { Flow, Forbid } from "../../document.ts";
import type { Exception } from "../../exception.ts";
import { flowText } from "../../flows/flow.ts";
import type { AuditedGroup, AuditedInterface, AuditFinding, AuditReport } from "../report.ts";
import { groupLabel, inOrder, isRepaired, KINDS, marksOf } from "../report-words.ts";
import { html, type Markup, nothing } from "./markup.ts";

/** Findings by severity, the worst first; the ones repaired stand back. */
export function findingsSection(report: AuditReport): Markup {
  const findings = inOrder(report.findings).map((finding, index) => ({ finding, index }));
  if (findings.length === 0) return html`<p class="empty">Nothing was found.</p>`;
  return html`${SEVERITIES.map(severity => {
    const own = findings.filter(({ finding }) => finding.severity === severity);
    if (own.length === 0) return nothing;
    return html`<h3><span class="severity ${severity}">${severity}</span> <span class="quiet">${own.length}</span></h3>
<ul class="items">${own.map(({ finding, index }) => findingItem(finding, index))}</ul>
`;
  })}`;
}

function findingItem(finding: AuditFinding, index: number): Markup {
  const { kind, rule, because, id, findingId, severity } = finding;
  const marks = marksOf(finding);
  const ids = [id, findingId].filter(one => one !== undefined && one !== "").join(" · ");
  return html`<li id="finding-${index}" class="${severity}${isRepaired(finding) ? " repaired" : ""}">
<p class="head"><span class="kind">${KINDS[kind].title}</span> <code>${rule}</code>${marks.map(one => html` <span class="tag">${one}</span>`)}</p>
<p>${because}</p>
<p class="quiet">${[groupLabel(finding), ids].filter(Boolean).join(" · ")}</p></li>
`;
}

/** What the world and the networks really reach through the groups of an interface. */
export function exposureSection(report: AuditReport): Markup {
  const exposed = inOrder(report.findings).filter(({ kind }) => kind === "exposure");
  if (exposed.length === 0) {
    return html`<p class="empty">No interface lets in more than its parts permit.</p>`;
  }
  const known = new Map(report.interfaces.map(one => [one.id, one]));
  const rows = exposed.map(({ rule, group, because, severity }) => {
    const at = known.get(rule) ?? report.interfaces.find(one => rule.includes(one.id));
    const addresses = at ? addressText(at) : "";
    return html`<tr><td><span class="severity ${severity}">${severity}</span></td><td><code>${rule}</code><br><span class="quiet">${addresses}</span></td><td>${(at?.groups ?? [group]).map(id => html`<code>${id}</code> `)}</td><td>${because}</td></tr>
`;
  });
  return tableOf(["Severity", "Interface", "Its groups", "What is open"], rows);
}

/** Every group that was looked at, with the interfaces that carry it. */
export function groupsSection({ audited, interfaces, findings }: AuditReport): Markup {
  const wearers = new Map<string, AuditedInterface[]>();
  for (const one of interfaces) {
    for (const id of one.groups) wearers.set(id, [...(wearers.get(id) ?? []), one]);
  }
  const counts = new Map<string, number>();
  for (const { group } of findings) counts.set(group, (counts.get(group) ?? 0) + 1);
  const rows = audited.map(group =>
    groupRow(group, wearers.get(group.id) ?? [], counts.get(group.id) ?? 0),
  );
  const names = ["Group", "Part", "Mode", "Rules", "Found", "Interfaces"];
  return rows.length === 0
    ? html`<p class="empty">No group was looked at.</p>`
    : tableOf(names, rows);
}

function groupRow(
  { id, name, parts, mode, rules, interfaces, vpcId }: AuditedGroup,
  wearers: readonly AuditedInterface[],
  found: number,
): Markup {
  const part = parts.length === 0 ? html`<span class="tag">unmanaged</span>` : parts.join(" + ");
  const list = wearers.map(
    one =>
      html`<li><code>${one.id}</code> ${addressText(one)} <span class="quiet">${one.description}</span>${one.groups.length > 1 ? html` <span class="tag">${one.groups.length} groups</span>` : nothing}</li>`,
  );
  const carried =
    wearers.length > 0
      ? html`<details><summary>${wearers.length}</summary><ul class="plain">${list}</ul></details>`
      : html`${interfaces === 0 ? html`<span class="tag">nothing carries it</span>` : interfaces}`;
  return html`<tr><td>${name}<br><code class="quiet">${id}</code> <span class="quiet">${vpcId}</span></td><td>${part}</td><td>${mode ?? "–"}</td><td class="number">${rules}</td><td class="number">${found === 0 ? "–" : found}</td><td>${carried}</td></tr>
`;
}

const addressText = ({ addresses, publicAddress, instance }: AuditedInterface): string =>
  [
    ...addresses,
    ...(publicAddress ? [`public ${publicAddress}`] : []),
    ...(instance ? [instance] : []),
  ].join(" · ");

const NEEDS: Readonly<Record<Flow["need"], string>> = {
  required: "permitted, and restored when it is missing",
  allowed: "permitted, not restored",
  "on-demand": "closed until an exception opens it",
  advised: "required; other rules on these ports are reported, not closed",
};

/** The flows of the matrix. */
export const flowList = (flows: readonly Flow[]): Markup =>
  html`<ul class="items">${flows.map(
    (flow, index) =>
      html`<li id="flow-${index}"><p class="head"><span class="kind">Flow</span> <code>${flowText(flow)}</code> <span class="tag">${flow.need}</span></p>
${flow.purpose === undefined ? nothing : html`<p>${flow.purpose}</p>`}<p class="quiet">${[NEEDS[flow.need], placeOf(flow)].filter(Boolean).join(" · ")}</p></li>
`,
  )}</ul>`;

/** The forbids of the matrix. */
export const forbidList = (forbids: readonly Forbid[]): Markup =>
  html`<ul class="items">${forbids.map(
    (forbid, index) =>
      html`<li id="forbid-${index}"><p class="head"><span class="kind">Forbid</span> <code>${flowText(forbid)}</code></p>
<p>${forbid.reason ?? "no flow and no exception may open it"}</p><p class="quiet">${placeOf(forbid)}</p></li>
`,
  )}</ul>`;

const placeOf = ({ source }: Pick<Flow, "source">): string =>
  source ? `${source.file}:${source.line}` : "";

/** What is open by exception. */
export const exceptionList = (exceptions: readonly Exception[]): Markup =>
  html`<ul class="items">${exceptions.map(
    ({ id, state, start, end, flow, rule, reason, groups }, index) =>
      html`<li id="exception-${index}"><p class="head"><span class="kind">Exception</span> <code>${rule ?? (flow ? flowText(flow) : "")}</code> <span class="tag">${state}</span></p>
<p>${reason}</p><p class="quiet">${`${moment(start)} to ${moment(end)} · ${id} · ${groups.join(" ")}`}</p></li>
`,
  )}</ul>`;

const moment = (ms: number): string =>
  Number.isFinite(new Date(ms).getTime()) ? (timeText(new Date(ms).toISOString()) ?? "") : "";

/** A table with these column names. */
export const tableOf = (names: readonly string[], rows: readonly Markup[]): Markup =>
  html`<div class="scroll" role="region" aria-label="${names.join(", ")}" tabindex="0"><table class="rows"><thead><tr>${names.map(name => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
