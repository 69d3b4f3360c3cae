// Exceptions nobody can approve: an exception needs two people, whoever asks and an approver.
import { type LintRule, warning } from "./warning.ts";

/** Approvers that are nobody. */
export const nobodyApproves: LintRule = ({ document: { exceptions, people, flows }, places }) => {
  const { approvers } = exceptions;
  const nameless = approvers.filter(name => people[name]?.length === 0);
  const onDemand = flows.find(({ need }) => need === "on-demand");
  const cure =
    "name under exceptions.approvers people with their identities: an exception needs two";
  if (approvers.length === nameless.length && (approvers.length > 0 || onDemand)) {
    const why = onDemand ? "flows are on demand, but nobody" : "nobody";
    const place = places.exceptions ?? onDemand?.source;
    return [warning("nobody-approves", place, `${why} can approve an exception`, cure)];
  }
  return nameless.map(name =>
    warning("nobody-approves", places.exceptions, `the approver ${name} has no identity`, cure),
  );
};
