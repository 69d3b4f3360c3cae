// The words of a flow or a forbid, as people read them.
import type { Flow, Forbid, PeerSpec } from "../document.ts";
import { formatShape } from "../rules/protocol.ts";
import { shapeOfPorts } from "./part.ts";

/** Writes peers the way a matrix names them. */
export function formatSpecs(specs: readonly PeerSpec[]): string {
  return specs.map(formatSpec).join(", ");
}

function formatSpec(spec: PeerSpec): string {
  if (spec.kind === "cidr") return spec.cidr;
  if (spec.kind === "public") return "public";
  if (spec.kind === "network" || spec.kind === "entry") return spec.name;
  if (spec.kind === "prefix-list" || spec.owner === undefined) return spec.id;
  return `${spec.id}@${spec.owner}`;
}

/** Names a flow by its ends: "runner to deploy". */
export function flowTitle(flow: Pick<Flow, "from" | "to">): string {
  return `${formatSpecs(flow.from)} to ${formatSpecs(flow.to)}`;
}

/** Names a flow by its ends and ports: "runner to deploy tcp 7002". */
export function flowText(flow: Pick<Flow, "from" | "to" | "ports">): string {
  return `${flowTitle(flow)} ${flow.ports.map(p => formatShape(shapeOfPorts(p))).join(", ")}`;
}

/** Names a forbid by its ends, ports and reason. */
export function forbidText(forbid: Forbid): string {
  const reason = forbid.reason === undefined ? "" : ` (${forbid.reason})`;
  return `${flowText(forbid)}${reason}`;
}
