// A whole document compiled: the table of every entry, and all that keeps it from compiling. Who
// plays the entries is known from pins; offline only what the file itself says.
import type { Flow, MatrixDocument, PeerSpec } from "./document.ts";
import { InputError, type Problem } from "./errors.ts";
import { flowText, forbidText, formatSpecs } from "./flows/flow.ts";
import { type Conflict, compilePart, type Line, type Part, sidesOf } from "./flows/part.ts";
import { flowPeers, type Site } from "./flows/peers.ts";
import { noPins, type Pins } from "./flows/selection.ts";

export interface Compiled {
  readonly parts: readonly Part[];
  /** Every line of the matrix, entry by entry in the order of the document. */
  readonly lines: readonly Line[];
}

/** Offline nothing is known of a VPC, so both address families are meant. */
const offline: Site = { ipv6: true };

/**
 * Compiles every entry of a document.
 *
 * @throws InputError with every flow that meets a forbid or compiles to nothing.
 */
export function compileMatrix(document: MatrixDocument, pins: Pins = noPins): Compiled {
  const names = Object.values(document.groups).filter(entry => !entry.others);
  const parts = names.map(entry => compilePart(entry.name, document, pins, offline));
  const problems = [
    ...parts.flatMap(part => part.conflicts).map(conflictProblem),
    ...document.flows.flatMap(flow => emptyFlow(flow, document, pins, parts)),
  ];
  if (problems.length > 0) throw new InputError(distinct(problems));
  return { parts, lines: parts.flatMap(part => part.lines) };
}

function conflictProblem({ grant, forbid, part }: Conflict): Problem {
  const flow = grant.kind === "flow" ? grant.flow : undefined;
  const what = flow ? `flow "${flowText(flow)}"` : `the open egress of ${part}`;
  const where = forbid.source ? ` of line ${forbid.source.line}` : "";
  return {
    code: flow ? "matrix.flow.forbidden" : "matrix.egress.forbidden",
    message: `${what} overlaps the forbid "${forbidText(forbid)}"${where}`,
    cure: flow
      ? "narrow the flow, or let its network through with `except`"
      : `say \`egress: listed\` on ${part} and list what it needs`,
    ...(flow ?? forbid).source,
  };
}

function emptyFlow(
  flow: Flow,
  document: MatrixDocument,
  pins: Pins,
  parts: readonly Part[],
): Problem[] {
  const sides = parts.flatMap(part => sidesOf(flow, part.name, document));
  if (sides.length === 0) return [nothing(flow, ...sidelessReason(flow))];
  const permits = parts.flatMap(part => [...part.permits, ...part.onDemand, ...part.conflicts]);
  if (permits.some(({ grant }) => grant.kind === "flow" && grant.flow === flow)) return [];
  const peers = sides.flatMap(side => flowPeers(side.peers, document, pins, offline));
  if (peers.length === 0) return [];
  return [
    nothing(
      flow,
      "its protocol and its peers are of different address families",
      "icmp goes with IPv4 peers, icmpv6 with IPv6 ones",
    ),
  ];
}

function sidelessReason(flow: Flow): [string, string] {
  const entries = [...flow.from, ...flow.to].filter(isEntry);
  const names = formatSpecs(entries);
  return flow.to.some(isEntry)
    ? ["`sides` leaves out the only side that is a group", "drop `sides`"]
    : [`all egress of ${names} is open already`, `say \`egress: listed\` on ${names}`];
}

const isEntry = (spec: PeerSpec): boolean => spec.kind === "entry";

const nothing = (flow: Flow, because: string, cure: string): Problem => ({
  code: "matrix.flow.empty",
  message: `flow "${flowText(flow)}" compiles to nothing: ${because}`,
  cure,
  ...flow.source,
});

function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map(p => [`${p.file}:${p.line}:${p.message}`, p])).values()];
}
