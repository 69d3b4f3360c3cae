// Every known difference, and how the list is written in docs/conformance.md and on the terminal.
import { authorizeDifferences } from "./authorize.ts";
import type { Difference } from "./difference.ts";
import { groupDifferences } from "./groups.ts";
import { modifyDifferences } from "./modify.ts";
import { patternDifferences } from "./patterns.ts";
import { revokeDifferences } from "./revoke.ts";

/** Those of EC2, by subject. */
export const knownDifferences: Readonly<Record<string, readonly Difference[]>> = {
  Authorizing: authorizeDifferences,
  Revoking: revokeDifferences,
  Modifying: modifyDifferences,
  "Groups, reading, prefix lists": groupDifferences,
};

/** Writes them as Markdown tables. */
export function differencesAsMarkdown(): string {
  const ec2 = Object.entries(knownDifferences).map(([subject, differences]) => {
    const rows = differences.map(({ behaviour, aws, known, local, moto }) => [
      ...[behaviour, `${aws} (${known})`],
      ...[`\`${local}\``, `\`${moto}\``],
    ]);
    return tableOf(subject, ["behaviour", "AWS", "local account", "moto"], rows);
  });
  const patterns = patternDifferences.map(({ behaviour, pattern, aws, local }) => [
    ...[behaviour, `\`${pattern}\``, ruling(aws), ruling(local)],
  ]);
  const heads = ["behaviour", "pattern", "AWS's matcher", "local account"];
  return [...ec2, tableOf("Event patterns", heads, patterns)].join("\n\n");
}

/** Writes them as lines for a terminal. */
export function differencesAsLines(): string[] {
  const ec2 = Object.values(knownDifferences)
    .flat()
    .map(
      ({ behaviour, aws, local, moto }) =>
        `${behaviour}: AWS: ${aws}; local account: ${local}; moto: ${moto}`,
    );
  const patterns = patternDifferences.map(
    ({ behaviour, aws, local }) =>
      `event pattern with ${behaviour}: AWS's matcher: ${ruling(aws)}; local account: ${ruling(local)}`,
  );
  return [...ec2, ...patterns];
}

const ruling = (answer: boolean | "refused") =>
  answer === "refused" ? "refused" : answer ? "matches" : "does not match";

function tableOf(title: string, heads: string[], rows: string[][]): string {
  const lines = [heads, heads.map(() => "---"), ...rows].map(cells => `| ${cells.join(" | ")} |`);
  return [`### ${title}`, "", ...lines].join("\n");
}
