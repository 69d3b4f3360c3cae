// What a click on a button in chat does: lets the maker of a rule that was closed have its narrow form
// for a while, or decides on a request. Four eyes are those of every approval; who clicked is known,
// and what he clicked on is read again.
import type { Click } from "../../matrix/alert/buttons.ts";
import { timeText } from "../../matrix/alert/paragraph.ts";
import {
  type Deciding,
  isLiving,
  type Refused,
  refused,
  takeStep,
} from "../../matrix/exceptions/exception-life.ts";
import { whatOf } from "../../matrix/exceptions/exception-text.ts";
import { narrowForm } from "../../matrix/exceptions/narrow.ts";
import {
  type Directory,
  type Identity,
  identityOfActor,
  whyNobody,
} from "../../matrix/exceptions/person.ts";
import type { Finding } from "../../matrix/finding.ts";
import type { TakenClick } from "../aws/stores/click-store.ts";
import type { KeptException } from "../aws/stores/exception-item.ts";
import type { Deps } from "./deps.ts";
import { type Answer, actOnException, askUndo } from "./exceptions.ts";
import { lawNow } from "./law.ts";
import { tellStep } from "./telling.ts";

/** What became of a click, for the one who clicked. */
export type Clicked =
  | { readonly kind: "done"; readonly text: string; readonly exception: KeptException }
  | { readonly kind: "left"; readonly text: string }
  | Refused;

type Needs = Parameters<typeof actOnException>[0] & Pick<Deps, "chat">;

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
  const taken = { token: deps.newId(), until: deps.clock() + LEASE_MS };
  const isFirst = await deps.chat.clicks.take(click.finding, taken, deps.clock());
  const kept = isFirst
    ? await ask(deps, click, { finding, maker: identityOfActor(finding.actor), taken })
    : await standing(deps, click);
  if ("because" in kept) return kept;
  return approve(deps, kept, by);
}

/** Why a click may not allow anything, before anything is written. */
function allowRefusal(
  finding: Finding,
  by: Identity,
  directory: Directory,
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
  const request: Deciding = {
    ...{ state: "requested", start: now, end: now + 1 },
    ...{ requester: maker, actor: maker, askHash: "" },
  };
  const bound = { hash: "", actualHash: "" };
  const taken = takeStep(request, { action: "approve", by, now, directory, ...bound });
  return taken.kind === "refused" ? taken : undefined;
}

const noMaker = (id: string): Refused =>
  refused("nobody", `who made the rule is not known; ask by hand: portward finding undo ${id}`);

interface Asking {
  readonly finding: Finding;
  readonly maker: Identity;
  readonly taken: TakenClick;
}

/** Asks on behalf of the maker; what is asked is noted, so that the next click finds it. */
async function ask(
  { chat, ...deps }: Needs,
  { minutes, finding: id }: Allow,
  { finding, maker, taken }: Asking,
): Promise<KeptException | Refused> {
  const reason = `allowed from the alert of finding ${id}`;
  const open = finding.mode === "enforce";
  const wish = { reason, minutes, open, isNarrow: true, isQuiet: true };
  let asked: Answer | undefined;
  try {
    asked = await askUndo(deps, id, wish, maker);
  } finally {
    if (asked?.kind !== "done") await chat.clicks.giveBack(id, taken);
  }
  if (asked.kind === "refused") return asked;
  const { exception } = asked;
  await chat.clicks.note(id, { ...taken, until: exception.end, exception: exception.id });
  return exception;
}

async function approve(deps: Needs, kept: KeptException, by: Identity): Promise<Clicked> {
  const answer = await actOnException(deps, kept.id, "approve", by, { hash: kept.askHash });
  const request = { id: kept.id, token: kept.last.token };
  if (answer.kind === "done") {
    // The approval is told; that it was asked for a moment before is no news.
    await deps.exceptions.told(request);
    return doneBy(answer.exception);
  }
  if (answer.code !== "state") {
    // It stays a request, for others to answer.
    await tellStep(deps, kept);
    return answer;
  }
  const now = await deps.exceptions.get(kept.id);
  // Somebody else was faster, with the same.
  return now?.state === "approved" || now?.state === "active" ? doneBy(now) : answer;
}

/** Another click came first: what came of that. */
async function standing(deps: Needs, { finding }: Allow): Promise<KeptException | Refused> {
  const id = (await deps.chat.clicks.find(finding))?.exception;
  const kept = id === undefined ? undefined : await deps.exceptions.get(id);
  if (!kept) return refused("clicked", "somebody has just clicked: look again in a minute");
  if (isLiving(kept)) return kept;
  const byHand = `ask by hand: portward finding undo ${finding}`;
  return refused("clicked", `it was allowed by ${kept.id}, which is ${kept.state}; ${byHand}`);
}

const told = (answer: Answer): Clicked =>
  answer.kind === "refused" ? answer : doneBy(answer.exception);

const doneBy = (exception: KeptException): Clicked => ({
  kind: "done",
  text: textOf(exception),
  exception,
});

function textOf(kept: KeptException): string {
  const { id, state, open, end } = kept;
  const what = whatOf(kept);
  if (state === "rejected") return `Rejected: ${what}. Nothing is open by it. Exception ${id}.`;
  const until = timeText(new Date(end).toISOString()) ?? "";
  const how = open ? "Portward opens it within a minute of its start" : "Whoever needs it opens it";
  return `Approved: ${what}, until ${until}. ${how}, and it closes by itself. Exception ${id}.`;
}
