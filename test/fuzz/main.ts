// npm run fuzz: inputs that nobody honest sends, out of those that somebody does. PORTWARD_INPUTS says
// how many, PORTWARD_SEED where they begin, PORTWARD_SURFACE which kind alone. No error but a clean
// refusal, no write to EC2, no memory that stays taken.
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Random, randomOf } from "../chaos/draw.ts";
import { parsesMatrix, parsesRule, readsBody, readsSecret, thrown, type Wrong } from "./offline.ts";
import { startOnline } from "./online.ts";

const inputs = Number(process.env.PORTWARD_INPUTS ?? 100_000);
const first = Number(process.env.PORTWARD_SEED ?? 20_261_128);
/**
 * How much more heap may be in use after all inputs of a kind than after the first tenth of them, in
 * bytes: compiled code, and what the local account keeps of a call, go in; a leak of a few hundred
 * bytes an input does not.
 */
const GROWTH = 8 * 2 ** 20;
const SHOWN = 20;
/** So many inputs in one go: connections that nobody serves for minutes are closed by the other end. */
const IN_ONE_GO = 200;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
function heap(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

type Surface = readonly [
  name: string,
  share: number,
  try_: (random: Random) => Wrong | Promise<Wrong>,
];

const online = await startOnline();
const surfaces: readonly Surface[] = [
  ["CloudTrail records", 0.7, readsBody],
  ["matrix files", 0.14, parsesMatrix],
  ["rule texts", 0.04, parsesRule],
  ["chat secrets", 0.04, readsSecret],
  ["approval links", 0.03, online.followsLink],
  ["API requests", 0.03, online.callsApi],
  ["Slack clicks", 0.01, online.clicks],
  ["EC2 answers", 0.005, online.readsEc2],
  ["queue messages", 0.005, online.hearsOf],
];

const only = process.env.PORTWARD_SURFACE;
const tried = surfaces.filter(([name]) => only === undefined || name === only);
const sum = tried.reduce((all, [, share]) => all + share, 0);

let [passed, failed] = [0, 0];
for (const [name, share, try_] of tried) {
  const count = Math.max(1, Math.round((inputs * share) / sum));
  const warm = Math.ceil(count / 10);
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  let before = 0;
  for (let n = 0; n < count; n += 1) {
    if (n === warm) before = heap();
    const seed = first + n;
    const wrong = await attempt(() => try_(randomOf(seed)));
    if (wrong === undefined) passed += 1;
    else {
      failed += 1;
      if (failed <= SHOWN) console.log(`! ${name}, seed ${seed}: ${wrong.slice(0, 1_500)}`);
    }
    if (n % 1_000 === 999) online.forget();
    if (n % IN_ONE_GO === 0) await turn();
  }
  online.forget();
  const grown = count > warm ? heap() - before : 0;
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `${name}: ${count} from seed ${first}, heap ${grown >= 0 ? "+" : ""}${(grown / 2 ** 20).toFixed(1)} MB, ` +
      `${((performance.now() - began) / 1_000).toFixed(0)} s, ${((user + system) / 1_000_000).toFixed(0)} s of processor`,
  );
  if (grown > GROWTH) {
    failed += 1;
    console.log(`! ${name} took more than ${GROWTH / 2 ** 20} MB and kept it`);
  }
}
const wrong = await attempt(() => online.stillCloses());
if (wrong === undefined) passed += 1;
else {
  failed += 1;
  console.log(`! ${wrong}`);
}
await online.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

async function attempt(task: () => Wrong | Promise<Wrong>): Promise<Wrong> {
  try {
    return await task();
  } catch (error) {
    return thrown(error);
  }
}
