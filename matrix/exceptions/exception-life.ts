// The life of an exception: which step leads from which state to which, who may take it, and what is
// refused with which reason. It reads no clock and stores nothing; the hash it compares is made where
// the exception is kept.
import { canonicalJson } from "../canonical-json.ts";
import type { ExceptionTerms } from "../document.ts";
import type { Exception } from "../exception.ts";
import {
  type Directory,
  type Identity,
  identityText,
  isApprover,
  samePerson,
  whyNobody,
} from "./person.ts";

export type LifeState = "requested" | "approved" | "active" | "expired" | "rejected" | "withdrawn";

export type LifeAction = "approve" | "reject" | "withdraw" | "start" | "end";

/** What somebody is to an exception; the clock is Portward itself. */
export type LifeRole = "requester" | "approver" | "clock";

/** A step that may not be taken. */
export interface Refused {
  readonly kind: "refused";
  readonly code: string;
  readonly because: string;
}

/** What somebody asks for. Times are milliseconds since the epoch, end exclusive. */
export type Ask = Pick<Exception, "start" | "end" | "groups" | "open" | "flow" | "rule"> & {
  readonly reason: string;
  /** Opened by the requester alone, for the time the matrix allows. */
  readonly breakGlass?: boolean;
};

/** An exception with everything that decides on its next step. */
export interface ExceptionRecord extends Exception {
  readonly state: LifeState;
  readonly reason: string;
  /** Counts the steps taken. */
  readonly rev: number;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  readonly requester: Identity;
  /** The hash of what was asked, to which an approval is bound. */
  readonly askHash: string;
  /** Who made the rule that was closed, where the exception undoes a finding. */
  readonly actor?: Identity;
  readonly finding?: string;
  readonly approver?: Identity;
  readonly extends?: string;
  readonly breakGlass?: boolean;
}

/** What of an exception decides on its next step. */
export type Deciding = Pick<
  ExceptionRecord,
  "state" | "start" | "end" | "requester" | "actor" | "askHash"
>;

interface Step {
  readonly to: LifeState;
  readonly by: readonly LifeRole[];
}

const WITHDRAW: Step = { to: "withdrawn", by: ["requester", "approver"] };
const END: Step = { to: "expired", by: ["clock"] };

/** Every step there is; a state without steps is the end of a life. */
export const STEPS: Readonly<Record<LifeState, Partial<Record<LifeAction, Step>>>> = {
  requested: {
    approve: { to: "approved", by: ["approver"] },
    reject: { to: "rejected", by: ["approver"] },
    withdraw: { to: "withdrawn", by: ["requester"] },
    end: END,
  },
  approved: { start: { to: "active", by: ["clock"] }, withdraw: WITHDRAW, end: END },
  active: { withdraw: WITHDRAW, end: END },
  expired: {},
  rejected: {},
  withdrawn: {},
};

/** Makes a refusal. */
export const refused = (code: string, because: string): Refused => ({
  kind: "refused",
  code,
  because,
});

/** Tells whether an exception may still permit something, now or later. */
export const isLiving = ({ state }: { state: string }): boolean =>
  Object.keys(STEPS[state as LifeState] ?? {}).length > 0;

/** Who takes a step, and on what. */
export interface Attempt {
  readonly action: LifeAction;
  /** Undefined for the clock. */
  readonly by?: Identity;
  readonly now: number;
  readonly directory: Directory;
  /** What an approver approves: the hash of what he was shown. */
  readonly hash?: string;
  /** The hash of what the exception says now. */
  readonly actualHash?: string;
}

export interface Moved {
  readonly kind: "moved";
  readonly to: LifeState;
  readonly as: LifeRole;
}

/** Decides on one step. */
export function takeStep(record: Deciding, attempt: Attempt): Moved | Refused {
  const { action, by } = attempt;
  const step = STEPS[record.state]?.[action];
  if (!step) return refused("state", `it is ${record.state}: nothing can ${action} it any more`);
  const { to } = step;
  if (!by) return step.by.includes("clock") ? byClock(record, attempt, to) : notYours(action);
  if (step.by.includes("clock")) return notYours(action);
  const why = whyNobody(by, attempt.directory);
  if (why !== undefined) return refused("nobody", why);
  if (action === "approve")
    return approval(record, by, attempt) ?? { kind: "moved", to, as: "approver" };
  if (step.by.includes("requester")) {
    const same = samePerson(by, record.requester, attempt.directory);
    if (same === "yes") return { kind: "moved", to, as: "requester" };
  }
  if (step.by.includes("approver") && isApprover(by, attempt.directory)) {
    return { kind: "moved", to, as: "approver" };
  }
  return refused("not-yours", `only ${step.by.map(who).join(" or ")} may ${action} it`);
}

