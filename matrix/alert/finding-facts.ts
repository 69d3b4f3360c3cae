// Everything there is to say about one finding: what was open, what became of it, where, who did it,
// when, why it is drift, and what limits apply. All text from outside is made plain here.
import type { Finding } from "../finding.ts";
import { plainText } from "../plain-text.ts";
import type { Actor } from "../trigger.ts";
import { LISTED, limited } from "./count-text.ts";
import { exposureFacts } from "./exposure-facts.ts";
import { type Fact, fact, timeOr } from "./fact.ts";
import { exceptionOf, outcomeWord } from "./outcome.ts";
import { durationText } from "./paragraph.ts";
import { type Reach, reachFacts } from "./reach.ts";

/** What is told beside the finding itself. */
export interface Surroundings {
  /** Where it happened is told once in an alert. */
  readonly withPlace?: boolean;
  readonly reach?: Reach | undefined;
}

/** The heading of a finding: its outcome and its rule. */
export const findingTitle = (finding: Finding): string =>
  `${outcomeWord(finding)} ${ruleText(finding)}`;

/** A finding's rule text, made plain. */
export const ruleText = ({ rule }: Pick<Finding, "rule">): string => plainText(rule, 500);

/** Says all there is about one finding. */
export function findingFacts(
  finding: Finding,
  { withPlace = true, reach }: Surroundings = {},
): Fact[] {
  const { because, notes, owed, id, matrixVersion, mode, ruleId } = finding;
  const text = ruleText(finding);
  const rule = ruleId === undefined ? text : `${text} (${plainText(ruleId, 64)})`;
  const version = matrixVersion === "" ? "" : `, matrix version ${plainText(matrixVersion, 64)}`;
  const debts = owed.length === 0 ? undefined : `still to be written back: ${few(owed, "; ")}`;
  return [
    ...endFacts(finding, rule),
    ...(withPlace ? placeFacts(finding) : []),
    ...actorFacts(finding),
    ...timeFacts(finding),
    ...fact("Why", plainText(because, 2_000)),
    // Of an exposure the groups together say what is reached, not the one group.
    ...(finding.kind === "exposure" ? [] : reachFacts(reach)),
    ...fact("Limits", ...notes.slice(0, LISTED).map(note => plainText(note, 500)), debts),
    ...fact("Finding", `${plainText(id, 64)}, mode ${mode}${version}`),
  ];
}

function endFacts(finding: Finding, rule: string): Fact[] {
  if (finding.kind === "impostor") return fact("Call", beforeText(finding, rule));
  if (finding.kind === "exposure") return exposureFacts(finding);
  return [...fact("Before", beforeText(finding, rule)), ...fact("After", afterText(finding))];
}

/** Where it happened: the group by part, name and id, the account and region. */
export function placeFacts({
  group,
  parts,
  account,
  region,
}: Pick<Finding, "group" | "parts" | "account" | "region">): Fact[] {
  const part = parts.length === 0 ? "no part of the matrix" : few(parts, ", ");
  const name = group.name === "" ? "" : ` ${plainText(group.name)}`;
  const vpc = group.vpcId === undefined ? "" : ` in ${plainText(group.vpcId, 64)}`;
  return [
    ...fact("Group", `${part}:${name} (${plainText(group.id, 64)})${vpc}`),
    ...fact("Account", `${plainText(account, 64)} ${plainText(region, 64)}`),
  ];
}

const few = (texts: readonly string[], separator: string): string =>
  limited(texts, text => plainText(text, 300)).join(separator);

function beforeText(finding: Finding, rule: string): string {
  const { kind } = finding;
  if (isOpening(finding)) return `${rule} was not open`;
  return kind === "missing" ? `${rule} is required and was not there` : rule;
}

function afterText(finding: Finding): string {
  const { kind, outcome, mode, after } = finding;
  const left = few(after, "; ");
  switch (outcome) {
    case "closed":
      return "nothing of it is open any more";
    case "narrowed":
      return left === "" ? "only what is permitted of it is open" : left;
    case "restored":
      return isOpening(finding) ? "it is open" : "it is open again";
    case "put-back":
      return kind === "prefix-list" ? "the list holds what it may hold again" : "it was put back";
    case "gone":
      return kind === "missing"
        ? "somebody else opened it before Portward did"
        : "nothing of it: somebody else removed it before Portward did";
    case "permitted":
      return kind === "missing" ? "it is not required any more" : "it is open, and permitted now";
    case "could-not-close":
      return "it is STILL OPEN: closing it failed, and is tried again every minute";
    case "could-not-restore":
      return "it is still not open: opening it failed, and is tried again every minute";
    default:
      return `nothing was changed${wouldBe(kind, mode, left)}`;
  }
}

