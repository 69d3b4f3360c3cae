// The permitted flow that comes closest to a drifted rule, and how the rule differs from it: what
// somebody who opened the wrong port wants to read first.

import type { Flow } from "./document.ts";
import { flowText } from "./flows/flow.ts";
import type { Permit } from "./flows/part.ts";
import type { GroupPolicy } from "./policy.ts";
import { type BoxPeer, boxPeerOf, peerHolds, peersMeet, shapesMeet } from "./rules/box.ts";
import { formatAddress } from "./rules/cidr.ts";
import { formatShape, shapeCovers } from "./rules/protocol.ts";
import { formatPeer, type Rule } from "./rules/rule.ts";

export interface Nearest {
  readonly flow: Flow;
  /** How the rule differs, one phrase for each of direction, protocol, port and peer. */
  readonly differs: readonly string[];
}

/** Finds the flow nearest to a rule that is not permitted; undefined when there is no flow at all. */
export function nearestFlow(rule: Rule, policy: GroupPolicy): Nearest | undefined {
  const permits = [...policy.ingress, ...policy.egress, ...policy.onDemand];
  let best: { permit: Permit; distance: number } | undefined;
  for (const permit of permits) {
    if (permit.grant.kind !== "flow") continue;
    const distance = distanceTo(rule, permit);
    if (!best || distance < best.distance) best = { permit, distance };
  }
  if (best?.permit.grant.kind !== "flow") return undefined;
  return { flow: best.permit.grant.flow, differs: differences(rule, best.permit) };
}

// Ports weigh most: a flow on the same port from elsewhere is nearer than the same peer elsewhere.
function distanceTo(rule: Rule, permit: Permit): number {
  const peer = boxPeerOf(rule.peer);
  let distance = rule.direction === permit.direction ? 0 : 16;
  if (rule.shape.protocol !== permit.shape.protocol) distance += 8;
  if (!shapeCovers(permit.shape, rule.shape)) {
    distance += shapesMeet(permit.shape, rule.shape) ? 2 : 4;
  }
  if (!peerHolds(permit.peer, peer)) distance += peersMeet(permit.peer, peer) ? 1 : 3;
  return distance;
}

function differences(rule: Rule, permit: Permit): string[] {
  const differs: string[] = [];
  const { shape, direction } = permit;
  if (rule.direction !== direction) differs.push(`direction ${rule.direction}, not ${direction}`);
  if (!shapeCovers(shape, rule.shape)) {
    const what = rule.shape.protocol === shape.protocol ? "port" : "protocol";
    differs.push(`${what} ${formatShape(rule.shape)}, not ${formatShape(shape)}`);
  }
  if (!peerHolds(permit.peer, boxPeerOf(rule.peer))) {
    differs.push(`peer ${formatPeer(rule.peer)}, not ${formatBoxPeer(permit.peer)}`);
  }
  if (permit.grant.kind === "flow" && permit.grant.flow.need === "on-demand") {
    differs.push("open on demand only, by an exception");
  }
  return differs;
}

/** Writes a box's peer; a range that is no block as first-last. */
export function formatBoxPeer(peer: BoxPeer): string {
  if (peer.kind === "any") return "anybody";
  if (peer.kind !== "addresses") return formatPeer(peer);
  const { family, first, last } = peer.range;
  if ("prefix" in peer.range) return `${formatAddress(family, first)}/${peer.range.prefix}`;
  return `${formatAddress(family, first)}-${formatAddress(family, last)}`;
}

/** Writes a nearest flow with how the rule differs from it. */
export function nearestText({ flow, differs }: Nearest): string {
  return `nearest flow: ${flowText(flow)}; differs in ${differs.join(" and ") || "nothing"}`;
}
