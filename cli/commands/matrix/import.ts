// A matrix out of what stands in a live account or in a Terraform state: everything allowed as it is,
// in observe. It writes a file and changes nothing else.
import { existsSync, writeFileSync } from "node:fs";
import { Command, Option } from "commander";
import { inputError } from "../../../matrix/errors.ts";
import { type Imported, importMatrix } from "../../../matrix/import/import-matrix.ts";
import { readTerraformState } from "../../../matrix/import/terraform.ts";
import { action, CLEAN, type ExitCode } from "../../exit-code.ts";
import { readJsonInputs } from "../../input-file.ts";
import { type AccountOptions, withAccount, withJson } from "../../option.ts";
import { counted, print, printAccount, printJson } from "../../output.ts";
import { openTarget } from "../../target.ts";

interface ImportOptions extends AccountOptions {
  readonly from: "live" | "terraform";
  readonly vpc?: string;
  readonly out?: string;
  readonly force?: boolean;
}

const EXAMPLES = `
Groups by name, blocks gathered into networks, both sides of a connection as one flow, every flow
\`need: allowed\`; lines that open doors to the world are marked RISK, and groups that a controller
writes to are left in observe. Compiled, it permits exactly what stands there.

Examples:
  $ npx portward matrix import --from live --out matrix.yaml
  $ npx portward matrix import --from live --aws --vpc vpc-0a1b2c3d4e5f60718 --out matrix.yaml
  $ terraform state pull > state.json
  $ npx portward matrix import --from terraform state.json --out matrix.yaml`;

export const command = withAccount(withJson(new Command("import")))
  .description("Write a matrix out of what stands in an account, or in a Terraform state.")
  .argument("[state]", "a Terraform state, version 4, for --from terraform")
  .addOption(
    new Option("--from <source>", "where from")
      .choices(["live", "terraform"])
      .makeOptionMandatory(),
  )
  .option("--vpc <id>", "the groups of this VPC only")
  .option("--out <file>", "where to; stdout unless told")
  .option("--force", "write over a file that is there")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run(state: string | undefined, options: ImportOptions): Promise<ExitCode> {
  const { out, force, json, vpc } = options;
  if (vpc !== undefined && !/^vpc-[0-9a-f]{8,17}$/.test(vpc)) {
    throw inputError("option.vpc", `--vpc ${JSON.stringify(vpc)} is no VPC id`);
  }
  if (out !== undefined && force !== true && existsSync(out)) {
    throw inputError("option.out", `${out} is there already`, "name another file, or add --force");
  }
  const scope = vpc === undefined ? {} : { vpc };
  const { title, imported } =
    options.from === "live"
      ? await importLive(state, options, scope)
      : { title: "offline", imported: importState(state, scope) };
  printAccount(title, json);
  if (out !== undefined) writeFileSync(out, imported.text, force === true ? {} : { flag: "wx" });
  if (json) printJson({ ...imported, ...(out === undefined ? {} : { out }) });
  else if (out === undefined) print(imported.text.trimEnd());
  else printImported(imported, out);
  return CLEAN;
}

async function importLive(
  state: string | undefined,
  options: ImportOptions,
  scope: { vpc?: string },
): Promise<{ title: string; imported: Imported }> {
  if (state !== undefined) {
    throw inputError(
      "option.from",
      "a state goes with --from terraform",
      "--from live takes no file",
    );
  }
  const target = await openTarget(options);
  const { account, region } = target;
  const reader = await target.reader();
  const groups = await reader.region.groups();
  const vpcs = [...new Set(groups.flatMap(({ vpcId }) => vpcId ?? []))];
  const ipv6Vpcs = await reader.groups.ipv6Vpcs(vpcs);
  const source = `account ${account} ${region}`;
  const title = `account-${account}`;
  return {
    title: target.title,
    imported: importMatrix({ groups, account, ipv6Vpcs, source, title, ...scope }),
  };
}

function importState(state: string | undefined, scope: { vpc?: string }): Imported {
  if (state === undefined) {
    const cure = "portward matrix import --from terraform terraform.tfstate";
    throw inputError("option.from", "--from terraform needs the state's file", cure);
  }
  const [file] = readJsonInputs([state]);
  const { groups, notes } = readTerraformState(state, file?.json);
  // A state does not tell which VPCs have IPv6, so only what it says lets IPv6 out.
  const ipv6Vpcs = new Set(groups.flatMap(({ vpcId }) => vpcId ?? []));
  const owners = groups.flatMap(({ owner }) => owner || []);
  const account = owners[0] ?? "";
  return importMatrix({
    groups,
    notes,
    account,
    ipv6Vpcs,
    source: state,
    title: "terraform",
    ...scope,
  });
}

/** What the parser takes. */
const LARGEST = 1_000_000;

function printImported({ groups, rules, flows, notes, text }: Imported, out: string): void {
  const counts = [counted(groups, "group"), counted(rules, "rule"), counted(flows, "flow")];
  const risks = text.split("\n").filter(line => line.includes("# RISK: ")).length;
  print(`wrote ${out}: ${counts.join(", ")}`);
  if (risks > 0) print(`${counted(risks, "line")} marked RISK: look at them first`);
  if (Buffer.byteLength(text) > LARGEST) {
    print("a matrix file has 1 MB at most: import one VPC at a time with --vpc");
  }
  for (const note of notes) print(`left out: ${note}`);
  print(`next: portward matrix check --matrix ${out}`);
}
