// The networks of a matrix file: names for peers, which may name each other but not in a circle.
import type { PeerSpec } from "../document.ts";
import { type Problem, quoted } from "../errors.ts";
import { PRIVATE } from "./names.ts";
import { type Reader, readPeers } from "./peer-text.ts";
import {
  fieldOf,
  itemsOf,
  type Located,
  type LocatedMap,
  type Position,
  pairsOf,
  problemAt,
  textOf,
} from "./positions.ts";

type Networks = Record<string, readonly PeerSpec[]>;

/** Reads every network. */
export function readNetworks(root: LocatedMap, reader: Reader): Networks {
  const node = fieldOf(root, "networks");
  const networks: Networks = Object.fromEntries(
    pairsOf(node).map(([name, { value }]) => [name, readPeers(value, "network", reader)]),
  );
  const nesting = nestingProblems(networks, node);
  reader.problems.push(...nesting, ...privateProblems(networks, node));
  return networks;
}

/** What a network comes to: how many peers, and how many levels of networks below it. */
interface Extent {
  readonly peers: number;
  readonly levels: number;
}

const NOTHING: Extent = { peers: 0, levels: 0 };

// Whoever resolves a network writes it out, so what it comes to is bounded here.
const MAX_DEPTH = 32;
const MAX_PEERS = 10_000;

/** Networks that lead back to themselves, each circle once, and networks too large to write out. */
function nestingProblems(networks: Networks, node: Located | undefined): Problem[] {
  const extents = new Map<string, Extent>();
  const problems: Problem[] = [];
  const measure = (name: string, trail: readonly string[]): Extent => {
    const start = trail.indexOf(name);
    if (start >= 0) problems.push(circleProblem([...trail.slice(start), name], node));
    if (start >= 0) return NOTHING;
    const known = extents.get(name);
    if (known) return known;
    if (trail.length > MAX_DEPTH) {
      problems.push(sizeProblem(trail[0] ?? name, node));
      return NOTHING;
    }
    let [peers, levels] = [0, 0];
    for (const spec of ownSpecs(networks, name)) {
      const inner = spec.kind === "network" ? measure(spec.name, [...trail, name]) : undefined;
      peers += inner?.peers ?? 1;
      if (inner) levels = Math.max(levels, inner.levels + 1);
    }
    const isTooLarge = peers > MAX_PEERS || levels > MAX_DEPTH;
    if (isTooLarge) problems.push(sizeProblem(name, node));
    const extent = isTooLarge ? NOTHING : { peers, levels };
    extents.set(name, extent);
    return extent;
  };
  for (const name of Object.keys(networks)) measure(name, []);
  return problems;
}

function sizeProblem(name: string, node: Located | undefined): Problem {
  const message = `the network ${quoted(name)} comes to more than ${MAX_PEERS} peers or ${MAX_DEPTH} levels`;
  return problemAt(pairAt(name, node), "network.size", message, "name wider blocks in it");
}

function circleProblem(circle: readonly string[], node: Located | undefined): Problem {
  const [name = "", next = ""] = circle;
  const item = itemsOf(fieldOf(node, name)).find(inner => textOf(inner) === next);
  const message = `the network ${quoted(name)} holds itself: ${circle.join(" -> ")}`;
  const cure =
    name === PRIVATE
      ? "a private of your own replaces the built-in one: list 10.0.0.0/8 and the others in it"
      : "remove one of these names from the list of the one before it";
  return problemAt(item?.at ?? pairAt(name, node), "network.circle", message, cure);
}

const NOWHERE: Position = { file: "", line: 1, column: 1, path: "" };

const pairAt = (name: string, node: Located | undefined): Position =>
  pairsOf(node).find(([key]) => key === name)?.[1].at ?? NOWHERE;

const ownSpecs = (networks: Networks, name: string): readonly PeerSpec[] =>
  (Object.hasOwn(networks, name) ? networks[name] : undefined) ?? [];

// What is private decides which addresses are public, so only addresses can be in it.
function privateProblems(networks: Networks, node: Located | undefined): Problem[] {
  const reached = new Set([PRIVATE]);
  for (const name of reached) {
    for (const spec of ownSpecs(networks, name)) {
      if (spec.kind === "network") reached.add(spec.name);
    }
  }
  const specs = [...reached].flatMap(name => ownSpecs(networks, name));
  if (!specs.some(spec => spec.kind !== "cidr" && spec.kind !== "network")) return [];
  const message = "private may hold blocks only, directly or by networks of blocks";
  const cure = "move prefix lists, groups and public out of it";
  return [problemAt(pairAt(PRIVATE, node), "network.private", message, cure)];
}
