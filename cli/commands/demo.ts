// The story: a tester changes security groups of a local account and Portward answers, in six acts; then
// he asks for one of them as an exception, and somebody else approves it.
// It ends by itself, and with success only if the account, read back, is what the law says.
import { Command } from "commander";
import type { Finding } from "../../matrix/finding.ts";
import { plainText } from "../../matrix/plain-text.ts";
import type { Exceptional } from "../demo/exception-act.ts";
import type { Stage } from "../demo/stage.ts";
import type { Scene } from "../demo/watch.ts";
import { action, CLEAN, type ExitCode, FAILED } from "../exit-code.ts";
import { withJson } from "../option.ts";
import { beside, counted, paint, print, printAccount, printJson, printLines } from "../output.ts";
import { outcomeText } from "../run-report.ts";

const EXAMPLES = `
It needs no account and no network but loopback, and leaves nothing behind.

Examples:
  $ npx portward demo
  $ npx portward demo --json`;

export const command = withJson(new Command("demo"))
  .description("Open ports in a local account as a tester would, and watch each one close.")
  .addHelpText("after", EXAMPLES)
  .action(action(run));

async function run({ json }: { json?: boolean }): Promise<ExitCode> {
  // Late, so that its help needs no account.
  const { openStage } = await import("../demo/stage.ts");
  const stage = await openStage();
  try {
    printAccount(`local account ${new URL(stage.account.url).host}`, json);
    if (!json) printProgramme(stage);
    return await play(stage, json);
  } finally {
    await stage.close();
  }
}

async function play(stage: Stage, isJson: boolean | undefined): Promise<ExitCode> {
  const [{ acts }, { playException }, { playAct }, { readStanding, wrongs }] = await Promise.all([
    import("../demo/acts.ts"),
    import("../demo/exception-act.ts"),
    import("../demo/watch.ts"),
    import("../demo/proof.ts"),
  ]);
  const before = await readStanding(stage);
  const scenes: Scene[] = [];
  for (const act of acts) {
    const scene = await playAct(stage, act);
    scenes.push(scene);
    if (!isJson) printScene(scene, scenes.length);
  }
  const exception = await playException(stage);
  if (!isJson) printException(exception, scenes.length + 1);
  const wrong = [...exception.wrong, ...(await wrongs(stage, before))];
  if (isJson) printJson({ acts: scenes, exception, wrong });
  else printEnd(stage, wrong);
  for (const line of wrong) console.error(`portward: not what the law says: ${line}`);
  return wrong.length === 0 ? CLEAN : FAILED;
}

function printProgramme({ policy, listId }: Stage): void {
  const { matrix, mode } = policy.document;
  print(`five servers under the matrix ${matrix} in mode ${mode}; a tester has an EC2 client`);
  print(`the prefix list ${listId} may hold two blocks, and does`);
}

const LABELS = { indent: 3, width: 8 };

function printScene(scene: Scene, number: number): void {
  const { title, does, part, group, event, findings, verdict, calls, alerts } = scene;
  const line = (label: string, text: string) => printLines(beside(label, text, LABELS));
  print(`\n${paint("title", `${number}  The tester ${title}`)}`);
  line("call", `${does} (${part} is ${group})`);
  line("event", `${event.name} ${event.id} by ${event.by}`);
  if (verdict !== undefined) line("verdict", plainText(verdict, 1_000));
  const [first] = findings;
  if (first) line("verdict", `${wordOf(first)}: ${plainText(first.because, 1_000)}`);
  line("calls", calls.length === 0 ? "none: it is left alone" : doneText(findings, calls));
  for (const finding of findings) {
    line("before", finding.kind === "missing" ? `without ${finding.rule}` : finding.rule);
    line("after", afterText(finding));
  }
  for (const alert of alerts) line("alert", plainText(withoutPlace(alert), 200));
  for (const finding of findings) line("finding", `${finding.id} ${outcomeText(finding)}`);
  if (scene.undoneAfterMs !== undefined) {
    line("time", `undone ${scene.undoneAfterMs.toFixed(0)} ms after the tester's call`);
  }
}

function printException({ steps, alerts }: Exceptional, number: number): void {
  print(`\n${paint("title", `${number}  What was closed is needed after all, for a while`)}`);
  for (const { label, text } of steps) printLines(beside(label, plainText(text, 1_000), LABELS));
  for (const alert of alerts) {
    printLines(beside("alert", plainText(withoutPlace(alert), 200), LABELS));
  }
}

/** A subject without account and region, which may have been cut. */
const withoutPlace = (subject: string): string => subject.replace(/, \d[\d.]*(?: \S+)?$/, "");

const wordOf = ({ kind }: Finding): string => (kind === "missing" ? "missing" : "drift");

function doneText(findings: readonly Finding[], calls: readonly string[]): string {
  const done = [...new Set(findings.flatMap(finding => finding.calls))];
  return `${calls.join(", ")}: ${done.join("; ")}`;
}

function afterText({ kind, rule, after }: Finding): string {
  if (kind === "missing") return `with ${rule}`;
  if (kind === "prefix-list") return "it holds what the matrix lets it hold";
  return after.length > 0 ? after.join(", ") : "nothing of it";
}

function printEnd(stage: Stage, wrong: readonly string[]): void {
  if (wrong.length > 0) return;
  const groups = counted(Object.keys(stage.groups).length, "group");
  const verdict = `${groups} read back and judged once more, no drift;`;
  const compared = "every rule is one from before the first act, or the one that act 2 added.";
  print(`\n${paint("good", "as the law says")}: ${verdict}\n${compared}`);
}
