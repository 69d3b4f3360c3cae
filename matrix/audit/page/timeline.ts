// The last thirty days of reverts: a bar for each day, and a row for each finding. Days are UTC.
import { type OutcomeWord, outcomeWord } from "../../alert/outcome.ts";
import { timeText } from "../../alert/paragraph.ts";
import type { Finding } from "../../finding.ts";
import { html, type Markup, nothing } from "../../markup.ts";
import { tableOf } from "./lists.ts";

const DAYS = 30;
const DAY_MS = 86_400_000;
const HEIGHT = 72;
const STEP = 20;
/** The rows that stand open, and those that open by a click; what is older is only counted. */
const FIRST_ROWS = 12;
const MOST_ROWS = 200;

/** Draws what happened in the thirty days that end with a time (ISO 8601). */
export function timeline(findings: readonly Finding[], end: string): Markup {
  const last = Math.floor(Date.parse(end) / DAY_MS);
  const days = Array.from({ length: DAYS }, (_, index) => last - DAYS + 1 + index);
  const seen = findings
    .filter(({ seenAt }) => days.includes(dayOf(seenAt)))
    .sort((a, b) => Date.parse(b.seenAt) - Date.parse(a.seenAt));
  if (seen.length === 0)
    return html`<p class="empty">Nothing was reverted in the last 30 days.</p>`;
  const more = seen.length - MOST_ROWS;
  return html`${bars(days, seen)}
<ul class="legend"><li><span class="dot done"></span>closed, narrowed or restored</li><li><span class="dot open"></span>left open, or could not be closed</li></ul>
${rowsOf(seen.slice(0, FIRST_ROWS))}${seen.length > FIRST_ROWS ? html`<details><summary>${Math.min(seen.length, MOST_ROWS) - FIRST_ROWS} before</summary>${rowsOf(seen.slice(FIRST_ROWS, MOST_ROWS))}</details>` : nothing}${more > 0 ? html`<p class="quiet">${more} more are older</p>` : nothing}`;
}

const rowsOf = (findings: readonly Finding[]): Markup =>
  tableOf(["When", "Outcome", "Rule", "Group", "By"], findings.map(row));

const dayOf = (iso: string): number => Math.floor(Date.parse(iso) / DAY_MS);

const OPEN: ReadonlySet<OutcomeWord> = new Set([
  ...(["ROLE MISUSED", "COULD NOT CLOSE", "EXPOSED", "LEFT OPEN"] as const),
  ...(["COULD NOT RESTORE", "EXCEPTION NOT OPENED", "NOT RESTORED"] as const),
]);

const isOpen = (finding: Finding): boolean => OPEN.has(outcomeWord(finding));

function bars(days: readonly number[], findings: readonly Finding[]): Markup {
  const counts = days.map(day => {
    const own = findings.filter(({ seenAt }) => dayOf(seenAt) === day);
    const open = own.filter(isOpen).length;
    const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
    return { date, open, done: own.length - open };
  });
  const most = Math.max(...counts.map(({ open, done }) => open + done));
  const scale = (count: number) => (count === 0 ? 0 : Math.max(3, (count / most) * HEIGHT));
  const columns = counts.map(({ date, open, done }, index) => {
    const [high, low] = [scale(open), scale(done)];
    const x = index * STEP;
    return html`<g><title>${`${date}: ${done} closed or restored, ${open} open`}</title><rect class="base" x="${x}" y="${HEIGHT}" width="14" height="1"/><rect class="done" x="${x}" y="${HEIGHT - low}" width="14" height="${low}"/><rect class="open" x="${x}" y="${HEIGHT - low - high}" width="14" height="${high}"/></g>`;
  });
  const dates = counts.map(({ date }) => date.slice(5));
  return html`<svg class="bars" viewBox="0 -72 ${DAYS * STEP} 164" role="img" aria-label="${`Reverts of each day, ${findings.length} in 30 days`}">${columns}<text x="0" y="${HEIGHT + 16}">${dates[0]}</text><text class="end" x="${DAYS * STEP - 6}" y="${HEIGHT + 16}">${dates.at(-1)}</text></svg>`;
}

function row(finding: Finding): Markup {
  const { seenAt, rule, parts, group, actor, id } = finding;
  const who = actor ? actor.name : "maker unknown";
  const where = [parts.join(" + "), group.name].filter(Boolean).join(" · ");
  return html`<tr><td class="time">${timeText(seenAt)}</td><td><span class="outcome ${isOpen(finding) ? "open" : "done"}">${outcomeWord(finding)}</span></td><td><code>${rule}</code><br><span class="quiet">${id}</span></td><td>${where}<br><code class="quiet">${group.id}</code></td><td>${who}</td></tr>
`;
}
