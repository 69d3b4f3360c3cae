// Flows that another flow makes needless: everything they permit, on every group, another one permits
// as well and for as long.
import type { Flow } from "../document.ts";
import { flowText } from "../flows/flow.ts";
import type { Part, Permit } from "../flows/part.ts";
import { boxHolds } from "../rules/box.ts";
import { type LintRule, warning } from "./warning.ts";

/** Flows that one other flow covers. */
export const coveredFlows: LintRule = ({ document: { flows }, compiled: { parts } }) => {
  const placed = flows.map(flow => ({ flow, own: permitsOf(flow, parts) }));
  return placed.flatMap(({ flow, own }, index) => {
    const cover = placed.find(
      (other, at) =>
        isAsStrong(flow, other.flow) &&
        isHeld(own, other.own) &&
        // Of two that are alike the first one stays.
        (at < index || !(isAsStrong(other.flow, flow) && isHeld(other.own, own))),
    )?.flow;
    if (!cover || own.length === 0) return [];
    const where = cover.source ? ` of line ${cover.source.line}` : "";
    const message = `flow "${flowText(flow)}" adds nothing to "${flowText(cover)}"${where}`;
    const cure =
      flow.need === "on-demand"
        ? "it is never closed: narrow the other flow"
        : "remove one of them";
    return [warning("covered-flow", flow.source, message, cure)];
  });
};

interface Placed {
  readonly part: string;
  readonly permit: Permit;
}

const permitsOf = (flow: Flow, parts: readonly Part[]): Placed[] =>
  parts.flatMap(({ name, permits, onDemand }) =>
    [...permits, ...onDemand]
      .filter(({ grant }) => grant.kind === "flow" && grant.flow === flow)
      .map(permit => ({ part: name, permit })),
  );

const isHeld = (inner: readonly Placed[], outer: readonly Placed[]): boolean =>
  inner.every(one => outer.some(two => two.part === one.part && boxHolds(two.permit, one.permit)));

// A flow that is restored, or tolerates what is beside it, is not made needless by one that is not.
function isAsStrong({ need }: Flow, other: Flow): boolean {
  if (need === "on-demand") return true;
  if (need === "allowed") return other.need !== "on-demand";
  return other.need === need;
}
