// Findings over HTTP: listed, shown, and asked back for.
import { refused } from "../../matrix/exceptions/exception-life.ts";
import { readTime } from "../../matrix/exceptions/exception-words.ts";
import { askUndo } from "../reconcile/exceptions.ts";
import { callerIn } from "./caller.ts";
import { askedAnswer, wishIn } from "./exceptions.ts";
import { checked } from "./incoming.ts";
import { afterOf, limitOf, pageAnswer } from "./page.ts";
import { refusalProblem } from "./problem.ts";
import type { ApiHandler } from "./route.ts";
import { undoWish } from "./schemas/exceptions.ts";
import { findingsQuery } from "./schemas/findings.ts";

const isFindingId = (text: string): boolean => /^f-[a-z2-7]{12}$/.test(text);

/** GET /findings */
export const listFindings: ApiHandler = async (request, { findings }) => {
  const query = checked(findingsQuery, request.query);
  const limit = limitOf(query);
  const { group, outcome, state, since } = query;
  const from = since === undefined ? undefined : readTime(since);
  const found = await findings.page({
    limit: limit + 1,
    ...(await afterOf(query, async id => (isFindingId(id) ? findings.get(id) : undefined))),
    ...(from === undefined ? {} : { since: new Date(from).toISOString() }),
    filter: {
      ...(group === undefined ? {} : { group }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(state === undefined ? {} : { isOver: state === "over" }),
    },
  });
  return pageAnswer(found, limit);
};

/** GET /findings/{id} */
export const showFinding: ApiHandler = async ({ params: { id = "" } }, { findings }) => {
  const finding = isFindingId(id) ? await findings.get(id) : undefined;
  return finding ? { status: 200, body: finding } : unknownFinding;
};

/** POST /findings/{id}/undo */
export const undoFinding: ApiHandler = async (request, aws) => {
  const { id = "" } = request.params;
  const wish = wishIn(checked(undoWish, request.body));
  if (!isFindingId(id)) return unknownFinding;
  return askedAnswer(await askUndo(aws, id, wish, callerIn(request)));
};

const unknownFinding = refusalProblem(refused("finding-unknown", "there is no such finding"));
