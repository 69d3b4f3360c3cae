// The picture of the matrix as HTML: rows, columns, and what a cell says to the eye and to a reader.
import { describe, expect, it } from "vitest";
import { portText } from "../../matrix/audit/page/picture.ts";
import type { PortSpec } from "../../matrix/document.ts";
import { sectionOf } from "../support/page-lines.ts";
import { auditFinding, auditReport } from "../support/reports.ts";
import { seeded, seededExceptions, seededFindings } from "../support/seeded-grid.ts";

/** The picture's rows, from its table on. */
const rowsOf = (input: Partial<Parameters<typeof sectionOf>[0]>) =>
  sectionOf({ report: auditReport({ findings: [] }), document: seeded, ...input }, "matrix")
    .split("<tbody>")[1]
    ?.trim() ?? "";

it("has a filter, a legend, and a column for each end of a flow", () => {
  const matrix = sectionOf({ report: auditReport({ findings: [] }), document: seeded }, "matrix");
  expect(matrix.split("<tbody>")[0]).toMatchInlineSnapshot(`
    "<div class="tools">
    <form class="filter" id="filter" hidden>
    <label for="words">Filter</label>
    <input id="words" type="search" autocomplete="off" spellcheck="false" placeholder="name, port, drift, forbid …">
    <span class="keys"><kbd>/</kbd> to filter, arrows to move, <kbd>Enter</kbd> for details</span>
    </form>
    <ul class="legend" aria-label="Legend">
    <li><span class="chip required">80</span> required</li>
    <li><span class="chip allowed">80</span> allowed</li>
    <li><span class="chip on-demand">80<i>o</i></span> on demand</li>
    <li><span class="chip advised">80<i>a</i></span> advised</li>
    <li><span class="mark drift">D</span> drift</li>
    <li><span class="mark missing">M</span> missing</li>
    <li><span class="mark exception">X</span> exception</li>
    <li><span class="swatch forbidden"><span class="mark forbid">F</span></span> forbidden</li>
    <li class="quiet">ports are TCP unless they say otherwise</li>
    </ul></div>
    <div class="frame" role="region" aria-label="The matrix: from rows to columns" tabindex="0">
    <table class="grid" id="grid">
    <caption class="unseen">Rows may reach columns on the ports in the cells.</caption>
    <thead>
    <tr>
    <th scope="col" class="corner"><span>from</span><span>to</span></th>
    <th scope="col" class="group"><span>web</span></th>
    <th scope="col" class="group"><span>db</span></th>
    <th scope="col" class="group"><span>ops</span></th></tr></thead>
    "
  `);
});

it("has a link in each cell to what it stands for, and says all of it in words", () => {
  const report = auditReport({ findings: seededFindings });
  expect(rowsOf({ report, exceptions: seededExceptions })).toMatchInlineSnapshot(`
    "<tr>
    <th scope="row" class="network"><span>public</span></th>
    <td data-x="1"><a href="#flow-0" data-of="flow-0 forbid-1"><span class="chip required" aria-hidden="true">80</span><span class="chip required" aria-hidden="true">443</span><span class="mark forbid" aria-hidden="true">F 22</span><b class="unseen">public to web: 80 required, 443 required, forbid 22</b></a></td>
    <td data-x="2" class="forbidden"><a href="#finding-5" data-of="finding-5 forbid-0"><span class="mark drift" aria-hidden="true">D</span><span class="mark forbid" aria-hidden="true">F</span><b class="unseen">public to db: drift, forbid all</b></a></td>
    <td class="gap" data-x="3" colspan="3"></td></tr>
    <tr>
    <th scope="row" class="network"><span>office</span></th>
    <td class="gap" data-x="1" colspan="1"></td>
    <td data-x="2"><a href="#exception-0" data-of="exception-0"><span class="mark exception" aria-hidden="true">X</span><b class="unseen">office to db: exception</b></a></td>
    <td data-x="3"><a href="#flow-2" data-of="flow-2"><span class="chip allowed" aria-hidden="true">22</span><b class="unseen">office to ops: 22 allowed</b></a></td>
    <td data-x="4"><a href="#finding-0" data-of="finding-0"><span class="mark drift" aria-hidden="true">D</span><b class="unseen">office to unmanaged: drift</b></a></td>
    <td class="gap" data-x="5" colspan="1"></td></tr>
    <tr>
    <th scope="row" class="network"><span>办公室</span></th>
    <td class="gap" data-x="1" colspan="2"></td>
    <td data-x="3"><a href="#flow-3" data-of="flow-3"><span class="chip on-demand" aria-hidden="true">udp 500<i>o</i></span><b class="unseen">办公室 to ops: udp 500 on-demand</b></a></td>
    <td class="gap" data-x="4" colspan="2"></td></tr>
    <tr>
    <th scope="row" class="group"><span>web</span></th>
    <td class="self" data-x="1"></td>
    <td data-x="2"><a href="#finding-6" data-of="finding-6 flow-1"><span class="chip required" aria-hidden="true">5432</span><span class="mark missing" aria-hidden="true">M</span><b class="unseen">web to db: 5432 required, missing</b></a></td>
    <td class="gap" data-x="3" colspan="2"></td>
    <td data-x="5"><a href="#finding-1" data-of="finding-1"><span class="mark drift" aria-hidden="true">D</span><b class="unseen">web to other addresses: drift</b></a></td></tr>
    <tr>
    <th scope="row" class="group"><span>db</span></th>
    <td class="gap" data-x="1" colspan="1"></td>
    <td class="self" data-x="2"></td>
    <td class="gap" data-x="3" colspan="3"></td></tr>
    <tr>
    <th scope="row" class="group"><span>ops</span></th>
    <td data-x="1"><a href="#flow-4" data-of="flow-4"><span class="chip advised" aria-hidden="true">9100-9110<i>a</i></span><span class="chip advised" aria-hidden="true">icmp<i>a</i></span><b class="unseen">ops to web: 9100-9110 advised, icmp advised</b></a></td>
    <td data-x="2"><a href="#finding-3" data-of="finding-3 finding-4 flow-4"><span class="chip advised" aria-hidden="true">9100-9110<i>a</i></span><span class="chip advised" aria-hidden="true">icmp<i>a</i></span><span class="mark drift" aria-hidden="true">D2</span><b class="unseen">ops to db: 9100-9110 advised, icmp advised, drift 2</b></a></td>
    <td class="self" data-x="3"></td>
    <td class="gap" data-x="4" colspan="2"></td></tr>
    </tbody>
    </table>
    </div>
    <p class="quiet" id="filtered" role="status"></p>"
  `);
});

