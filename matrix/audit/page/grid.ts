// The matrix as rows and columns: who may reach whom on which ports, and where drift, forbids and
// exceptions lie. A value only; how it looks is picture.ts.
import type { Flow, Forbid, MatrixDocument, PeerSpec } from "../../document.ts";
import type { Exception } from "../../exception.ts";
import { formatSpecs } from "../../flows/flow.ts";
import { noPins, type Pins } from "../../flows/selection.ts";
import { parseCidr } from "../../rules/cidr.ts";
import { parseRule } from "../../rules/rule.ts";
import type { AuditFinding, AuditReport } from "../report.ts";
import { inOrder, isRepaired } from "../report-words.ts";
import { peerFinder } from "./place.ts";

/** A row or a column: a group of the matrix, a network, or some other end of a flow. */
export interface Axis {
  readonly key: string;
  readonly name: string;
  readonly kind: "group" | "network" | "peer";
}

/** Where a row meets a column; numbers are positions in the lists of `Grid`. */
export interface GridCell {
  readonly flows: number[];
  readonly forbids: number[];
  readonly exceptions: number[];
  readonly findings: number[];
}

export interface Grid {
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly flows: readonly Flow[];
  readonly forbids: readonly Forbid[];
  /** All findings of the report in the order in which they are shown. */
  readonly findings: readonly AuditFinding[];
  /** By the keys of row and column. */
  cellAt(row: Axis, column: Axis): GridCell | undefined;
}

export interface GridInput {
  readonly report: AuditReport;
  readonly document: MatrixDocument;
  readonly pins?: Pins;
  readonly exceptions?: readonly Exception[];
}

/** Lays a matrix, and what was found against it, out as a grid. */
export function gridOf({ report, document, pins = noPins, exceptions = [] }: GridInput): Grid {
  const findings = inOrder(report.findings);
  const cells = new Map<string, GridCell>();
  const axes = { from: new Map<string, Axis>(), to: new Map<string, Axis>() };
  for (const { name } of Object.values(document.groups).filter(({ others }) => !others)) {
    const axis = axisOf({ kind: "entry", name });
    axes.from.set(axis.key, axis);
    axes.to.set(axis.key, axis);
  }
  const add = (from: Axis, to: Axis, list: keyof GridCell, index: number) => {
    axes.from.set(from.key, from);
    axes.to.set(to.key, to);
    const key = `${from.key} ${to.key}`;
    const cell = cells.get(key) ?? { flows: [], forbids: [], exceptions: [], findings: [] };
    cells.set(key, cell);
    if (!cell[list].includes(index)) cell[list].push(index);
  };
  const addEnds = (list: keyof GridCell, ends: Ends, index: number) => {
    for (const from of ends.from)
      for (const to of ends.to) add(axisOf(from), axisOf(to), list, index);
  };
  document.flows.forEach((flow, index) => {
    addEnds("flows", flow, index);
  });
  document.forbids.forEach((forbid, index) => {
    addEnds("forbids", forbid, index);
  });
  exceptions.forEach(({ flow }, index) => {
    if (flow) addEnds("exceptions", flow, index);
  });
  const find = peerFinder(document, pins, report);
  const addRule = (text: string, parts: readonly string[], list: keyof GridCell, index: number) => {
    const rule = parseRule(text);
    if (!rule) return;
    const own = parts.length > 0 ? parts.map(name => axisOf({ kind: "entry", name })) : [UNMANAGED];
    for (const group of own) {
      const peer = find(rule.peer);
      if (rule.direction === "ingress") add(peer, group, list, index);
      else add(group, peer, list, index);
    }
  };
  exceptions.forEach(({ rule, groups: ids }, index) => {
    if (rule === undefined) return;
    const parts = report.audited.filter(({ id }) => ids.includes(id)).flatMap(one => one.parts);
    addRule(rule, parts, "exceptions", index);
  });
  findings.forEach((finding, index) => {
    const stands = finding.kind === "drift" || finding.kind === "missing";
    if (stands && !isRepaired(finding)) {
      addRule(finding.rule, finding.parts ?? [], "findings", index);
    }
  });
  return {
    rows: sorted(axes.from, ["network", "peer", "group"]),
    columns: sorted(axes.to, ["group", "network", "peer"]),
    flows: document.flows,
    forbids: document.forbids,
    findings,
    cellAt: (row, column) => cells.get(`${row.key} ${column.key}`),
  };
}

interface Ends {
  readonly from: readonly PeerSpec[];
  readonly to: readonly PeerSpec[];
}

/** Groups that no entry selects, in one row or column. */
const UNMANAGED: Axis = { key: "unmanaged", name: "unmanaged", kind: "peer" };

const PUBLIC: Axis = { key: "public", name: "public", kind: "network" };

/** The row or column of a peer; every address of a family stands with `public`. */
export function axisOf(spec: PeerSpec): Axis {
  const name = formatSpecs([spec]);
  if (spec.kind === "entry") return { key: `group ${name}`, name, kind: "group" };
  if (spec.kind === "network") return { key: `network ${name}`, name, kind: "network" };
  const isEvery = spec.kind === "cidr" && parseCidr(spec.cidr)?.prefix === 0;
  if (spec.kind === "public" || isEvery) return PUBLIC;
  return { key: `peer ${name}`, name, kind: "peer" };
}

/** Everybody first, then kind by kind, each in the order in which it was met. */
function sorted(axes: ReadonlyMap<string, Axis>, kinds: readonly Axis["kind"][]): Axis[] {
  const all = [...axes.values()];
  return kinds.flatMap(kind => {
    const own = all.filter(one => one.kind === kind);
    return [...own.filter(one => one.key === "public"), ...own.filter(one => one.key !== "public")];
  });
}
