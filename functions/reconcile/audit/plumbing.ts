// Is Portward itself as it has to be? Its rule on the bus, the trail the events come from, its dead
// letters, the last event, the matrix it keeps, what was done to exceptions, and where interfaces are
// that nothing watches.
import type { AuditFinding } from "../../../matrix/audit/report.ts";
import { canonicalJson } from "../../../matrix/canonical-json.ts";
import { errorText } from "../../aws/error-codes.ts";
import { isWhole, type KeptException } from "../../aws/stores/exception-item.ts";
import { attachmentEventPattern, groupEventPattern } from "../../wiring/triggers.ts";
import type { Deps } from "../deps.ts";
import { unwatchedFaults } from "./regions.ts";
import { auditId } from "./state.ts";

type Fault = Pick<AuditFinding, "rule" | "severity" | "because">;

/** Longer than this without any event is unlikely in an account that somebody works in. */
const QUIET_FOR = 7 * 24 * 3_600_000;
/** Exceptions that ended longer ago have been looked at often enough. */
const HISTORIES_OF = 7 * 24 * 3_600_000;
/** Nobody takes steps this fast; past it the next audit looks again. */
const LOOKS = 3;

type Check = [what: string, check: () => Promise<Fault[]>];

/** Looks at everything; what cannot be looked at is a finding too. */
export async function plumbingFindings(deps: Deps): Promise<AuditFinding[]> {
  const there: Check[] = [
    ["event rule", () => ruleFaults(deps)],
    ["attachment rule", () => attachmentFaults(deps)],
    ["trail", () => trailFaults(deps)],
    ["regions", () => unwatchedFaults(deps)],
  ];
  const checks: Check[] = [
    // The role of a hub in a member may not look at these.
    ...(deps.config.isMember ? [] : there),
    ["dead letters", () => deadLetterFaults(deps)],
    ["last event", () => lastEventFaults(deps)],
    ["matrix", () => matrixFaults(deps)],
    ["histories", () => historyFaults(deps)],
  ];
  const faults = await Promise.all(checks.map(([what, check]) => orUnknown(what, check)));
  return faults.flat().map(fault => ({
    ...fault,
    ...{ kind: "plumbing", group: "" },
    id: auditId(deps.config.scope, { kind: "plumbing", group: "", rule: fault.rule }),
  }));
}

async function orUnknown(rule: string, check: () => Promise<Fault[]>): Promise<Fault[]> {
  try {
    return await check();
  } catch (error) {
    return [
      { rule, severity: "medium", because: `it could not be looked at: ${errorText(error)}` },
    ];
  }
}

async function ruleFaults({ plumbing, config }: Deps): Promise<Fault[]> {
  const rule = "event rule";
  const queue = config.retryQueueUrl.split("/").at(-1) ?? "";
  const wanted = canonicalJson(groupEventPattern());
  const rules = await plumbing.rules();
  const ours = rules.filter(({ targets }) => targets.includes(queue));
  const same = ours.filter(({ pattern }) => canonicalJson(JSON.parse(pattern)) === wanted);
  if (same.some(({ isEnabled }) => isEnabled)) return [];
  const [disabled] = same;
  if (disabled) {
    return [
      { rule, severity: "critical", because: `${disabled.name} is disabled: no event arrives` },
    ];
  }
  const because =
    ours.length === 0
      ? `no rule of the bus ${config.eventBus} hands events to ${queue}: no event arrives`
      : `${ours.map(({ name }) => name).join(", ")} has another pattern than this version needs`;
  return [{ rule, severity: "critical", because }];
}

/** Without this rule what is exposed by an attachment is found by the next audit only. */
async function attachmentFaults({ plumbing, config }: Deps): Promise<Fault[]> {
  const rule = "attachment rule";
  const wanted = canonicalJson(attachmentEventPattern());
  const rules = await plumbing.rules();
  const same = rules.filter(({ pattern }) => canonicalJson(JSON.parse(pattern)) === wanted);
  if (same.some(({ isEnabled, targets }) => isEnabled && targets.length > 0)) return [];
  const [first] = same;
  const because = first
    ? `${first.name} is disabled or has no target: an attachment is noticed by audits only`
    : `no rule of the bus ${config.eventBus} has the pattern of attachments: audits only notice them`;
  return [{ rule, severity: "high", because }];
}

async function trailFaults({ plumbing }: Deps): Promise<Fault[]> {
  const trails = await plumbing.trails();
  if (trails.some(({ isLogging, logsWrites }) => isLogging && logsWrites)) return [];
  const names = trails.map(({ name }) => name).join(", ");
  const because =
    trails.length === 0
      ? "no trail covers this region: CloudTrail hands no events to the bus"
      : `no trail logs calls that change something (${names}): no event arrives`;
  return [{ rule: "trail", severity: "critical", because }];
}

async function deadLetterFaults({ plumbing }: Deps): Promise<Fault[]> {
  const count = await plumbing.deadLetters();
  const because = `${count} message(s) nobody could work on are in the dead-letter queue`;
  return count === 0 ? [] : [{ rule: "dead letters", severity: "high", because }];
}

async function lastEventFaults({ lastEvent, clock }: Deps): Promise<Fault[]> {
  const last = await lastEvent.read();
  if (last && clock() - last.heardAt < QUIET_FOR) return [];
  const because = last
    ? `the last event was heard ${new Date(last.heardAt).toISOString()}`
    : "no event was ever heard of";
  return [{ rule: "last event", severity: last ? "medium" : "low", because }];
}

/** Reads what was done to the exceptions of the last days, each entry of which names the one before. */
async function historyFaults({ exceptions, clock }: Deps): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const kept of await exceptions.list({ since: clock() - HISTORIES_OF })) {
    if (!(await isBroken(exceptions, kept))) continue;
    const because = "its history is not what was written: somebody changed it in the table";
    faults.push({ rule: kept.id, severity: "critical", because });
  }
  return faults;
}

async function isBroken(
  exceptions: Deps["exceptions"],
  kept: KeptException,
  looks = LOOKS,
): Promise<boolean> {
  if (isWhole(kept, await exceptions.history(kept.id))) return false;
  const now = await exceptions.get(kept.id);
  if (now?.rev === kept.rev) return true;
  // Somebody took a step between the two reads.
  return now !== undefined && looks > 1 && isBroken(exceptions, now, looks - 1);
}

/** Reads the matrix whole, which checks its hash. */
async function matrixFaults({ policy }: Deps): Promise<Fault[]> {
  const { active } = await policy.readPolicy();
  if (!active) {
    const because = "no matrix is in force: nothing is judged or changed";
    return [{ rule: "matrix", severity: "high", because }];
  }
  await policy.readMatrix(active);
  return [];
}
