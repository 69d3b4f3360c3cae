// What a click on a button in chat does: lets the maker of a rule that was closed have its narrow form
// for a while, or decides on a request. Four eyes are those of every approval; who clicked is known,
// and what he clicked on is read again.

import type { Click } from "../../matrix/alert/buttons.ts";
import { timeText } from "../../matrix/alert/paragraph.ts";
import {
  type ExceptionRecord,
  isLiving,
  type Refused,
  refused,
  takeStep,
} from "../../matrix/exceptions/exception-life.ts";
import { whatOf } from "../../matrix/exceptions/exception-text.ts";
import { narrowForm } from "../../matrix/exceptions/narrow.ts";
import { type Identity, identityOfActor, whyNobody } from "../../matrix/exceptions/person.ts";
import type { Finding } from "../../matrix/finding.ts";
import type { KeptException } from "../aws/stores/exception-item.ts";
import type { Deps } from "./deps.ts";
import { type Answer, actOnException, askUndo, lawNow } from "./exceptions.ts";

/** What became of a click, for the one who clicked. */
export type Clicked =
  | { readonly kind: "done"; readonly text: string; readonly exception: KeptException }
  | { readonly kind: "left"; readonly text: string }
  | Refused;

type Needs = Pick<
  Deps,
  "config" | "clock" | "newId" | "policy" | "groups" | "findings" | "exceptions" | "chat"
>;

type Allow = Extract<Click, { kind: "allow" }>;

/** A click is over within this time, or nothing will come of it. */
const LEASE_MS = 60_000;

/** Does what a click asks for. */
export async function actOnClick(deps: Needs, click: Click, by: Identity): Promise<Clicked> {
  if (click.kind === "deny") return { kind: "left", text: "It stays closed. Nothing was changed." };
  if (click.kind === "allow") return allow(deps, click, by);
  const { kind, exception, hash } = click;
  return told(await actOnException(deps, exception, kind, by, { hash }));
}

async function allow(deps: Needs, click: Allow, by: Identity): Promise<Clicked> {
  const [finding, law] = await Promise.all([deps.findings.get(click.finding), lawNow(deps)]);
  if ("kind" in law) return law;
  const barred = finding
    ? allowRefusal(finding, by, law.directory, deps.clock())
    : refused("finding-unknown", `there is no finding ${click.finding}`);
  if (!finding?.actor || barred) return barred ?? noMaker(click.finding);
  const now = deps.clock();
  const taken = { token: deps.newId(), until: now + LEASE_MS };
  if (!(await deps.chat.clicks.take(click.finding, taken, now))) return standing(deps, click);
  let answer: Answer;
  try {
    answer = await makeAndApprove(deps, click, { by, finding, actor: finding.actor });
  } catch (error) {
    // Whatever was made is a request like any other; the next click may make its own.
    await deps.chat.clicks.giveBack(click.finding, taken);
    throw error;
  }
  if (answer.kind === "refused") await deps.chat.clicks.giveBack(click.finding, taken);
  else {
    const { id, end } = answer.exception;
    await deps.chat.clicks.finish(click.finding, { ...taken, until: end, exception: id });
  }
  return told(answer);
}

/** Why a click may not allow anything, before anything is written. */
function allowRefusal(
  finding: Finding,
  by: Identity,
  directory: Parameters<typeof whyNobody>[1],
  now: number,
): Refused | undefined {
  const byHand = `ask by hand: portward finding undo ${finding.id}`;
  if (!finding.actor) return noMaker(finding.id);
  const maker = identityOfActor(finding.actor);
  const why = whyNobody(maker, directory);
  if (why !== undefined) {
    return refused("nobody", `whoever made the rule cannot be asked for: ${why}; ${byHand}`);
  }
  if (narrowForm(finding) === undefined) {
    const because = "it has no form as narrow as the one address that its maker called from";
    return refused("not-narrow", `${because}; ${byHand}`);
  }
  const request: ExceptionRecord = {
    ...{ id: "", state: "requested", start: now, end: now + 1, groups: [], open: false },
    ...{ reason: "", rev: 1, askedAt: now, requester: maker, actor: maker, askHash: "" },
  };
  const bound = { hash: "", actualHash: "" };
  const taken = takeStep(request, { action: "approve", by, now, directory, ...bound });
  return taken.kind === "refused" ? taken : undefined;
}

const noMaker = (id: string): Refused =>
  refused("nobody", `who made the rule is not known; ask by hand: portward finding undo ${id}`);

async function makeAndApprove(
  deps: Needs,
  { minutes, finding: id }: Allow,
  { by, finding, actor }: { by: Identity; finding: Finding; actor: NonNullable<Finding["actor"]> },
): Promise<Answer> {
  const reason = `allowed from the alert of finding ${id}`;
  const wish = { reason, minutes, open: finding.mode === "enforce", isNarrow: true };
  const asked = await askUndo(deps, id, wish, identityOfActor(actor));
  if (asked.kind === "refused") return asked;
  const { exception } = asked;
  return actOnException(deps, exception.id, "approve", by, { hash: exception.askHash });
}

/** Another click came first: what came of that. */
async function standing(deps: Needs, { finding }: Allow): Promise<Clicked> {
  const click = await deps.chat.clicks.find(finding);
  const made = click?.exception;
  const kept = made === undefined ? undefined : await deps.exceptions.get(made);
  if (kept && isLiving(kept)) return told({ kind: "done", exception: kept });
  if (kept) {
    const byHand = `ask by hand: portward finding undo ${finding}`;
    return refused("clicked", `it was allowed by ${kept.id}, which is ${kept.state}; ${byHand}`);
  }
  return refused("clicked", "somebody else has just clicked: look again in a minute");
}

function told(answer: Answer): Clicked {
  if (answer.kind === "refused") return answer;
  const { exception } = answer;
  return { kind: "done", text: textOf(exception), exception };
}

function textOf(kept: KeptException): string {
  const { id, state, open, end } = kept;
  const what = whatOf(kept);
  if (state === "rejected") return `Rejected: ${what}. Nothing is open by it. Exception ${id}.`;
  const until = timeText(new Date(end).toISOString()) ?? "";
  const how = open ? "Portward opens it within a minute of its start" : "Whoever needs it opens it";
  return `Approved: ${what}, until ${until}. ${how}, and it closes by itself. Exception ${id}.`;
}