describe("a cell", () => {
  const [flow] = seeded.flows;
  const [forbid] = seeded.forbids;
  if (!flow || !forbid) throw new Error("the seeded matrix has flows and forbids");
  const tcp = (from: number, to = from): PortSpec => ({ protocol: "tcp", from, to });
  const all: PortSpec = { protocol: "all", from: -1, to: -1 };
  const cellFor = (document: Partial<typeof seeded>) =>
    /<td data-x="1".*?<\/td>/s.exec(
      rowsOf({ document: { ...seeded, flows: [], forbids: [], ...document } }),
    )?.[0];

  it("shows three chips, each once, and counts the others", () => {
    const ports = [tcp(1), tcp(2), tcp(3)];
    const three = cellFor({ flows: [{ ...flow, ports: [...ports, tcp(1)] }] });
    expect(three).toMatchInlineSnapshot(
      `"<td data-x="1"><a href="#flow-0" data-of="flow-0"><span class="chip required" aria-hidden="true">1</span><span class="chip required" aria-hidden="true">2</span><span class="chip required" aria-hidden="true">3</span><b class="unseen">public to web: 1 required, 2 required, 3 required</b></a></td>"`,
    );
    const four = cellFor({ flows: [{ ...flow, ports: [...ports, tcp(4)] }] });
    expect(four).toContain('</span><span class="more" aria-hidden="true">+1</span><b');
    expect(four).not.toContain(">4<");
    expect(four).toContain("1 required, 2 required, 3 required, 4 required");
  });

  it("says how much is needed by a letter, and the same port twice where the need differs", () => {
    const flows = (["required", "allowed", "on-demand", "advised"] as const).map(need => ({
      ...{ ...flow, need, ports: [tcp(22)] },
    }));
    expect(cellFor({ flows: flows.slice(1) })).toMatchInlineSnapshot(
      `"<td data-x="1"><a href="#flow-0" data-of="flow-0 flow-1 flow-2"><span class="chip allowed" aria-hidden="true">22</span><span class="chip on-demand" aria-hidden="true">22<i>o</i></span><span class="chip advised" aria-hidden="true">22<i>a</i></span><b class="unseen">public to web: 22 allowed, 22 on-demand, 22 advised</b></a></td>"`,
    );
    expect(cellFor({ flows })).toContain("+1");
  });

  it("is hatched where every port is forbidden, and names the ports where only some are", () => {
    const some = { ...forbid, to: flow.to, ports: [tcp(22), tcp(3389)] };
    const every = { ...some, ports: [all] };
    expect(cellFor({ forbids: [some] })).toMatchInlineSnapshot(
      `"<td data-x="1"><a href="#forbid-0" data-of="forbid-0"><span class="mark forbid" aria-hidden="true">F 22 3389</span><b class="unseen">public to web: forbid 22 3389</b></a></td>"`,
    );
    expect(cellFor({ forbids: [some, every] })).toMatchInlineSnapshot(
      `"<td data-x="1" class="forbidden"><a href="#forbid-0" data-of="forbid-0 forbid-1"><span class="mark forbid" aria-hidden="true">F</span><b class="unseen">public to web: forbid all</b></a></td>"`,
    );
    expect(cellFor({ forbids: [{ ...some, ports: [tcp(22), all] }] })).toContain(
      'class="forbidden"',
    );
  });
});

it("empty cells side by side are one, as wide as they are many", () => {
  const widths = rowsOf({})
    .split("<tr>")
    .map(row => [...row.matchAll(/data-x="(\d+)"(?: colspan="(\d+)")?/g)])
    .map(cells => cells.map(([, x, span = ""]) => [x, span].filter(Boolean).join("+")).join(" "));
  expect(widths).toEqual([
    ...["", "1 2 3+1", "1+2 3", "1+2 3"],
    ...["1 2 3+1", "1+1 2 3+1", "1 2 3"],
  ]);
});

it("no cell has a mark for a finding of a rule that is none", () => {
  const report = auditReport({ findings: [auditFinding({ rule: "trail", parts: ["db"] })] });
  expect(rowsOf({ report })).toBe(rowsOf({}));
});

it.each<[PortSpec, string]>([
  [{ protocol: "tcp", from: 80, to: 80 }, "80"],
  [{ protocol: "tcp", from: 80, to: 90 }, "80-90"],
  [{ protocol: "tcp", from: 0, to: 65_535 }, "tcp"],
  [{ protocol: "udp", from: 53, to: 53 }, "udp 53"],
  [{ protocol: "all", from: -1, to: -1 }, "all"],
])("the ports %j are %s", (port, text) => expect(portText(port)).toBe(text));
