// Runs of settle.ts on a group of its own: what happens meanwhile is the test's, and each wait is noted.
import type { AwsAccount } from "../../functions/aws/account.ts";
import type { Met } from "../../functions/reconcile/conclude.ts";
import { type Planner, type Settled, settle } from "../../functions/reconcile/settle.ts";
import { compileFor, readState, type State } from "../../functions/reconcile/state.ts";
import { emptyPlan, type Plan, planFor } from "../../matrix/plan.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import type { Trigger } from "../../matrix/trigger.ts";
import type { Judgement } from "../../matrix/verdict.ts";
import { governed } from "./governed.ts";
import { ownPieces } from "./pieces.ts";
import { toldSince } from "./told-since.ts";

/** What happens in a run. */
export interface How {
  readonly plannerOf?: (state: State) => Planner;
  readonly announce?: (first: Judgement, plan: Plan) => Promise<unknown>;
  readonly triggers?: readonly Trigger[];
  /** In a wait, beside the time that passes. */
  readonly waiting?: (ms: number) => Promise<unknown>;
  /** When the group was read, and nothing was done yet. */
  readonly atStart?: () => void;
}

export interface Ran extends Settled {
  readonly waits: readonly number[];
  readonly start: State;
  /** What was announced. */
  readonly announced: readonly (readonly [Judgement, Plan])[];
}

/** A planner that does all of a plan, and one that does nothing. */
export const wholly: Planner = { isBarred: false, plan: judgement => planFor(judgement) };
export const barred: Planner = { isBarred: true, plan: () => emptyPlan };

/** Reads the group and settles it. */
async function runSettle(aws: AwsAccount, group: string, how: How = {}): Promise<Ran> {
  const waits: number[] = [];
  const announced: [Judgement, Plan][] = [];
  const sleep = async (ms: number, signal?: AbortSignal) => {
    // The wait for what holds back a closing passes when that is done.
    if (signal) return new Promise<void>(done => signal.addEventListener("abort", () => done()));
    waits.push(ms);
    await how.waiting?.(ms);
    return aws.sleep(ms);
  };
  const announce = async (first: Judgement, plan: Plan) => {
    announced.push([first, plan]);
    await how.announce?.(first, plan);
  };
  const start = await readState(aws, group);
  const policy = compileFor(start);
  if (!policy) throw new Error("no entry selects the group");
  how.atStart?.();
  const { plannerOf = () => wholly, triggers = [] } = how;
  const from = { state: start, policy, triggers };
  const settled = await settle({ ...aws, sleep }, from, plannerOf, announce);
  return { ...settled, waits, start, announced };
}

/** Pieces for the tests of a file, with groups to settle, and what was called since a run began. */
export function ownSettling() {
  const pieces = ownPieces();
  const told = toldSince(() => pieces.account);
  return {
    ...{ pieces, ...told },
    failing: (action: string, code = "InternalError") =>
      pieces.account.faults.failNext("ec2", action, code, 50),
    governed: (rules: readonly string[], flows: readonly string[] = []) =>
      governed(pieces, { rules, flows }),
    run: (aws: AwsAccount, group: string, how: How = {}) =>
      runSettle(aws, group, { ...how, atStart: told.mark }),
  };
}

/** The rules that were met, sorted. */
export const metRules = ({ met }: Settled): string[] => met.map(textOf).toSorted();

const textOf = ({ verdict }: Met): string =>
  formatRule(verdict.kind === "missing" ? verdict.line.rule : verdict.live.rule);
