// What is to be said of an exposure: what it lets in, to which interface, by which groups worn
// together, and what the networks reach. All text from outside is made plain here.
import type { Finding } from "../finding.ts";
import { plainText } from "../plain-text.ts";
import { limited } from "./count-text.ts";
import { type Fact, fact } from "./fact.ts";

const LISTED = 10;

/** Says what lets in what: no call of Portward's ends it. */
export function exposureFacts(finding: Finding): Fact[] {
  const { rule, after, outcome, exposed } = finding;
  const lines = (texts: readonly string[] = []): string[] =>
    limited(texts, text => plainText(text, 300), LISTED);
  const now =
    outcome === "gone"
      ? "it is over: nothing wears these groups together any more, or they let in no more of it"
      : "it is open, and nothing was changed: what an interface wears is not Portward's to change";
  return [
    ...fact("Lets in", plainText(rule, 500)),
    ...fact("Permitted", ...lines(after)),
    ...fact("Now", now),
    ...fact("Worn by", ...lines(exposed?.interfaces)),
    ...fact("Together", ...lines(exposed?.groups)),
    ...fact("Reached", ...lines(exposed?.reach)),
  ];
}
