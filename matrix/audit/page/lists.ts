// The lists of the page: what was found, what is exposed, who plays which part, and the flows,
// forbids and exceptions behind the picture's cells. They read without a script.
import { SEVERITIES } from "../../alert/outcome.ts";
import { timeText } from "../../alert/paragraph.ts";
import type { Flow, Forbid } from "../../document.ts";
import type { Exception } from "../../exception.ts";
import { whatOf } from "../../exceptions/exception-text.ts";
import { flowText } from "../../flows/flow.ts";
import { html, type Markup, nothing } from "../../markup.ts";
import { isWorlds, portsText, type Reached, reachedIn } from "../reached.ts";
import type { AuditedGroup, AuditedInterface, AuditFinding, AuditReport } from "../report.ts";
import { groupLabel, inOrder, isRepaired, KINDS, marksOf } from "../report-words.ts";

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

/** What the world and the networks really reach through the groups of an interface, wrongly or not. */
export const exposureSection = (report: AuditReport): Markup =>
  html`${excessTable(report)}${reachedTables(reachedIn(report))}`;

function excessTable(report: AuditReport): Markup {
  const exposed = inOrder(report.findings).filter(({ kind }) => kind === "exposure");
  if (exposed.length === 0) {
    return html`<p class="empty">No interface lets in more than its parts permit.</p>`;
  }
  const names = new Map(report.audited.map(({ id, name }) => [id, name]));
  const rows = exposed.map(finding => {
    const { rule, because, severity } = finding;
    const groups = groupsIn(finding).map(id => ({ id, name: names.get(id) ?? "" }));
    const carriers = carriersOf(finding, report.interfaces);
    return html`<tr><td><span class="severity ${severity}">${severity}</span></td><td><code>${rule}</code></td><td>${groupLines(groups)}${carriersText(carriers)}</td><td>${because}</td></tr>
`;
  });
  return tableOf(["Severity", "What is open", "Where", "Why"], rows);
}

const groupLines = (groups: Reached["groups"]): Markup =>
  html`${groups.map(({ id, name }) => html`<div>${name}<br><code class="quiet">${id}</code></div>`)}`;

/** The group whose rule it is, and those it names as worn beside it. */
const groupsIn = ({ group, rule }: AuditFinding): string[] => [
  ...new Set([group, ...(rule.match(/\bsg-[0-9a-z]+/g) ?? [])].filter(id => id !== "")),
];

/** Interfaces that wear exactly these groups together, or those that it is about by id or address. */
function carriersOf(finding: AuditFinding, interfaces: readonly AuditedInterface[]) {
  const { rule } = finding;
  const groups = groupsIn(finding);
  return interfaces.filter(({ id, addresses, groups: own }) => {
    if (rule.includes(" beside ")) {
      return own.length === groups.length && own.every(one => groups.includes(one));
    }
    return rule === id || addresses.some(address => rule.includes(` ${address}/`));
  });
}

function carriersText([first, ...more]: readonly AuditedInterface[]): Markup {
  if (!first) return html`–`;
  return html`<code>${first.id}</code><br>${addressText(first)}${more.length > 0 ? html` <span class="quiet">and ${more.length} more</span>` : nothing}`;
}

function reachedTables(reached: readonly Reached[]): Markup {
  const open = reached.filter(isWorlds);
  const inside = reached.filter(one => !isWorlds(one));
  const names = ["Groups worn together", "Interfaces", "From where, on which ports"];
  return html`${
    open.length === 0
      ? nothing
      : html`<h3>What the world reaches</h3>
${tableOf(names, open.map(reachedRow))}`
  }${inside.length === 0 ? nothing : html`<details><summary>What only known networks reach: ${inside.length}</summary>${tableOf(names, inside.map(reachedRow))}</details>`}`;
}

function reachedRow({ groups, interfaces, reach }: Reached): Markup {
  return html`<tr><td>${groupLines(groups)}</td><td>${carriersText(interfaces)}</td><td>${reach.map(one => html`<div><b>${one.from}</b> <code>${portsText(one)}</code></div>`)}</td></tr>
`;
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
    (exception, index) =>
      html`<li id="exception-${index}"><p class="head"><span class="kind">Exception</span> <code>${whatOf(exception)}</code> <span class="tag">${exception.state}</span></p>
<p>${exception.reason}</p><p class="quiet">${windowOf(exception)}</p></li>
`,
  )}</ul>`;

const windowOf = ({ start, end, id, groups }: Exception): string =>
  `${timeText(start) ?? ""} to ${timeText(end) ?? ""} · ${id} · ${groups.join(" ")}`;

/** A table with these column names. */
export const tableOf = (names: readonly string[], rows: readonly Markup[]): Markup =>
  html`<div class="scroll" role="region" aria-label="${names.join(", ")}" tabindex="0"><table class="rows"><thead><tr>${names.map(name => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
