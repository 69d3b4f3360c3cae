// npm run chaos:planted: each bug of plant.ts must be found, by the histories as they are, or this
// fails. Prints the seed that found each.
import { spawnSync } from "node:child_process";

const BUGS = ["condition", "swallowed", "range"] as const;
const most = process.env.PORTWARD_HISTORIES ?? "200";

let [passed, failed] = [0, 0];
for (const bug of BUGS) {
  const env = {
    ...process.env,
    ...{ PORTWARD_PLANT: bug, PORTWARD_HISTORIES: most },
    ...{ PORTWARD_FAILURES: "1", PORTWARD_SHRINK: "0" },
  };
  const node = ["--import", "./test/chaos/plant.ts", "test/chaos/main.ts"];
  const { stdout, status } = spawnSync(process.execPath, node, { env, encoding: "utf8" });
  const found = /^seed (\d+): (.*)$/m.exec(stdout);
  if (status === 1 && found) {
    passed += 1;
    console.log(`${bug}: found by seed ${found[1]}: ${found[2]?.slice(0, 300)}`);
  } else {
    failed += 1;
    console.log(`${bug}: not found in ${most} histories\n${stdout.slice(-2_000)}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
