// Flows that everybody may use: which of their ports should not be open to the world, and which are
// too many to have been meant.
import type { Flow, MatrixDocument, PeerSpec } from "../document.ts";
import type { Problem } from "../errors.ts";
import { flowText } from "../flows/flow.ts";
import { shapeOfPorts } from "../flows/part.ts";
import { flowPeers } from "../flows/peers.ts";
import { noPins } from "../flows/selection.ts";
import { formatShape } from "../rules/protocol.ts";
import { doorOf, portCount, WIDE } from "./risk.ts";
import { entriesOf, type LintRule, warning } from "./warning.ts";

/** Required flows from everybody to the doors of machines, or to all ports. */
export const worldDoors: LintRule = ({ document }) =>
  fromWorld(document)
    .filter(({ need }) => need === "required" || need === "advised")
    .flatMap(flow => {
      const doors = flow.ports.flatMap(port => doorOf(shapeOfPorts(port)) ?? []);
      if (doors.length === 0) return [];
      const message = `flow "${flowText(flow)}" keeps ${doors.join(" and ")} open to the world`;
      const cure =
        "name who comes in, or write need: allowed or on-demand so that it is not restored";
      return [warning("world-door", flow.source, message, cure)];
    });

/** Port ranges from everybody that are wide. */
export const wideRanges: LintRule = ({ document }) =>
  fromWorld(document).flatMap(flow =>
    flow.ports.map(shapeOfPorts).flatMap((shape): Problem[] => {
      const count = portCount(shape);
      if (count <= WIDE || doorOf(shape) !== undefined) return [];
      const message = `flow "${flowText(flow)}" opens ${count} ports to the world: ${formatShape(shape)}`;
      return [
        warning("wide-range", flow.source, message, "list the ports that something listens on"),
      ];
    }),
  );

function fromWorld(document: MatrixDocument): Flow[] {
  return document.flows.filter(
    flow =>
      flow.sides !== "egress" && entriesOf(flow.to).length > 0 && isWorld(flow.from, document),
  );
}

function isWorld(specs: readonly PeerSpec[], document: MatrixDocument): boolean {
  return flowPeers(specs, document, noPins, { ipv6: true }).some(
    ({ permitted }) =>
      permitted.kind === "any" ||
      (permitted.kind === "addresses" &&
        "prefix" in permitted.range &&
        permitted.range.prefix === 0),
  );
}
