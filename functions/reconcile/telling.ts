// Tells people what somebody did to an exception, and that one ends soon. A step was announced before
// it was taken (exception-outbox.ts), so whatever a crash leaves is told by the sweep: once, or twice
// where the crash fell between telling and its mark. What is opened and closed is told by findings.
import {
  type ExceptionNotice,
  type ExceptionWord,
  exceptionNotice,
} from "../../matrix/alert/exception-notice.ts";
import { isEndingSoon } from "../../matrix/exceptions/exception-clock.ts";
import { errorText } from "../aws/error-codes.ts";
import { entryHash, type HistoryEntry, type KeptException } from "../aws/stores/exception-item.ts";
import type { Untold } from "../aws/stores/exception-outbox.ts";
import { WRITTEN_WITHIN } from "../aws/stores/exception-store.ts";
import { mailApprovers } from "./approval-mail.ts";
import type { Deps } from "./deps.ts";

type Needs = Pick<
  Deps,
  "config" | "clock" | "newId" | "log" | "policy" | "exceptions" | "publish" | "approvals"
>;

const WORDS: Readonly<Partial<Record<HistoryEntry["action"], ExceptionWord>>> = {
  request: "EXCEPTION REQUESTED",
  extend: "EXCEPTION REQUESTED",
  approve: "EXCEPTION APPROVED",
  reject: "EXCEPTION REJECTED",
  withdraw: "EXCEPTION WITHDRAWN",
  // Announced only of one that nobody answered.
  end: "EXCEPTION UNANSWERED",
  "break-glass": "BREAK GLASS",
};

/** Tells of the step an exception has just taken; what fails here is told by the sweep. */
export async function tellStep(deps: Needs, kept: KeptException): Promise<void> {
  const { id, last } = kept;
  await safely(deps, id, () => tellEntry(deps, kept, last));
}

/** Tells what nobody has told, and drops what was announced and never done. */
export async function tellUntold(deps: Needs): Promise<void> {
  for (const step of await deps.exceptions.untold()) {
    await safely(deps, step.id, () => finish(deps, step));
  }
}

async function finish(deps: Needs, step: Untold): Promise<void> {
  const kept = await deps.exceptions.get(step.id);
  const history = kept && (await deps.exceptions.history(step.id));
  const entry = history?.find(({ token }) => token === step.token);
  if (kept && entry) return tellEntry(deps, kept, entry);
  // Whoever announced it may be about to do it.
  if (step.at <= deps.clock() - WRITTEN_WITHIN) await deps.exceptions.told(step);
}

async function tellEntry(deps: Needs, kept: KeptException, entry: HistoryEntry): Promise<void> {
  const step = { id: kept.id, token: entry.token };
  const word = WORDS[entry.action];
  // Outside the tables: whoever writes a history anew cannot write this anew, too.
  const { n, action, by } = entry;
  deps.log.info("a step of an exception", { id: kept.id, n, action, by, hash: entryHash(entry) });
  if (!(await deps.exceptions.claimTelling(step, deps.newId(), deps.clock()))) return;
  if (word) {
    // What was said when it was asked for is its reason, and the clock says nothing.
    const isSilent = ["EXCEPTION REQUESTED", "BREAK GLASS", "EXCEPTION UNANSWERED"].includes(word);
    const said = isSilent ? {} : { by: entry.by, ...(entry.note && { note: entry.note }) };
    await tell(deps, { word, exception: kept, state: entry.to, ...said });
  }
  await deps.exceptions.told(step);
}

/** Reminds people of every exception that ends soon. */
export async function remindEnding(deps: Needs): Promise<void> {
  for (const kept of await deps.exceptions.ending(deps.clock())) {
    await remind(deps, kept);
  }
}

/** Reminds people of an exception, once, if it ends soon; what fails here the sweep does. */
export async function remind(deps: Needs, kept: KeptException): Promise<void> {
  await safely(deps, kept.id, () => remindOnce(deps, kept));
}

async function remindOnce(deps: Needs, kept: KeptException): Promise<void> {
  const now = deps.clock();
  if (kept.remindedAt !== undefined || !isEndingSoon(kept, now)) return;
  if (!(await deps.exceptions.claimReminder(kept, deps.newId(), now))) return;
  await tell(deps, { word: "EXCEPTION ENDING", exception: kept, state: kept.state });
  await deps.exceptions.markReminded(kept, deps.clock());
}

type News = Omit<ExceptionNotice, "account" | "region" | "parts" | "approvers">;

async function tell(deps: Needs, news: News): Promise<void> {
  const { account, region } = deps.config;
  const { parts, approvers } = await placesOf(deps, news.exception.groups);
  const notice = exceptionNotice({ ...news, account, region, parts, approvers });
  await deps.publish(notice);
  if (news.word === "EXCEPTION REQUESTED") await mailApprovers(deps, news.exception, notice);
}

async function placesOf(
  { policy }: Needs,
  groups: readonly string[],
): Promise<Pick<ExceptionNotice, "parts" | "approvers">> {
  const { active } = await policy.readPolicy();
  if (!active) return { parts: {}, approvers: [] };
  const { document, pins } = await policy.readMatrix(active);
  const partsOf = (group: string): string[] =>
    Object.entries(pins.groups).flatMap(([part, its]) =>
      its.some(({ id }) => id === group) ? [part] : [],
    );
  return {
    parts: Object.fromEntries(groups.map(group => [group, partsOf(group)])),
    approvers: document.exceptions.approvers,
  };
}

async function safely({ log }: Needs, id: string, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    log.error("an exception could not be told of", { id, error: errorText(error) });
  }
}