/** What another mode would do, where the mode is why nothing was done. */
function wouldBe(kind: Finding["kind"], mode: Finding["mode"], left: string): string {
  if (mode === "enforce") return ", see Limits";
  if (kind === "missing") return `: the mode is ${mode}; enforce would restore it`;
  if (mode !== "observe") return ", see Limits";
  const end = left === "" ? "take it back to what is permitted of it" : `narrow it to ${left}`;
  return `: the mode is observe; revoke or enforce would ${end}`;
}

/** Tells whether a finding is what an exception opened at its start, or was to open. */
const isOpening = (finding: Finding): boolean =>
  finding.kind === "missing" && exceptionOf(finding) !== undefined;

function actorFacts(finding: Finding): Fact[] {
  const { actor, kind, trigger } = finding;
  const exception = exceptionOf(finding);
  if (!actor && exception !== undefined) {
    const deed = kind === "missing" ? "starts" : "is over";
    return fact("Who", `Portward: exception ${plainText(exception, 64)} ${deed}`);
  }
  const deed = kind === "missing" ? "removed" : "made";
  if (!actor) return fact("Who", `unknown: no event tells who ${deed} it`);
  const { type, name, nameChosenByCaller, account, arn, roleArn, invokedBy } = actor;
  const chosen = nameChosenByCaller ? ", a name the caller chose" : "";
  const home = account === undefined ? "" : `, account ${plainText(account, 64)}`;
  const behind = roleArn ?? arn;
  const event = trigger.event === undefined ? "" : ` by ${plainText(trigger.event, 128)}`;
  return [
    ...fact(
      "Who",
      `${plainText(name)} (${plainText(type, 64)}${chosen}${home})${event}`,
      behind && plainText(behind, 512),
      invokedBy && `through ${plainText(invokedBy)}`,
    ),
    ...fact("From", fromText(actor)),
  ];
}

function fromText({ sourceIp, tool, userAgent }: Actor): string {
  const address = sourceIp === undefined ? "an unknown address" : plainText(sourceIp);
  const agent = tool ?? userAgent;
  return agent === undefined ? address : `${address} with ${plainText(agent)}, by its own word`;
}

function endWord(outcome: Finding["outcome"], isMissing: boolean): string {
  if (outcome === "gone") return "Gone by";
  if (outcome === "permitted") return "Permitted by";
  return isMissing ? "Restored" : "Closed";
}

function timeFacts(finding: Finding): Fact[] {
  const { openedAt, seenAt, closedAt, kind, outcome } = finding;
  if (isOpening(finding)) {
    return closedAt === undefined ? fact("Seen", timeOr(seenAt)) : fact("Opened", timeOr(closedAt));
  }
  const isMissing = kind === "missing";
  const begin = isMissing ? "Removed" : "Opened";
  const end = endWord(outcome, isMissing);
  const state = isMissing ? "missing" : "open";
  const reach = openedAt === undefined ? "at least " : "";
  const isStanding = kind !== "impostor" && closedAt === undefined && openedAt !== undefined;
  const sofar = isStanding ? lasted(openedAt, seenAt, `, ${state} for `, " by then") : "";
  return [
    ...fact(begin, openedAt === undefined ? "unknown" : timeOr(openedAt)),
    ...fact("Seen", `${timeOr(seenAt)}${sofar}`),
    ...(closedAt === undefined
      ? []
      : fact(
          end,
          `${timeOr(closedAt)}${lasted(openedAt ?? seenAt, closedAt, `, ${state} for ${reach}`)}`,
        )),
  ];
}

function lasted(from: string, to: string, before: string, after = ""): string {
  const took = Date.parse(to) - Date.parse(from);
  return Number.isNaN(took) ? "" : `${before}${durationText(took)}${after}`;
}