const who = (role: LifeRole): string => (role === "requester" ? "its requester" : "an approver");

const notYours = (action: LifeAction): Refused =>
  refused("not-yours", `${action} is not a step of whoever tries it`);

function byClock(
  { start, end }: Deciding,
  { action, now }: Attempt,
  to: LifeState,
): Moved | Refused {
  const isDue = action === "end" ? end <= now : start <= now && now < end;
  if (isDue) return { kind: "moved", to, as: "clock" };
  return refused("not-due", `it is not the time to ${action} it`);
}

/** Why an approval is refused: four eyes first, then what it is bound to, then the window. */
function approval(record: Deciding, by: Identity, attempt: Attempt): Refused | undefined {
  const { directory, now, hash, actualHash } = attempt;
  const pairs = [
    { other: record.requester, code: "own-request", what: "asked for it" },
    ...(record.actor ? [{ other: record.actor, code: "own-rule", what: "made the rule" }] : []),
  ];
  const answers = pairs.map(pair => ({ ...pair, same: samePerson(by, pair.other, directory) }));
  const own = answers.find(({ same }) => same === "yes");
  if (own) return refused(own.code, `whoever ${own.what} cannot approve it: four eyes`);
  if (!isApprover(by, directory)) {
    return refused("not-approver", `${identityText(by)} is no approver of the matrix in force`);
  }
  const doubtful = answers.find(({ same }) => same === "unknown");
  if (doubtful) {
    const other = identityText(doubtful.other);
    const cure = "name both under people";
    return refused(
      "incomparable",
      `whether ${identityText(by)} and ${other}, who ${doubtful.what}, are one person is not known: ${cure}`,
    );
  }
  if (hash === undefined || hash !== record.askHash || actualHash !== record.askHash) {
    return refused("changed", "what is approved is not what was asked for: look at it again");
  }
  return record.end <= now ? refused("over", "its window is over") : undefined;
}

const MINUTE = 60_000;
const LEAD_DAYS = 7;
const DAY = 24 * 60 * MINUTE;

/** Why somebody may not ask for this window; undefined when he may. */
export function askRefusal(
  ask: Pick<Ask, "start" | "end" | "reason" | "breakGlass">,
  by: Identity,
  context: { now: number; terms: ExceptionTerms; directory: Directory },
): Refused | undefined {
  const why = whyNobody(by, context.directory);
  if (why !== undefined) return refused("nobody", why);
  if (ask.reason.trim() === "") return refused("no-reason", "it needs a reason");
  return windowRefusal(ask, context.now) ?? lengthRefusal(ask, context.terms);
}

function windowRefusal(
  { start, end }: Pick<Ask, "start" | "end">,
  now: number,
): Refused | undefined {
  const isWhole = [start, end].every(time => Number.isInteger(time) && time % MINUTE === 0);
  if (!isWhole) return refused("minutes", "a window is whole minutes in UTC");
  if (end <= start) return refused("reversed", "it ends before it starts");
  if (end <= now) return refused("over", "its window is over");
  // The minute that runs counts as now.
  if (start <= now - MINUTE) return refused("past", "it starts in the past");
  if (start > now + LEAD_DAYS * DAY) {
    return refused("too-far", `it starts more than ${LEAD_DAYS} days ahead`);
  }
  return undefined;
}

function lengthRefusal(
  { start, end, breakGlass }: Pick<Ask, "start" | "end" | "breakGlass">,
  { maxDurationMinutes, breakGlassMinutes }: ExceptionTerms,
): Refused | undefined {
  const minutes = (end - start) / MINUTE;
  if (breakGlass && breakGlassMinutes === 0) {
    return refused("no-break-glass", "the matrix lets nobody open anything alone");
  }
  const most = breakGlass ? breakGlassMinutes : maxDurationMinutes;
  if (minutes <= most) return undefined;
  return refused("too-long", `${minutes} minutes are more than the ${most} that the matrix allows`);
}

/** What an approval is bound to, as one canonical text. */
export function askText({ flow, rule, groups, start, end, open }: Omit<Ask, "reason">): string {
  const ends = flow && { from: flow.from, to: flow.to, ports: flow.ports };
  return canonicalJson({ flow: ends, rule, groups: [...groups].sort(), start, end, open });
}
