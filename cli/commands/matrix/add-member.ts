// One more machine: its address among the members of its group, written into the matrix file in place,
// and what the flows come to differently by it.
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { compileMatrix } from "../../../matrix/compile.ts";
import type { GroupEntry, MatrixDocument } from "../../../matrix/document.ts";
import { flowTitle } from "../../../matrix/flows/flow.ts";
import type { Line } from "../../../matrix/flows/part.ts";
import { type AddedMember, addMember } from "../../../matrix/life/add-member.ts";
import { plainText } from "../../../matrix/plain-text.ts";
import { formatRule } from "../../../matrix/rules/rule.ts";
import { action, CLEAN, type ExitCode } from "../../exit-code.ts";
import { readInputs } from "../../input-file.ts";
import { withJson, withMatrix } from "../../option.ts";
import { paint, print, printAccount, printJson, printLines, table } from "../../output.ts";

const EXAMPLES = `
Of several files it is the last one that lists the group's members which is changed; its comments and
its layout stay as they are.

Examples:
  $ npx portward matrix add-member runner 172.21.138.103 --matrix flows.yaml
  $ npx portward matrix add-member runtime 10.30.0.105 --matrix flows.yaml prod.yaml --dry-run`;

interface AddOptions {
  readonly matrix: string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export const command = withMatrix(withJson(new Command("add-member")))
  .description("Add an address to the members of a group, in the matrix file itself.")
  .argument("<group>", "the entry of the matrix")
  .argument("<address>", "an address or a block")
  .option("--dry-run", "show it, and write nothing")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(group: string, address: string, options: AddOptions): Promise<ExitCode> {
  const { matrix: files, dryRun, json } = options;
  const added = addMember(readInputs(files), group, address);
  const { before, after, file, text, line } = added;
  const [old, now] = [linesOf(before), linesOf(after)];
  const differs = {
    added: [...now].filter(([key]) => !old.has(key)).map(([, one]) => one),
    removed: [...old].filter(([key]) => !now.has(key)).map(([, one]) => one),
  };
  if (dryRun !== true) writeFileSync(file, text);
  printAccount("offline", json);
  const wear = wearText(after.groups[group], address);
  if (json) {
    printJson({
      ...{ file, line, written: dryRun !== true, was: added.removed, is: added.added },
      rules: { added: differs.added.map(lineJson), removed: differs.removed.map(lineJson) },
      interface: wear,
    });
    return CLEAN;
  }
  printChange(added);
  printLines(
    table([
      ...differs.added.map(one => ["+", ...lineCells(one)]),
      ...differs.removed.map(one => ["-", ...lineCells(one)]),
    ]),
  );
  print(wear);
  const plan = `portward matrix plan --matrix ${files.join(" ")}`;
  print(dryRun === true ? "nothing is written: leave --dry-run away to write it" : `next: ${plan}`);
  return CLEAN;
}

function printChange({ file, line, removed, added }: AddedMember): void {
  print(`${file}:${line}`);
  printLines([
    ...removed.map(text => paint("bad", `-${plainText(text, 1_000)}`)),
    ...added.map(text => paint("good", `+${plainText(text, 1_000)}`)),
  ]);
}

const linesOf = (document: MatrixDocument): Map<string, Line> =>
  new Map(compileMatrix(document).lines.map(one => [lineCells(one).join(" "), one]));

const lineCells = ({ part, rule, need, flow }: Line): string[] => [
  part,
  formatRule(rule),
  need === "advised" ? "required" : need,
  flowTitle(flow),
];

const lineJson = ({ part, rule, need, flow }: Line) => ({
  ...{ group: part, rule: formatRule(rule), need, flow: flow.id },
});

/** Which interface has to wear which group, or the rules above do not reach the machine. */
function wearText(entry: GroupEntry | undefined, address: string): string {
  if (!entry) return "";
  const { id, groupName, tags } = entry;
  const tagged = Object.entries(tags ?? {}).map(([key, value]) => `${key}=${value}`);
  const which = id ?? groupName ?? (tagged.length > 0 ? `tagged ${tagged.join(" ")}` : undefined);
  if (which === undefined)
    return `${entry.name} selects no group here: only the others' rules change`;
  return plainText(`the interface with ${address} must wear the group ${which} (${entry.name})`);
}
