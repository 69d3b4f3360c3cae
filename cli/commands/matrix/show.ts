// The matrix in force, or an older version, as it is stored: checked and normalised, with its pins.
import { Command } from "commander";
import { Document, visit } from "yaml";
import type { MatrixDocument } from "../../../matrix/document.ts";
import { inputError } from "../../../matrix/errors.ts";
import type { Pins } from "../../../matrix/flows/selection.ts";
import { action, CLEAN, type ExitCode } from "../../exit-code.ts";
import { type AccountOptions, wholeNumber, withAccount, withJson } from "../../option.ts";
import { print, printAccount, printJson } from "../../output.ts";
import { openTarget } from "../../target.ts";

const EXAMPLES = `
Examples:
  $ npx portward matrix show
  $ npx portward matrix show --version 3 --aws --json`;

export const command = withAccount(withJson(new Command("show")))
  .description("Print the stored matrix with its version, its hash and who applied it.")
  .option("--version <number>", "an older version", wholeNumber(1, 999_999))
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(options: AccountOptions & { version?: number }): Promise<ExitCode> {
  const target = await openTarget(options);
  const { policy } = await target.connect();
  const history = await policy.history();
  const asked = options.version ?? history[0]?.version;
  const meta = history.find(({ version }) => version === asked);
  if (!meta) throw noVersion(asked);
  const { document, pins } = await policy.readMatrix(meta);
  printAccount(target.title, options.json);
  const { version, sha, by, at, note, parent, planId } = meta;
  if (options.json) printJson({ version, sha, by, at, note, parent, planId, document, pins });
  else {
    print(`# version ${version}, sha ${sha}${planId === undefined ? "" : `, plan ${planId}`}`);
    print(`# applied by ${by} at ${at}${note === "" ? "" : `: ${note}`}`);
    print(yamlOf(document, pins));
  }
  return CLEAN;
}

/** The document as YAML, each group and flow on a line of its own. */
function yamlOf(document: MatrixDocument, pins: Pins): string {
  const { matrix, mode, vpcs, networks, groups, flows, forbids, people, exceptions } = document;
  const first = { matrix, mode, vpcs, networks, groups, flows, forbids, people, exceptions };
  const yaml = new Document({ ...first, pins: pins.groups });
  visit(yaml, {
    Collection(_, node, path) {
      node.flow = path.length > LINE_DEPTH;
    },
  });
  return yaml.toString({ lineWidth: 0 }).trimEnd();
}

// A document, its map, a section's pair, the section's map or list: what is deeper is one line.
const LINE_DEPTH = 3;

function noVersion(version: number | undefined) {
  return version === undefined
    ? inputError("matrix.none", "no matrix was ever applied here", "see `portward matrix apply`")
    : inputError(
        "matrix.version",
        `version ${version} was never in force here`,
        "`portward matrix history` lists those that were",
      );
}
