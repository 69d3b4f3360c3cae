// The self-check of a matrix: which commands to run on which machine, and what to expect of each. Made
// of flows and forbids; it runs nothing. Only machines whose address the matrix knows are spoken of.
import { isPassable, sidesOfFlow } from "./can.ts";
import { endsOf, offlineWorld, type World } from "./can-ends.ts";
import type { Flow, GroupEntry, MatrixDocument, PeerSpec, PortSpec } from "./document.ts";
import { flowText, forbidText } from "./flows/flow.ts";
import { shapeOfPorts } from "./flows/part.ts";
import { outsidePrivate, rangesOf } from "./flows/peers.ts";
import { type Range, soleAddress, subtractRanges } from "./rules/cidr.ts";

/** One command, and what it tells. */
export interface Probe {
  readonly command: string;
  /** A security group drops what it does not let in, so `refused` shows as a time-out. */
  readonly expect: "reachable" | "refused";
  /** The flow or forbid behind it. */
  readonly because: string;
}

/** The commands to run on one machine. */
export interface Node {
  readonly entry: string;
  /** Where to run them; "outside" is any machine beyond the private networks. */
  readonly address: string;
  readonly probes: readonly Probe[];
  /** Flows over UDP: no answer to a packet tells nothing, so no command asks for them. */
  readonly notAsked: readonly string[];
}

/** Seconds after which a command that gets no answer gives up. */
const PATIENCE = 5;

const OUTSIDE = "outside";

/** The self-check of a document, node by node. */
export function probesOf(document: MatrixDocument): Node[] {
  const world = offlineWorld(document, [], 0);
  const entries = Object.values(document.groups);
  const nodeOf = (entry: string, address: string, isCaller: IsCaller): Node => ({
    ...{ entry, address },
    probes: distinct([
      ...reachable(document, isCaller, address),
      ...refused(document, isCaller, address, world),
    ]),
    notAsked: silent(document, isCaller, address),
  });
  const nodes = entries.flatMap(entry =>
    machinesOf(entry).map(address =>
      nodeOf(entry.name, address, spec => isNamed(spec, entry.name)),
    ),
  );
  const outside = nodeOf("", OUTSIDE, everybodyIn(document));
  return [...nodes, outside].filter(
    ({ probes, notAsked }) => probes.length > 0 || notAsked.length > 0,
  );
}

const isNamed = (spec: PeerSpec, name: string): boolean =>
  spec.kind === "entry" && spec.name === name;

type IsCaller = (spec: PeerSpec) => boolean;

/** Tells whether a peer is the whole world outside, of one family at least; a network may hold it. */
function everybodyIn(document: MatrixDocument): IsCaller {
  const outside = outsidePrivate(document);
  const isWhole = (ranges: Range[]) =>
    ([4, 6] as const).some(own => {
      const all = outside.filter(({ family }) => family === own);
      return all.length > 0 && subtractRanges(all, ranges).length === 0;
    });
  return spec => {
    if (spec.kind === "network") return isWhole(rangesOf(spec.name, document));
    return spec.kind === "public" || (spec.kind === "cidr" && spec.cidr.endsWith("/0"));
  };
}

/** Flows that a machine begins; what waits for an exception is not asked for. */
const begunBy = (document: MatrixDocument, isCaller: IsCaller): Flow[] =>
  document.flows.filter(flow => flow.need !== "on-demand" && flow.from.some(isCaller));

function reachable(document: MatrixDocument, isCaller: IsCaller, from: string): Probe[] {
  return begunBy(document, isCaller).flatMap(flow =>
    calledIn(flow.to, document).flatMap(entry =>
      targetsOf(entry, from).flatMap(target =>
        flow.ports.flatMap(port =>
          commandsFor(target, port, flow.probe).map(
            (command): Probe => ({ command, expect: "reachable", because: flowText(flow) }),
          ),
        ),
      ),
    ),
  );
}

function silent(document: MatrixDocument, isCaller: IsCaller, from: string): string[] {
  return begunBy(document, isCaller)
    .filter(
      ({ ports, to }) =>
        ports.some(({ protocol }) => protocol === "udp") &&
        calledIn(to, document).some(entry => targetsOf(entry, from).length > 0),
    )
    .map(flowText);
}

