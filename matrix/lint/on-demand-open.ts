// An on-demand flow out of a group whose egress is open anyway: it is never closed there.
import { flowText, formatSpecs } from "../flows/flow.ts";
import { entriesOf, type LintRule, warning } from "./warning.ts";

/** On-demand flows under an open egress. */
export const onDemandOpen: LintRule = ({ document: { flows, groups } }) =>
  flows
    .filter(({ need, sides }) => need === "on-demand" && sides !== "ingress")
    .flatMap(flow => {
      const open = entriesOf(flow.from).filter(name => groups[name]?.egress === "open");
      const outside = flow.to.filter(spec => spec.kind !== "entry");
      const leaves = flow.sides === undefined ? outside : flow.to;
      if (open.length === 0 || leaves.length === 0) return [];
      const message = `flow "${flowText(flow)}" is on demand, but all egress of ${open.join(", ")} to ${formatSpecs(leaves)} is open already`;
      const cure = `say \`egress: listed\` on ${open.join(", ")}`;
      return [warning("on-demand-open", flow.source, message, cure)];
    });
