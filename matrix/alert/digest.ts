// Many findings in one message: the same rule reverted again and again, more alerts than anybody reads
// in one minute, and the drift that stands in mode observe. Each counts what it does not list.
import { plainText } from "../plain-text.ts";
import type { Alert, AlertDetail } from "./alert.ts";
import { calm } from "./collapse.ts";
import { countOf, LISTED, limited } from "./count-text.ts";
import {
  actorsOf,
  betweenText,
  byFact,
  countsText,
  type Digested,
  groupCounts,
  groupsOf,
  groupText,
  idsText,
  outcomesOf,
} from "./digest-counts.ts";
import { briefFacts, type Fact, fact, factLines, timeOr } from "./fact.ts";
import { placeFacts, ruleText } from "./finding-facts.ts";
import {
  alikeText,
  outcomeName,
  outcomeWord,
  worstFirst,
  worstOf,
  worstSeverity,
} from "./outcome.ts";
import { wrap } from "./paragraph.ts";
import { asciiLine, subjectOf } from "./subject.ts";

/** The same rule of one group, reverted again within the window of an alert about it. */
export function againDigest(findings: readonly Digested[]): Alert {
  const [worst] = worstFirst(findings);
  if (!worst) throw new Error("a digest needs a finding");
  const times = findings.length === 1 ? "1 more time" : `${findings.length} more times`;
  const title = `${outcomeWord(worst)} again, ${times}: ${ruleText(worst)}`;
  const isFight = actorsOf(findings).some(({ count }) => count >= calm.fight);
  const severity = isFight ? worstOf(["high", worstSeverity(findings)]) : worstSeverity(findings);
  return digest({
    ...{ findings, worst, title, severity, about: "again" },
    subject: subjectOf(title, worst),
    facts: [
      ...fact("Rule", ruleText(worst)),
      ...placeFacts(worst),
      ...fact("Times", `${times} ${betweenText(findings)}`),
      ...byFact(findings),
      ...fact("Fight", isFight ? "it goes on, and so does reverting" : undefined),
      ...fact("Findings", idsText(findings)),
    ],
    advice: [
      ...(isFight
        ? [
            "Change what makes the rule again and again (Terraform, a controller, a script), or put " +
              "the flow into the matrix.",
          ]
        : []),
      `"portward finding list --group ${plainText(worst.group.id, 64)} --aws" shows each of them.`,
    ],
  });
}

/** What did not get an alert of its own because there were too many in its minute. */
export function floodDigest(findings: readonly Digested[]): Alert {
  return manyDigest(findings, "flood", "at once", [
    '"portward finding list --limit 500 --aws" shows them all, and "portward status --aws" how ' +
      "things stand.",
    "If it was a change of yours, a wrong matrix closes what it does not know: " +
      '"portward pause --for 1h --reason … --aws" stops all writing.',
  ]);
}

/** What stands open in groups that are only observed. */
export function standingDigest(findings: readonly Digested[], unseen = 0): Alert {
  const more = unseen === 0 ? [] : [`${unseen} more were not looked at again today.`];
  return manyDigest(findings, "standing", "standing in mode observe", [
    ...more,
    '"portward finding list --aws" shows them all. Put what is needed into the matrix and remove ' +
      "the rest; mode revoke closes it.",
  ]);
}

function manyDigest(
  findings: readonly Digested[],
  about: "flood" | "standing",
  what: string,
  advice: readonly string[],
): Alert {
  const sorted = worstFirst(findings);
  const [worst] = sorted;
  if (!worst) throw new Error("a digest needs a finding");
  const groups = groupsOf(findings);
  const title = `${alikeText(sorted, worst)} on ${countOf(groups.length, "group")}, ${what}`;
  const { account, region } = worst;
  return digest({
    ...{ findings: sorted, worst, title, about, severity: worstSeverity(findings) },
    subject: asciiLine(`${title}, ${account} ${region}`),
    facts: [
      ...fact("Account", `${plainText(account, 64)} ${plainText(region, 64)}`),
      ...fact("When", betweenText(findings)),
      ...fact("Outcomes", countsText(outcomesOf(findings))),
      ...fact("Groups", ...limited(groups, one => `${one.count} on ${one.name}`)),
      ...byFact(findings),
      ...fact("Rules", ...limited(sorted, about === "standing" ? standingLine : ruleLine)),
    ],
    advice,
  });
}

interface Draft {
  readonly findings: readonly Digested[];
  readonly worst: Digested;
  readonly title: string;
  readonly subject: string;
  readonly severity: string;
  readonly about: "again" | "flood" | "standing";
  readonly facts: readonly Fact[];
  readonly advice: readonly string[];
}

function digest({ findings, worst, title, subject, severity, about, facts, advice }: Draft): Alert {
  const outcome = outcomeName(outcomeWord(worst));
  const isOne = about === "again";
  const { id, name } = worst.group;
  const listed = findings.slice(0, LISTED).map(machineForm);
  const detail: AlertDetail = {
    ...{ outcome, severity, about, title },
    account: plainText(worst.account, 64),
    region: plainText(worst.region, 64),
    group: isOne ? { id: plainText(id, 64), name: plainText(name) } : { id: "", name: "" },
    facts: briefFacts(facts),
    advice,
    findings: listed,
    more: findings.length - listed.length,
    counts: {
      outcomes: Object.fromEntries(
        [...outcomesOf(findings)].map(([word, count]) => [outcomeName(word), count]),
      ),
      groups: Object.fromEntries(groupCounts(findings)),
    },
  };
  const paragraphs = advice.map(one => wrap(one).join("\n"));
  return {
    subject,
    text: `${[...wrap(title), "", ...factLines(facts), "", paragraphs.join("\n\n")].join("\n")}\n`,
    attributes: {
      ...{ outcome, group: isOne ? plainText(id, 64) || "none" : "many" },
      ...{ kind: worst.kind, severity, about },
    },
    detail,
  };
}

const machineForm = (finding: Digested): object => ({
  id: plainText(finding.id, 64),
  group: plainText(finding.group.id, 64),
  rule: ruleText(finding),
  outcome: outcomeName(outcomeWord(finding)),
  seenAt: plainText(finding.seenAt, 64),
  ...(finding.actor && { actor: plainText(finding.actor.name) }),
});

const ruleLine = (finding: Digested): string =>
  `${outcomeWord(finding)} ${ruleText(finding)} on ${groupText(finding)}, ${plainText(finding.id, 64)}`;

function standingLine(finding: Digested): string {
  const { openedAt, seenAt } = finding;
  const since = openedAt === undefined ? `at least ${timeOr(seenAt)}` : timeOr(openedAt);
  const { kind } = finding;
  const what = kind === "missing" ? "missing: " : kind === "exposure" ? "exposed: " : "";
  return `${groupText(finding)}: ${what}${ruleText(finding)} since ${since}`;
}