/** Forbids on the ports that flows name there: those services listen, so an answer would tell. */
function refused(
  document: MatrixDocument,
  isCaller: IsCaller,
  from: string,
  world: World,
): Probe[] {
  return document.forbids
    .filter(forbid => forbid.from.some(isCaller))
    .flatMap(forbid =>
      calledIn(forbid.to, document).flatMap(entry =>
        portsAsked(forbid.ports, entry, document.flows)
          .filter(port => !isPermitted(from, entry.name, port, world))
          .flatMap(port =>
            targetsOf(entry, from).flatMap(target =>
              commandsFor(target, port).map(
                (command): Probe => ({
                  ...{ command, expect: "refused", because: `forbid ${forbidText(forbid)}` },
                }),
              ),
            ),
          ),
      ),
    );
}

// Where `except` spares the machine, or a forbid is wider than what a flow permits beside it.
function isPermitted(from: string, to: string, port: PortSpec, world: World): boolean {
  const callers: PeerSpec[] =
    from === OUTSIDE ? [{ kind: "public" }] : [{ kind: "cidr", cidr: blockText(from) }];
  const shapes = [shapeOfPorts(port)];
  const called = endsOf([{ kind: "entry", name: to }], world);
  return endsOf(callers, world).some(caller =>
    called.some(end =>
      sidesOfFlow(caller, end, shapes)
        .filter(({ direction }) => direction === "ingress")
        .some(isPassable),
    ),
  );
}

const blockText = (address: string): string => `${address}/${address.includes(":") ? 128 : 32}`;

function calledIn(specs: readonly PeerSpec[], { groups }: MatrixDocument): GroupEntry[] {
  return specs.flatMap(spec => (spec.kind === "entry" ? (groups[spec.name] ?? []) : []));
}

/** The single addresses of an entry; a block names no machine. */
const machinesOf = ({ members }: GroupEntry): string[] =>
  members.flatMap(member => soleAddress(member) ?? []);

/** From outside a machine is known by an address that no matrix tells. */
function targetsOf(entry: GroupEntry, from: string): string[] {
  if (from === OUTSIDE)
    return entry.members.length > 0 ? [`<public address of ${entry.name}>`] : [];
  return machinesOf(entry).filter(address => address !== from);
}

function portsAsked(
  forbidden: readonly PortSpec[],
  entry: GroupEntry,
  flows: readonly Flow[],
): PortSpec[] {
  const named = flows
    .filter(flow => flow.to.some(spec => isNamed(spec, entry.name)))
    .flatMap(flow => flow.ports);
  const inside = (port: PortSpec) =>
    forbidden.some(({ protocol, from, to }) => {
      if (protocol === "all") return true;
      return protocol === port.protocol && from <= port.from && port.to <= to;
    });
  return named.filter(inside);
}

/**
 * The command that asks one port, or none where no tool can tell.
 *
 * @example commandsFor("10.0.0.1", { protocol: "tcp", from: 7002, to: 7002 }, "/health")
 *   // ["curl -m 5 http://10.0.0.1:7002/health"]
 */
export function commandsFor(target: string, port: PortSpec, path?: string): string[] {
  const { protocol } = port;
  // Of a range its first port is asked; nobody listens on port 0.
  const first = Math.max(1, port.from);
  if (protocol === "icmp") return port.from === 8 || port.from < 0 ? [ping("", target)] : [];
  if (protocol === "icmpv6") return port.from === 128 || port.from < 0 ? [ping("-6 ", target)] : [];
  // No answer to a UDP packet tells nothing.
  if (protocol !== "tcp") return [];
  if (path === undefined) return [`nc -vz -w ${PATIENCE} ${target} ${first}`];
  const host = target.includes(":") ? `[${target}]` : target;
  const authority = first === 80 ? host : `${host}:${first}`;
  // Of a front page only the head is wanted.
  const head = path === "/" ? "-I " : "";
  return [`curl ${head}-m ${PATIENCE} ${shellWord(`http://${authority}${path}`)}`];
}

const ping = (option: string, target: string): string =>
  `ping ${option}-c 1 -W ${PATIENCE} ${target}`;

/** The path is somebody's text, and the command will be pasted into a shell. */
const shellWord = (url: string): string =>
  /^[\w:/.[\]%~-]+$/.test(url) ? url : `'${url.replaceAll("'", "%27")}'`;

const distinct = (probes: readonly Probe[]): Probe[] => [
  ...new Map(probes.map(probe => [`${probe.command} ${probe.expect}`, probe])).values(),
];
