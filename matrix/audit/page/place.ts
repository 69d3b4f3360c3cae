// In which row or column the peer of a live rule stands: the group or network of the matrix that it
// is or lies in, the narrowest first; else a row of its own kind.
import type { MatrixDocument, PeerSpec } from "../../document.ts";
import type { Pins } from "../../flows/selection.ts";
import { type Cidr, contains, parseCidr } from "../../rules/cidr.ts";
import { formatPeer, type Peer } from "../../rules/rule.ts";
import type { AuditReport } from "../report.ts";
import { type Axis, axisOf } from "./grid.ts";

/** Addresses that no name of the matrix holds. */
const ELSEWHERE: Axis = { key: "elsewhere", name: "other addresses", kind: "peer" };

interface Named {
  readonly axis: Axis;
  readonly block: Cidr;
}

/** Makes the function that places peers. */
export function peerFinder(document: MatrixDocument, pins: Pins, report: AuditReport) {
  const blocks = namedBlocks(document);
  const ids = namedIds(document, pins, report);
  return (peer: Peer): Axis => {
    if (peer.kind !== "cidr") {
      const text = formatPeer(peer);
      return ids.get(peer.id) ?? { key: `peer ${text}`, name: text, kind: "peer" };
    }
    const { cidr } = peer;
    if (cidr.prefix === 0) return axisOf({ kind: "public" });
    const holding = blocks.filter(({ block }) => contains(block, cidr));
    const [narrowest] = holding.sort((a, b) => b.block.prefix - a.block.prefix);
    return narrowest?.axis ?? ELSEWHERE;
  };
}

function namedBlocks({ groups, networks, flows }: MatrixDocument): Named[] {
  const named = (axis: Axis, text: string): Named[] => {
    const block = parseCidr(text);
    return block && block.prefix > 0 ? [{ axis, block }] : [];
  };
  const used = flows.flatMap(flow => [...flow.from, ...flow.to]);
  return [
    ...Object.values(groups).flatMap(({ name, members }) =>
      members.flatMap(member => named(axisOf({ kind: "entry", name }), member)),
    ),
    ...used.flatMap(spec => (spec.kind === "cidr" ? named(axisOf(spec), spec.cidr) : [])),
    ...Object.entries(networks).flatMap(([name, specs]) =>
      specs.flatMap(spec =>
        spec.kind === "cidr" ? named(axisOf({ kind: "network", name }), spec.cidr) : [],
      ),
    ),
  ];
}

/** Groups and prefix lists by their id. */
function namedIds(document: MatrixDocument, pins: Pins, report: AuditReport): Map<string, Axis> {
  const idOf = (spec: PeerSpec) =>
    spec.kind === "group" || spec.kind === "prefix-list" ? [spec.id] : [];
  const entry = (name: string) => axisOf({ kind: "entry", name });
  return new Map([
    ...Object.entries(document.networks).flatMap(([name, specs]) =>
      specs.flatMap(idOf).map(id => [id, axisOf({ kind: "network", name })] as const),
    ),
    ...report.audited.flatMap(({ id, parts: [part] }) =>
      part === undefined ? [] : [[id, entry(part)] as const],
    ),
    ...Object.entries(pins.groups).flatMap(([name, pinned]) =>
      pinned.map(({ id }) => [id, entry(name)] as const),
    ),
    ...Object.values(document.groups).flatMap(({ name, id }) =>
      id === undefined ? [] : [[id, entry(name)] as const],
    ),
  ]);
}
