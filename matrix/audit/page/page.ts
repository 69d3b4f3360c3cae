// A report as one HTML page that needs nothing else: no request leaves it, nothing in it runs but the
// one script whose hash its policy names, and its lists read without that.
import { SEVERITIES } from "../../alert/outcome.ts";
import { durationText, timeText } from "../../alert/paragraph.ts";
import type { Finding } from "../../finding.ts";
import { html, type Markup, nothing } from "../../markup.ts";
import type { AuditReport } from "../report.ts";
import { bySeverity, timeOf } from "../report-words.ts";
import { type GridInput, gridOf } from "./grid.ts";
import {
  exceptionList,
  exposureSection,
  findingsSection,
  flowList,
  forbidList,
  groupsSection,
} from "./lists.ts";
import { picture } from "./picture.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";
import { timeline } from "./timeline.ts";

/** What the page shows; only the report must be there. */
export interface PageInput extends Omit<GridInput, "document"> {
  readonly document?: GridInput["document"];
  /** What was done, of which the last 30 days are shown. */
  readonly findings?: readonly Finding[];
}

/** Makes the SHA-256 of a text in base64. */
export type Digest = (text: string) => string;

interface Section {
  readonly id: string;
  readonly title: string;
  readonly count?: number;
  readonly body: Markup;
}

/** Writes the page. */
export function pageText(input: PageInput, digest: Digest): string {
  const { report } = input;
  const sections = sectionsOf(input);
  const policy = [
    "default-src 'none'",
    "img-src data:",
    `style-src 'sha256-${digest(STYLE)}'`,
    `script-src 'sha256-${digest(SCRIPT)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${{ markup: policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${`Portward audit ${report.account} ${report.region}`}</title>
<link rel="icon" href="data:,">
<style>${{ markup: STYLE }}</style>
</head>
<body>
${header(report)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title, count }) => html`<li><a href="#${id}">${title}${count === undefined ? nothing : html` <span class="count">${count}</span>`}</a></li>`)}</ul></nav>
<main>
${sections.map(
  ({
    id,
    title,
    body,
  }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${body}</section>
`,
)}</main>
<aside id="panel" aria-labelledby="panel-title" tabindex="-1" hidden><div class="panel-head"><h2 id="panel-title"></h2><button type="button" id="close">Close</button></div><div id="panel-body"></div></aside>
<script>${{ markup: SCRIPT }}</script>
</body>
</html>
`;
  return page.markup;
}

function header(report: AuditReport): Markup {
  const { account, region, startedAt, endedAt, matrix, groups, rules, findings } = report;
  const counts = bySeverity(findings);
  const missed = report.missed ?? findings.filter(finding => finding.missed).length;
  const held = findings.filter(finding => finding.held).length;
  const took = endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : undefined;
  const tiles = [
    ...SEVERITIES.map(severity => ({ name: severity, count: counts[severity] })),
    { name: "no event", count: missed },
    { name: "held", count: held },
  ];
  return html`<header>
<p class="eyebrow">Portward audit</p>
<div class="title"><h1>${matrix ? matrix.name : "No matrix"}</h1>${matrix ? html`<span class="mode ${matrix.mode}">${matrix.mode}</span><span class="quiet">version ${matrix.version}</span>` : nothing}</div>
<p class="meta"><span>account <b>${account}</b></span><span><b>${region}</b></span><span><time datetime="${timeOf(report)}">${timeText(timeOf(report))}</time>${took === undefined ? nothing : html`, took ${durationText(took)}`}</span><span><b>${groups}</b> groups</span><span><b>${rules}</b> rules</span></p>
<ul class="tiles" aria-label="Findings by severity">${tiles.map(({ name, count }) => html`<li class="${count === 0 ? "none" : name.replace(" ", "-")}"><b>${count}</b> ${name}</li>`)}</ul>
</header>`;
}

function sectionsOf(input: PageInput): Section[] {
  const { report, document, exceptions = [], findings } = input;
  const { findings: found } = report;
  const grid = document && gridOf({ ...input, document });
  const exposed = found.filter(({ kind }) => kind === "exposure").length;
  const optional = (count: number, section: Omit<Section, "count">): Section[] =>
    count === 0 ? [] : [{ ...section, count }];
  return [
    ...(grid ? [{ id: "matrix", title: "Matrix", body: picture(grid) }] : []),
    { id: "found", title: "Found", count: found.length, body: findingsSection(report) },
    { id: "exposure", title: "Exposure", count: exposed, body: exposureSection(report) },
    ...(findings
      ? [{ id: "timeline", title: "Last 30 days", body: timeline(findings, timeOf(report)) }]
      : []),
    { id: "groups", title: "Groups", count: report.audited.length, body: groupsSection(report) },
    ...optional(exceptions.length, {
      ...{ id: "exceptions", title: "Exceptions", body: exceptionList(exceptions) },
    }),
    ...(document
      ? [
          ...optional(document.flows.length, {
            ...{ id: "flows", title: "Flows", body: flowList(document.flows) },
          }),
          ...optional(document.forbids.length, {
            ...{ id: "forbids", title: "Forbids", body: forbidList(document.forbids) },
          }),
        ]
      : []),
  ];
}
