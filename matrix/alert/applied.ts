// What people are told when another version of the matrix is in force: how it differs, and who put it
// there. Who may approve exceptions, and who is who, stands out.
import type { MatrixDocument } from "../document.ts";
import { diffDocuments, diffLines, isEmptySection } from "../life/document-diff.ts";
import { plainText } from "../plain-text.ts";
import type { Alert } from "./alert.ts";
import { briefFacts, fact, factLines } from "./fact.ts";
import { timeText } from "./paragraph.ts";
import { asciiLine } from "./subject.ts";

/** A version that is in force now, and the one before it. */
export interface AppliedMatrix {
  readonly account: string;
  readonly region: string;
  readonly version: number;
  readonly parent: number;
  readonly by: string;
  readonly at: string;
  readonly note: string;
  readonly planId?: string;
  readonly before?: MatrixDocument;
  readonly after: MatrixDocument;
}

const SHOWN = 100;

/** Words the alert of an apply. */
export function appliedAlert(applied: AppliedMatrix): Alert {
  const { account, region, version, parent, before, after, planId } = applied;
  const diff = diffDocuments(before, after);
  const isAuthority = !isEmptySection(diff.exceptions) || !isEmptySection(diff.people);
  const word =
    before && isAuthority ? "MATRIX APPLIED, APPROVERS OR PEOPLE CHANGED" : "MATRIX APPLIED";
  const severity = before && isAuthority ? "high" : "medium";
  const lines = diffLines(diff);
  const shown = lines.slice(0, SHOWN).map(line => plainText(line, 300));
  const more = lines.length - shown.length;
  const instead = parent === 0 ? "the first one" : `instead of version ${parent}`;
  const mode = diff.mode?.from ? `${diff.mode.from} -> ${diff.mode.to}` : after.mode;
  const title = `${word}: ${plainText(after.matrix)} version ${version}, ${after.mode}`;
  const facts = [
    ...fact("What", `${plainText(after.matrix)} version ${version}, ${instead}`),
    ...fact("Mode", mode),
    ...fact("Where", `account ${account} ${region}`),
    ...fact("Who", plainText(applied.by)),
    ...fact("When", timeText(applied.at)),
    ...fact("Why", plainText(applied.note)),
    ...fact("Plan", planId),
  ];
  const advice =
    parent === 0
      ? 'To stop it: portward pause --for 4h --reason "why"'
      : `To take it back: portward matrix rollback ${parent}`;
  return {
    subject: asciiLine(`${title}, ${account} ${region}`),
    text: [
      word,
      "",
      ...factLines(facts),
      "",
      ...(shown.length === 0 ? ["It says what the version before said."] : shown),
      ...(more > 0
        ? [`and ${more} more: portward matrix history --diff ${parent} ${version}`]
        : []),
      "",
      advice,
      "",
    ].join("\n"),
    attributes: { outcome: "matrix-applied", group: "all", kind: "matrix", severity },
    detail: {
      ...{ outcome: "matrix-applied", severity, account, region, title, advice: [advice] },
      facts: briefFacts([...facts, ...fact("Changes", ...shown)]),
      group: { id: "", name: "" },
      findings: [],
      more: 0,
      matrix: {
        ...{ version, parent, mode: after.mode, isAuthority },
        ...{ by: plainText(applied.by), name: plainText(after.matrix), changes: shown },
        ...(planId === undefined ? {} : { planId }),
      },
    },
  };
}
