// Plays one act and watches what happens: the event it became, the findings, the calls Portward made,
// the alert, and how long it took. All of it is read from the account, nothing is foretold.
import { setTimeout as sleep } from "node:timers/promises";
import { ownRole } from "../../local/identities.ts";
import type { Finding } from "../../matrix/finding.ts";
import { explainGroup } from "../explanation.ts";
import type { Act } from "./acts.ts";
import type { Stage } from "./stage.ts";

/** What became of an act. */
export interface Scene {
  readonly title: string;
  readonly part: string;
  readonly group: string;
  readonly does: string;
  readonly event: { readonly name: string; readonly id: string; readonly by: string };
  readonly findings: readonly Finding[];
  /** Where nothing drifted: why the new rule is permitted. */
  readonly verdict?: string;
  /** Portward's own writing calls, by their AWS names. */
  readonly calls: readonly string[];
  readonly alerts: readonly string[];
  /** From the tester's call to the answer of Portward's last writing call. */
  readonly undoneAfterMs?: number;
}

const PATIENCE_MS = 12_000;
const WRITES = /^(?:Authorize|Revoke|Modify)/;

/** Plays an act; throws where Portward does not do within 12 s what it must. */
export async function playAct(stage: Stage, act: Act): Promise<Scene> {
  const { account, deployment, groups } = stage;
  const group = groups[act.group];
  const known = new Set((await deployment.aws.findings.list({ limit: 1_000 })).map(({ id }) => id));
  const alertsBefore = account.inbox.messages().length;
  const before = account.calls.list().length;
  await act.perform(stage, group);
  const findings = await findingsAfter(stage, act, known);
  const calls = account.calls
    .list()
    .slice(before)
    .filter(({ service }) => service === "ec2");
  const writes = calls.filter(({ action }) => WRITES.test(action));
  const made = writes.find(({ caller }) => !caller.includes(ownRole));
  const own = writes.filter(({ caller }) => caller.includes(ownRole));
  const last = Math.max(...own.map(({ endedAt = Number.NaN }) => endedAt));
  return {
    title: act.title,
    part: act.group,
    group,
    does: act.does,
    event: eventOf(stage, made?.caller ?? ""),
    findings,
    ...(act.isDrift ? {} : { verdict: await verdictOf(stage, group, act.stays) }),
    calls: own.map(({ action }) => action),
    alerts: account.inbox
      .messages()
      .slice(alertsBefore)
      .map(({ subject = "" }) => subject),
    ...(made && own.length > 0 && { undoneAfterMs: last - made.startedAt }),
  };
}

/** The findings that were not there before, once each of them has been told to people. */
async function findingsAfter(stage: Stage, act: Act, known: Set<string>): Promise<Finding[]> {
  const { aws } = stage.deployment;
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    await stage.quiet();
    const fresh = (await aws.findings.list({ limit: 1_000 })).filter(({ id }) => !known.has(id));
    if (!act.isDrift && fresh.length > 0) throw new Error(`${act.does}: taken for drift`);
    const isTold = fresh.every(({ publishedAt }) => publishedAt !== undefined);
    if (!act.isDrift || (fresh.length > 0 && isTold)) {
      return fresh.sort((a, b) => (a.rule < b.rule ? -1 : 1));
    }
    if (Date.now() > end) throw new Error(`${act.does}: no finding after ${PATIENCE_MS / 1_000} s`);
    await sleep(50);
  }
}

/** The tester's event: the last one on the bus that is not Portward's own. */
function eventOf({ account }: Stage, caller: string): Scene["event"] {
  const details = account.bus.events().map(({ detail }) => detail as Partial<Detail>);
  const own = details.findLast(({ userIdentity }) => userIdentity?.arn === caller);
  return { name: own?.eventName ?? "", id: own?.eventID ?? "", by: caller };
}

interface Detail {
  readonly eventName: string;
  readonly eventID: string;
  readonly userIdentity: { readonly arn?: string };
}

async function verdictOf(stage: Stage, id: string, rules: readonly string[]): Promise<string> {
  const read = await stage.deployment.aws.groups.read(id);
  if (!read) throw new Error(`the group ${id} is gone`);
  const situation = { ipv6: false, exceptions: [], now: Date.now() };
  const { verdicts } = explainGroup(read.group, stage.policy, situation);
  const own = verdicts.filter(({ rule }) => rules.includes(rule));
  return own.map(({ verdict, because }) => `${verdict}: ${because}`).join("; ");
}
