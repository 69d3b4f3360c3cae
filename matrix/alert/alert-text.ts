// The body of an alert as a mail has it: headings and facts in 78 columns.
import type { Finding } from "../finding.ts";
import { factLines } from "./fact.ts";
import { findingFacts, findingTitle, type Surroundings } from "./finding-facts.ts";
import { wrap } from "./paragraph.ts";

/** Sets all there is to say about one finding. */
export function findingLines(finding: Finding, surroundings: Surroundings = {}): string[] {
  return [...wrap(findingTitle(finding)), "", ...factLines(findingFacts(finding, surroundings))];
}
