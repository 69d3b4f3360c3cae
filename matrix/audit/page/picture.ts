// The grid as a table: ports in cells, letters for what stands out. A cell is a link to the first
// thing it stands for in the lists below; the script shows all of them beside it.
import type { Forbid, Need, PortSpec } from "../../document.ts";
import { formatPorts } from "../../file/ports.ts";
import { html, type Markup, nothing } from "../../markup.ts";
import type { Axis, Grid, GridCell } from "./grid.ts";

/** What is shown of a cell that has more ports than these. */
const MOST_CHIPS = 3;

/** Draws the grid with its legend and its filter. */
export function picture(grid: Grid): Markup {
  const { rows, columns } = grid;
  return html`<div class="tools">${filterBox()}${legend()}</div>
<div class="frame" role="region" aria-label="The matrix: from rows to columns" tabindex="0">
<table class="grid" id="grid">
<caption class="unseen">Rows may reach columns on the ports in the cells.</caption>
<thead><tr><th scope="col" class="corner"><span>from</span><span>to</span></th>${columns.map(columnHead)}</tr></thead>
<tbody>${rows.map(row => rowOf(grid, row))}</tbody>
</table>
</div>
<p class="quiet" id="filtered" role="status"></p>`;
}

function filterBox(): Markup {
  return html`<form class="filter" id="filter" hidden>
<label for="words">Filter</label>
<input id="words" type="search" autocomplete="off" spellcheck="false" placeholder="name, port, drift, forbid …">
<span class="keys"><kbd>/</kbd> to filter, arrows to move, <kbd>Enter</kbd> for details</span>
</form>`;
}

function legend(): Markup {
  return html`<ul class="legend" aria-label="Legend">
<li><span class="chip required">80</span> required</li>
<li><span class="chip allowed">80</span> allowed</li>
<li><span class="chip on-demand">80<i>o</i></span> on demand</li>
<li><span class="chip advised">80<i>a</i></span> advised</li>
<li><span class="mark drift">D</span> drift</li>
<li><span class="mark missing">M</span> missing</li>
<li><span class="mark exception">X</span> exception</li>
<li><span class="swatch forbidden"><span class="mark forbid">F</span></span> forbidden</li>
<li class="quiet">ports are TCP unless they say otherwise</li>
</ul>`;
}

const columnHead = ({ name, kind }: Axis): Markup =>
  html`<th scope="col" class="${kind}"><span>${name}</span></th>`;

// Cells that are empty one after the other are one: two hundred groups have forty thousand.
function rowOf(grid: Grid, row: Axis): Markup {
  const cells: Markup[] = [];
  let empty = 0;
  const endGap = (next: number) => {
    const place = html` data-x="${next - empty}"`;
    if (empty > 0) cells.push(html`<td class="gap"${place} colspan="${empty}"></td>`);
    empty = 0;
  };
  grid.columns.forEach((column, index) => {
    const x = index + 1;
    const cell = grid.cellAt(row, column);
    if (!cell && row.key !== column.key) {
      empty += 1;
      return;
    }
    endGap(x);
    const own = html` data-x="${x}"`;
    cells.push(
      cell ? cellOf(grid, cell, { row, column, own }) : html`<td class="self"${own}></td>`,
    );
  });
  endGap(grid.columns.length + 1);
  return html`<tr><th scope="row" class="${row.kind}"><span>${row.name}</span></th>${cells}</tr>
`;
}

function cellOf(
  grid: Grid,
  cell: GridCell,
  { row, column, own }: { row: Axis; column: Axis; own: Markup },
): Markup {
  const shown = chips(grid, cell);
  const marks = marksOf(grid, cell);
  const targets = [
    ...cell.findings.map(index => `finding-${index}`),
    ...cell.exceptions.map(index => `exception-${index}`),
    ...cell.flows.map(index => `flow-${index}`),
    ...cell.forbids.map(index => `forbid-${index}`),
  ];
  const words = [...shown.map(({ need, text }) => `${text} ${need}`), ...marks.map(m => m.words)];
  const label = `${row.name} to ${column.name}: ${words.join(", ")}`;
  const more = shown.length - MOST_CHIPS;
  // Only some ports may be forbidden: these stand beside the letter, and the cell is not hatched.
  const isForbidden = portsOf(at(grid.forbids, cell.forbids)).some(isEveryPort);
  return html`<td${own}${isForbidden ? html` class="forbidden"` : nothing}><a href="#${targets[0]}" data-of="${targets.join(" ")}">${shown
    .slice(0, MOST_CHIPS)
    .map(
      chip,
    )}${more > 0 ? html`<span class="more" aria-hidden="true">+${more}</span>` : nothing}${marks.map(mark)}<b class="unseen">${label}</b></a></td>`;
}

/** What stands at these places of a list. */
const at = <T>(list: readonly T[], places: readonly number[]): T[] =>
  places.flatMap(place => list[place] ?? []);

const portsOf = (forbids: readonly Forbid[]): PortSpec[] => forbids.flatMap(({ ports }) => ports);

interface Chip {
  readonly text: string;
  readonly need: Need;
}

function chips(grid: Grid, cell: GridCell): Chip[] {
  const all = at(grid.flows, cell.flows).flatMap(({ ports, need }) =>
    ports.map(port => ({ text: portText(port), need })),
  );
  return [...new Map(all.map(one => [`${one.text} ${one.need}`, one])).values()];
}

/**
 * A port as a cell has it, TCP left out.
 *
 * @example portText({ protocol: "tcp", from: 80, to: 80 }) // "80"
 */
export const portText = (port: PortSpec): string => formatPorts([port]).replace(/^tcp (?=\d)/, "");

const LETTERS: Readonly<Partial<Record<Need, string>>> = { "on-demand": "o", advised: "a" };

const chip = ({ text, need }: Chip): Markup =>
  html`<span class="chip ${need}" aria-hidden="true">${text}${LETTERS[need] ? html`<i>${LETTERS[need]}</i>` : nothing}</span>`;

interface Mark {
  readonly letter: string;
  readonly name: string;
  readonly words: string;
}

function marksOf(grid: Grid, cell: GridCell): Mark[] {
  const found = at(grid.findings, cell.findings);
  const counted = (kind: string) => found.filter(one => one.kind === kind).length;
  const marks = [
    { letter: "D", name: "drift", count: counted("drift") },
    { letter: "M", name: "missing", count: counted("missing") },
    { letter: "X", name: "exception", count: cell.exceptions.length },
  ];
  const forbidden = portsOf(at(grid.forbids, cell.forbids));
  return [
    ...marks
      .filter(({ count }) => count > 0)
      .map(({ letter, name, count }) => ({
        ...{ letter: count > 1 ? `${letter}${count}` : letter, name },
        words: count > 1 ? `${name} ${count}` : name,
      })),
    ...(forbidden.length === 0 ? [] : [forbidMark(forbidden)]),
  ];
}

function forbidMark(ports: readonly PortSpec[]): Mark {
  const text = ports.some(isEveryPort) ? "" : ports.map(portText).join(" ");
  return { letter: `F ${text}`.trim(), name: "forbid", words: `forbid ${text || "all"}` };
}

const isEveryPort = ({ protocol }: PortSpec): boolean => protocol === "all";

const mark = ({ letter, name }: Mark): Markup =>
  html`<span class="mark ${name}" aria-hidden="true">${letter}</span>`;
