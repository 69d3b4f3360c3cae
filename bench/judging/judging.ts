// How many rules are judged in a second of one core, and how that grows with the account: select,
// compile, judge. CPU time of this thread, not the clock's, as other processes share the machine.
import { groupPolicy, type Policy } from "../../matrix/policy.ts";
import { judge } from "../../matrix/verdict.ts";
import { expectOutcome, type Measured, type Scale } from "../harness/figure.ts";
import { inTurns, median, ratiosOf, repeated, spreadOf } from "../harness/sample.ts";
import { times, whole } from "../harness/table.ts";
import { type Drawn, drawAccount, type Size } from "./account.ts";

const SMALL: Size = { groups: 250, flows: 200, rulesPerGroup: 120 };
const LARGE: Size = { groups: 2_500, flows: 2_000, rulesPerGroup: 120 };
const TARGET_RATE = 2_000_000;
const TARGET_GROWTH = 1.2;

/** Measures the judging of a small and of a ten times larger account. */
export async function measure(scale: Scale): Promise<Measured> {
  const turns = scale === "full" ? 9 : 1;
  const small = drawAccount(SMALL);
  const large = drawAccount(LARGE);
  const [warmSmall, warmLarge] = [small.policy(), large.policy()];
  // So that a small pass is not one tick of the clock: as many rules as a large one.
  const smallPass = () => perRule(() => repeat(10, () => judgeAll(small, warmSmall)));
  const largePass = () => perRule(() => judgeAll(large, warmLarge));
  const pairs = await inTurns(
    { ours: largePass, reference: smallPass },
    { turns, warmUp: scale === "full" ? 3 : 1 },
  );
  const cold = await repeated(() => perRule(() => judgeAll(large, large.policy())), { turns });
  const rates = pairs.map(({ ours }) => 1e9 / ours);
  const growth = ratiosOf(pairs);
  const coldRates = cold.map(each => 1e9 / each);
  const isFull = scale === "full";
  const judged = (is: boolean) => (isFull ? (is ? "pass" : "short") : "-");
  return {
    rows: [
      {
        figure: "judging, rules per second and core (2,500 groups, 2,000 flows, 120 rules each)",
        target: `>= ${whole(TARGET_RATE)}`,
        measured: whole(median(rates)),
        spread: spreadOf(rates, whole),
        verdict: judged(median(rates) >= TARGET_RATE),
      },
      {
        figure: "the same, the matrix compiled anew",
        target: "-",
        measured: whole(median(coldRates)),
        spread: spreadOf(coldRates, whole),
        verdict: "-",
      },
      {
        figure: "judging, time per rule at 2,500 groups over 250 groups with 200 flows",
        target: `<= ${times(TARGET_GROWTH)}`,
        measured: times(median(growth)),
        spread: spreadOf(growth, times),
        verdict: judged(median(growth) <= TARGET_GROWTH),
      },
    ],
    notes: [memoryNote(large)],
  };
}

const RULES = LARGE.groups * LARGE.rulesPerGroup;

/** Nanoseconds of CPU for each of the rules of a pass. */
function perRule(pass: () => void): number {
  const before = process.threadCpuUsage();
  pass();
  const { user, system } = process.threadCpuUsage(before);
  return ((user + system) * 1_000) / RULES;
}

function repeat(count: number, task: () => void): void {
  for (let i = 0; i < count; i += 1) task();
}

function judgeAll(drawn: Drawn, policy: Policy): void {
  const found = { drift: 0, missing: 0 };
  for (const group of drawn.groups) {
    const own = groupPolicy(policy, group, { ipv6: false });
    if (!own) throw new Error(`no entry selects ${group.id}`);
    for (const { kind } of judge(group, own).verdicts) {
      if (kind === "drift" || kind === "missing") found[kind] += 1;
    }
  }
  const { drift, missing } = drawn;
  expectOutcome(
    found.drift === drift && found.missing === missing,
    `${found.drift} drift and ${found.missing} missing instead of ${drift} and ${missing}`,
  );
}

// What judging adds while all judgements are held at once, as an audit never does.
function memoryNote(drawn: Drawn): string {
  const policy = drawn.policy();
  const before = process.memoryUsage().heapUsed;
  const held = drawn.groups.map(group => {
    const own = groupPolicy(policy, group, { ipv6: false });
    return own && judge(group, own);
  });
  const { heapUsed, rss } = process.memoryUsage();
  const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
  return (
    `memory: the judgements of ${whole(held.length)} groups held at once add ` +
    `${megabytes(Math.max(0, heapUsed - before))} of heap; the whole process has ${megabytes(rss)}`
  );
}
