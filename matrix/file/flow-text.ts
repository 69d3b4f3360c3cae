// The flows and forbids of a matrix file. That a flow meets a forbid is seen when they are compiled, and
// what is none at all is named by the structure check.
import type { Flow, Forbid, Need, PeerSpec, Place, PortSpec, Sides } from "../document.ts";
import { quoted } from "../errors.ts";
import { formatSpecs } from "../flows/flow.ts";
import { type Reader, readPeers } from "./peer-text.ts";
import { formatPorts, parsePorts } from "./ports.ts";
import { fieldOf, itemsOf, type Located, type LocatedMap, problemAt, textOf } from "./positions.ts";

/** Reads every flow. */
export function readFlows(root: LocatedMap, reader: Reader): Flow[] {
  const seen = new Map<string, number>();
  return listOf(root, "flows").map(node => readFlow(node, reader, seen));
}

/** Reads every forbid. */
export function readForbids(root: LocatedMap, reader: Reader): Forbid[] {
  const seen = new Map<string, number>();
  return listOf(root, "forbid").map(node => readForbid(node, reader, seen));
}

const listOf = (root: LocatedMap, key: string): readonly Located[] => {
  const node = fieldOf(root, key);
  return node?.kind === "list" ? node.items : [];
};

const NEEDS: readonly Need[] = ["required", "allowed", "on-demand", "advised"];
const SIDES: readonly Sides[] = ["both", "ingress", "egress"];

function readFlow(node: Located, reader: Reader, seen: Map<string, number>): Flow {
  const ends = readEnds(node, "flow", reader);
  const path = fieldOf(node, "probe");
  const probe = textOf(path);
  const purpose = textOf(fieldOf(node, "purpose"));
  const sides = SIDES.find(word => word === textOf(fieldOf(node, "sides")));
  if (path && probe !== undefined && !/^\/[^\s\p{Cc}]*$/u.test(probe)) {
    const message = `${quoted(probe)} is no path to ask for`;
    reader.problems.push(problemAt(path.at, "probe", message, "write it like /internal/health"));
  }
  return {
    id: distinct(textOfEnds(ends), seen),
    ...ends,
    need: NEEDS.find(word => word === textOf(fieldOf(node, "need"))) ?? "required",
    ...(sides !== undefined && { sides }),
    ...(purpose !== undefined && { purpose }),
    ...(probe !== undefined && { probe }),
    source: placeOf(node),
  };
}

function readForbid(node: Located, reader: Reader, seen: Map<string, number>): Forbid {
  const ends = readEnds(node, "forbid", reader);
  const reason = textOf(fieldOf(node, "reason"));
  return {
    id: distinct(textOfEnds(ends), seen),
    ...ends,
    except: readPeers(fieldOf(node, "except"), "forbid", reader),
    ...(reason !== undefined && { reason }),
    source: placeOf(node),
  };
}

interface Ends {
  readonly from: readonly PeerSpec[];
  readonly to: readonly PeerSpec[];
  readonly ports: readonly PortSpec[];
}

function readEnds(node: Located, place: "flow" | "forbid", reader: Reader): Ends {
  const before = reader.problems.length;
  const from = readPeers(fieldOf(node, "from"), place, reader);
  const to = readPeers(fieldOf(node, "to"), place, reader);
  const isWhole =
    reader.problems.length === before && isTextual(node, "from") && isTextual(node, "to");
  if (isWhole && ![...from, ...to].some(spec => spec.kind === "entry")) {
    reader.problems.push(noGroupProblem(node, place, [...from, ...to], reader));
  }
  return { from, to, ports: readPorts(fieldOf(node, "ports"), reader) };
}

// Where a peer is missing or of the wrong type, that is the problem to name, not what follows.
const isTextual = (node: Located, key: string): boolean => {
  const items = itemsOf(fieldOf(node, key));
  return items.length > 0 && items.every(item => item.kind === "map" || !!textOf(item));
};

function noGroupProblem(
  node: Located,
  place: "flow" | "forbid",
  specs: readonly PeerSpec[],
  reader: Reader,
) {
  const ids = specs.flatMap(spec => (spec.kind === "group" ? spec.id : []));
  const id = ids.find(one => reader.names.entryOfId.has(one));
  const cure = id
    ? `write ${reader.names.entryOfId.get(id)} for ${id}`
    : "name a group of the matrix in from or to";
  const message = `neither side of this ${place} is a group, so no rule follows from it`;
  return problemAt(node.at, `${place}.no-group`, message, cure);
}

/** Reads a text of ports or a list of them, each port once. */
function readPorts(node: Located | undefined, reader: Reader): PortSpec[] {
  const ports = itemsOf(node).flatMap(item => {
    const text = textOf(item);
    if (text === undefined) return []; // the structure check names it
    const reading = parsePorts(text);
    for (const { code, message, cure } of reading.faults) {
      reader.problems.push(problemAt(item.at, `ports.${code}`, message, cure));
    }
    return reading.ports;
  });
  const byText = new Map(ports.map(spec => [JSON.stringify(spec), spec]));
  return [...byText.values()];
}

const textOfEnds = ({ from, to, ports }: Ends): string =>
  `${formatSpecs(from)} -> ${formatSpecs(to)} ${formatPorts(ports)}`;

// Two flows may have the same words and differ in need or sides.
function distinct(id: string, seen: Map<string, number>): string {
  const times = (seen.get(id) ?? 0) + 1;
  seen.set(id, times);
  return times === 1 ? id : `${id} #${times}`;
}

const placeOf = (node: Located): Place => ({ file: node.at.file, line: node.at.line });
