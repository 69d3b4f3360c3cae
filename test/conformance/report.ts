// One line for each part of the conformance suite, every failure and skip with its reason, what is
// known to differ, and the totals. A part of which nothing passed has failed, whatever was skipped.
import { stripVTControlCharacters } from "node:util";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";
import { differencesAsLines } from "./differences/known.ts";

type TestError = ReturnType<TestSuite["errors"]>[number];

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const LINES_OF_A_FAILURE = 25;

/** Makes the reporter. */
export function conformanceReport(): Reporter {
  return {
    onTestRunEnd(modules, unhandled) {
      const parts = Map.groupBy(modules, module => module.project.name);
      const tallies = [...parts].map(([name, its]) => tallyOf(name, its));
      for (const error of unhandled) console.log(`error outside of a test: ${error.message}`);
      const known = differencesAsLines();
      console.log(`\nknown differences, each asserted on both sides: ${known.length}`);
      for (const line of known) console.log(`  ${line}`);
      const failed = total(tallies, "failed") + unhandled.length;
      console.log(`\n${total(tallies, "skipped")} skipped`);
      console.log(`${total(tallies, "passed")} passed, ${failed} failed`);
    },
  };
}

const total = (tallies: Tally[], state: keyof Tally) =>
  tallies.reduce((sum, tally) => sum + tally[state], 0);

function tallyOf(part: string, modules: TestModule[]): Tally {
  const tests = modules.flatMap(module => [...module.children.allTests()]);
  const suites = modules.flatMap(module => [module, ...module.children.allSuites()]);
  const broken = suites.filter(suite => suite.errors().length > 0);
  const tally = { passed: 0, failed: broken.length, skipped: 0 };
  for (const test of tests) tally[stateOf(test)] += 1;
  if (tally.passed + tally.failed === 0) {
    tally.failed = 1;
    process.exitCode = 1;
  }
  const seconds = modules.reduce((sum, module) => sum + module.diagnostic().duration, 0) / 1000;
  const verdict = tally.failed > 0 ? "FAILED" : "ok";
  const counts = `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`;
  console.log(`${verdict.padEnd(6)} ${part}: ${counts} (${seconds.toFixed(1)} s)`);
  for (const suite of broken) printFailure(nameOf(suite), suite.errors());
  for (const test of tests) printUnlessPassed(test);
  return tally;
}

const nameOf = (suite: TestModule | TestSuite) =>
  suite.type === "module" ? suite.relativeModuleId : suite.fullName;

/** A test that never ran, as something before it failed, did not pass. */
function stateOf(test: TestCase): keyof Tally {
  const { state } = test.result();
  return state === "pending" || isCutOff(test) ? "failed" : state;
}

const isCutOff = (test: TestCase): boolean =>
  test.result().state === "skipped" && reasonOf(test) === undefined && test.options.mode === "run";

function reasonOf(test: TestCase): string | undefined {
  const result = test.result();
  return result.state === "skipped" ? result.note : undefined;
}

function printUnlessPassed(test: TestCase): void {
  const result = test.result();
  if (result.state === "failed") printFailure(test.fullName, result.errors);
  else if (result.state === "skipped" && !isCutOff(test)) {
    console.log(`  skipped: ${test.fullName}: ${reasonOf(test) ?? "no reason given"}`);
  }
}

function printFailure(name: string, errors: readonly TestError[]): void {
  console.log(`  failed: ${name}`);
  for (const { message, diff } of errors) {
    const text = stripVTControlCharacters([message, diff].filter(Boolean).join("\n"));
    const lines = text.split("\n").slice(0, LINES_OF_A_FAILURE);
    console.log(lines.map(line => `    ${line}`).join("\n"));
  }
}
