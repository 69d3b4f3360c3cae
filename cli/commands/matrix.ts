// The life of a matrix: names of its sub-commands. Each is a file of cli/commands/matrix/.
import { Command } from "commander";
import { command as addMember } from "./matrix/add-member.ts";
import { command as apply } from "./matrix/apply.ts";
import { command as check } from "./matrix/check.ts";
import { command as compile } from "./matrix/compile.ts";
import { command as history } from "./matrix/history.ts";
import { command as importing } from "./matrix/import.ts";
import { command as plan } from "./matrix/plan.ts";
import { command as probes } from "./matrix/probes.ts";
import { command as rollback } from "./matrix/rollback.ts";
import { command as show } from "./matrix/show.ts";

const EXAMPLES = `
Examples:
  $ npx portward matrix check --matrix flows.yaml --matrix prod.yaml
  $ npx portward matrix compile --matrix matrix/examples/funai-studio.yaml --group deploy
  $ npx portward matrix plan --matrix flows.yaml
  $ npx portward matrix apply --matrix flows.yaml
  $ npx portward matrix show --version 3`;

export const command = new Command("matrix")
  .description("Check, compile, plan, apply and show the allow matrix, and take it back.")
  .addCommand(check)
  .addCommand(compile)
  .addCommand(probes)
  .addCommand(importing)
  .addCommand(addMember)
  .addCommand(plan)
  .addCommand(apply)
  .addCommand(show)
  .addCommand(history)
  .addCommand(rollback)
  .addHelpText("after", EXAMPLES);
