// What goes into a run on one group and what is read of it afterwards, to vary.
import type { AwsAccount } from "../../functions/aws/account.ts";
import type { RunDeps } from "../../functions/reconcile/deps.ts";
import { iso } from "../../functions/reconcile/draft.ts";
import { reconcile } from "../../functions/reconcile/reconcile.ts";
import type { Finding, Intent } from "../../matrix/finding.ts";
import type { Change, Trigger } from "../../matrix/trigger.ts";
import { actor, findingOf } from "./findings.ts";
import { governed } from "./governed.ts";
import { ownPieces } from "./pieces.ts";
import { toldSince } from "./told-since.ts";

const HOUR = 3_600_000;

/** Pieces for the tests of a file, with groups to run on, and what was called since a run began. */
export function ownRuns() {
  const pieces = ownPieces();
  const told = toldSince(() => pieces.account);
  return {
    ...{ pieces, ...told },
    failing: (action: string, code = "InternalError", times = 50) =>
      pieces.account.faults.failNext("ec2", action, code, times),
    once: (action: string, act: () => unknown) => pieces.account.faults.onNext("ec2", action, act),
    /** Portward and a group with rules of its own; a matrix of flows governs it. */
    async governed(rules: readonly string[] = [], flows: readonly string[] = [], mode = "enforce") {
      const { aws, group } = await governed(pieces, { rules, flows, mode });
      const run = (triggers: readonly Trigger[] = [sweep], deps: Partial<RunDeps> = {}) => {
        told.mark();
        return reconcile({ ...aws, ...deps }, group, triggers);
      };
      return { aws, group, run };
    },
  };
}

/** What a run that found nothing says. */
export const quiet = (groupId: string, outcome: string) => ({
  ...{ groupId, outcome, findings: [] },
  ...{ isStale: false, isPending: false, isThrottled: false, isPaused: false },
});

/** An event of bob's that says nothing of what he changed. */
export const triggerOf = (given: Partial<Trigger> = {}): Trigger => ({
  ...{ kind: "event", id: "e-1", account: "111122223333", region: "ap-southeast-1" },
  ...{ event: "AuthorizeSecurityGroupIngress", changes: [], actor },
  ...given,
});
export const sweep: Trigger = triggerOf({ kind: "sweep", id: "sweep-1" });
export const added = (rule: string, ruleId: string): Change => ({ kind: "added", rule, ruleId });

/** The runs that have left an intent. */
export const intents = async (aws: AwsAccount): Promise<string[]> =>
  (await aws.intents.all()).map(({ runId }) => runId);

/** The groups that are to be looked at again. */
export const dirty = async (aws: AwsAccount): Promise<string[]> =>
  (await aws.intents.dirtyGroups()).map(({ groupId }) => groupId);

/** How each finding ended, and what they all note. */
export const ends = (findings: readonly Finding[]) =>
  findings.map(({ rule, outcome }) => [rule, outcome]);
export const notesOf = (findings: readonly Finding[]): string =>
  findings.flatMap(({ notes }) => notes).join("\n");

/** What another run was about to do, at a time. */
export const intentOf = (groupId: string, at: number, ...findings: Finding[]): Intent => ({
  ...{ runId: "another", groupId, at: iso(at), findings, before: [], plan: [] },
});

/** A finding about a group. */
export const about = (id: string, given: Partial<Finding> = {}): Finding =>
  findingOf({ group: { id, name: "" }, ruleId: "sgr-0a000000000000009", ...given });

/** Begins a pause or a hold of a group for an hour. */
export async function stop(aws: AwsAccount, kind: "pause" | "hold", group: string): Promise<void> {
  const [at, until] = [iso(aws.clock()), iso(aws.clock() + HOUR)];
  const is = { by: "alice", reason: "a migration", at, until };
  await aws.pauses.start({ kind, group, is, toldAt: aws.clock() });
}
