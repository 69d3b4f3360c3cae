// What people are told when an audit holds back what it would close: how much, where, and how to go on.
import { plainText } from "../plain-text.ts";
import type { Alert } from "./alert.ts";
import { countOf, limited } from "./count-text.ts";
import { briefFacts, fact, factLines } from "./fact.ts";
import { wrap } from "./paragraph.ts";
import { asciiLine } from "./subject.ts";

/** What is held back. */
export interface HeldBack {
  readonly account: string;
  readonly region: string;
  readonly planId: string;
  readonly groups: readonly { readonly group: string; readonly steps: readonly string[] }[];
}

const SHOWN = 100;
const WHY =
  "An earlier audit saw these rules permitted, and they have not changed since: it is the matrix " +
  "that did. They stay open until somebody decides.";

/** Words the notice of what the brake holds back. */
export function heldNotice({ account, region, planId, groups }: HeldBack): Alert {
  const lines = groups.flatMap(({ group, steps }) => steps.map(step => `${group} ${step}`));
  const word = `AUDIT HELD BACK ${countOf(lines.length, "rule")}`;
  const plain = (line: string): string => plainText(line, 300);
  const shown = lines.slice(0, SHOWN).map(plain);
  const facts = [
    ...fact("Where", `account ${account} ${region}, ${groups.length} group(s)`),
    ...fact("Plan", planId),
  ];
  const advice = [
    "If the matrix is wrong: portward matrix rollback takes the last one back.",
    `If it is right: portward audit --apply ${planId} closes exactly these.`,
  ];
  return {
    subject: asciiLine(`${word}, plan ${planId}, ${account} ${region}`),
    text: [
      word,
      "",
      ...factLines(facts),
      "",
      ...wrap(WHY),
      "",
      ...limited(lines, plain, SHOWN),
      "",
      ...advice.flatMap(text => wrap(text)),
      "",
    ].join("\n"),
    attributes: { outcome: "held-back", group: "all", kind: "brake", severity: "high" },
    detail: {
      ...{ outcome: "held-back", severity: "high", account, region, title: word },
      facts: briefFacts([...facts, ...fact("Why", WHY), ...fact("Rules", ...shown)]),
      advice,
      group: { id: "", name: "" },
      findings: shown.map(step => ({ step, planId })),
      more: lines.length - shown.length,
    },
  };
}
