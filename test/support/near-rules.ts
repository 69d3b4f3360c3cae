// Rules that lie near a flow or forbid of a case: on it, wider, narrower, beside it, halved. Most rules a law
// can be wrong about are of this kind, and free draws seldom hit them.
import fc from "fast-check";
import { asList, type Case, type PeerText } from "./oracle/case.ts";
import { type Block, blockOf, isAwsPeer, portTexts, ruleText } from "./oracle/packet.ts";
import { BLOCKS } from "./rules.ts";

/** Which flow, port and peer a rule is drawn near to, and how it is bent. */
export interface NearDraw {
  readonly flow: number;
  readonly port: number;
  readonly peer: number;
  readonly bendPorts: "same" | "wider" | "narrower" | "shifted" | "whole" | "all";
  readonly bendPeer: "same" | "wider" | "narrower" | "beside" | "world" | "list";
  readonly pick: number;
}

const natArb = fc.nat({ max: 11 });

export const nearRuleArb: fc.Arbitrary<NearDraw> = fc.record({
  flow: natArb,
  port: natArb,
  peer: natArb,
  bendPorts: fc.constantFrom(
    "same",
    "same",
    "same",
    "wider",
    "narrower",
    "shifted",
    "whole",
    "all",
  ),
  bendPeer: fc.constantFrom("same", "same", "same", "wider", "narrower", "beside", "world", "list"),
  pick: natArb,
});

/** The rule a draw means in a case. */
export function nearRule(c: Case, draw: NearDraw): string {
  const flow = at([...c.matrix.flows, ...(c.matrix.forbid ?? [])], draw.flow);
  if (flow === undefined) return "ingress tcp 22 from 0.0.0.0/0";
  const isInward = hasPart(flow.to);
  const others = asList(isInward ? flow.from : flow.to).flatMap(peer => peersBehind(c, peer));
  const peer = at(others, draw.peer) ?? "10.0.0.0/8";
  const ports = at(portTexts(flow.ports), draw.port) ?? "tcp 22";
  return ruleText(
    isInward ? "ingress" : "egress",
    bentPorts(ports, draw),
    isAwsPeer(peer) ? peer : bentBlock(peer, draw),
  );
}

const at = <T>(list: readonly T[], index: number): T | undefined => list[index % list.length];

const hasPart = (peers: PeerText | readonly PeerText[]): boolean =>
  asList(peers).some(peer => peer === "app" || peer === "db");

// Only to draw near: what is left out here is met less often, not judged differently.
function peersBehind(c: Case, peer: PeerText): string[] {
  if (typeof peer !== "string") return [peer.list];
  if (peer === "public") return ["0.0.0.0/0", "::/0", "203.0.113.0/24", "pl-0a000000000000001"];
  if (peer === "private") return ["10.0.0.0/8", "10.0.0.0/16", "fd00::/8"];
  const entry = c.matrix.groups[peer];
  if (entry) return [...(entry.members ?? []), ...(c.pins[peer] ?? [])];
  const network = c.matrix.networks?.[peer];
  if (network) return network.flatMap(inner => peersBehind(c, inner));
  return [peer.replace(`@${c.subject.owner}`, "")];
}

function bentPorts(text: string, { bendPorts, pick }: NearDraw): string {
  const [name = "", ports] = text.split(" ");
  if (bendPorts === "all" || name === "all") return "all";
  if (name === "proto") return text;
  if (name.startsWith("icmp")) return bentMessage(name, ports, { bendPorts, pick });
  if (bendPorts === "whole" || ports === undefined) return `${name} 0-65535`;
  const [from = 0, to = from] = ports.split("-").map(Number);
  if (bendPorts === "wider") return range(name, from - (pick % 3), to + ((pick >> 1) % 3));
  if (bendPorts === "shifted") return range(name, from + 1, to + 1);
  if (bendPorts === "same") return range(name, from, to);
  return range(name, from + (pick % 2), Math.max(from + (pick % 2), to - 1));
}

function bentMessage(
  name: string,
  ports: string | undefined,
  { bendPorts, pick }: Pick<NearDraw, "bendPorts" | "pick">,
): string {
  const [type = "8"] = (ports ?? "8/0").split("/");
  if (bendPorts === "wider") return pick % 2 === 0 ? `${name} ${type}/all` : `${name} all`;
  if (bendPorts === "narrower") return `${name} ${type}/${pick % 2}`;
  if (bendPorts === "shifted") return `${name} ${Number(type) + 1}/0`;
  return ports === undefined || bendPorts === "whole" ? `${name} all` : `${name} ${ports}`;
}

function range(name: string, from: number, to: number): string {
  const [a, b] = [Math.max(0, Math.min(from, 65535)), Math.max(0, Math.min(to, 65535))];
  return a === b ? `${name} ${a}` : `${name} ${Math.min(a, b)}-${Math.max(a, b)}`;
}

function bentBlock(text: string, { bendPeer, pick }: NearDraw): string {
  if (bendPeer === "list") return `pl-0a00000000000000${1 + (pick % 2)}`;
  const own = blockOf(text);
  if (bendPeer === "world") return own.family === 4 ? "0.0.0.0/0" : "::/0";
  const related = BLOCKS.filter(
    other => other !== text && isRelated(own, blockOf(other), bendPeer),
  );
  return at(related, pick) ?? text;
}

function isRelated(own: Block, other: Block, how: NearDraw["bendPeer"]): boolean {
  if (own.family !== other.family || how === "same") return false;
  if (how === "wider") return own.prefix.startsWith(other.prefix);
  if (how === "narrower") return other.prefix.startsWith(own.prefix);
  // The other half of the same parent.
  return (
    other.prefix.length === own.prefix.length &&
    other.prefix.slice(0, -1) === own.prefix.slice(0, -1)
  );
}
