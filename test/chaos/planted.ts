// npm run chaos:planted: each bug of plant.ts must be found by the histories as they are, by a seed that
// passes without it, or this fails. Prints the seed that found each.
import { spawnSync } from "node:child_process";

const BUGS = ["condition", "swallowed", "range"] as const;
const most = process.env.PORTWARD_HISTORIES ?? "300";

/** Plays histories in a process of their own, as PORTWARD_… say. */
function chaos(variables: Record<string, string>): { stdout: string; isClean: boolean } {
  const env = {
    ...process.env,
    PORTWARD_FAILURES: "1",
    PORTWARD_SHRINK: "0",
    PORTWARD_PROCESSES: "1",
    ...variables,
  };
  const node = ["--import", "./test/chaos/plant.ts", "test/chaos/main.ts"];
  const { stdout, stderr, status } = spawnSync(process.execPath, node, { env, encoding: "utf8" });
  return { stdout: stdout + stderr, isClean: status === 0 };
}

/** What is wrong with the search for a bug; nothing when it is found. */
function searchFor(bug: string): string | undefined {
  const { stdout, isClean } = chaos({ PORTWARD_PLANT: bug, PORTWARD_HISTORIES: most });
  const [, seed, problem] = /^seed (\d+): (.*)$/m.exec(stdout) ?? [];
  if (isClean || seed === undefined || problem === undefined)
    return `not found in ${most} histories\n${stdout.slice(-2_000)}`;
  const without = chaos({ PORTWARD_PLANT: "", PORTWARD_SEED: seed, PORTWARD_HISTORIES: "1" });
  if (!without.isClean) return `seed ${seed} fails without it too\n${without.stdout}`;
  const [, played] = /(\d+) passed, 1 failed$/m.exec(stdout) ?? [];
  const number = Number(played) + 1;
  console.log(`${bug}: found by history ${number}, seed ${seed}: ${problem.slice(0, 300)}`);
  return undefined;
}

let [passed, failed] = [0, 0];
for (const bug of BUGS) {
  const wrong = searchFor(bug);
  if (wrong === undefined) passed += 1;
  else {
    failed += 1;
    console.log(`${bug}: ${wrong}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
