// Exceptions over HTTP: asked for, decided on, listed and shown. Who may do what is decided by
// functions/reconcile/exceptions.ts.
import type { LifeAction } from "../../matrix/exceptions/exception-life.ts";
import { refused } from "../../matrix/exceptions/exception-life.ts";
import { readFlowWords, readRuleWords, readTime } from "../../matrix/exceptions/exception-words.ts";
import type { AwsAccount } from "../aws/account.ts";
import {
  type Answer,
  actOnException,
  askException,
  askLonger,
  type Wish,
} from "../reconcile/exceptions.ts";
import { callerIn } from "./caller.ts";
import { checked } from "./incoming.ts";
import { afterOf, limitOf } from "./page.ts";
import { refusalProblem } from "./problem.ts";
import type { ApiAnswer, ApiHandler } from "./route.ts";
import {
  approval,
  exceptionsQuery,
  extension,
  flowWish,
  remark,
  ruleWish,
  type undoWish,
} from "./schemas/exceptions.ts";
import { minutesIn } from "./schemas/words.ts";

const isExceptionId = (text: string): boolean => /^x-[0-9a-hjkmnp-tv-z]{26}$/.test(text);

/** GET /exceptions */
export const listExceptions: ApiHandler = async (request, { exceptions }) => {
  const query = checked(exceptionsQuery, request.query);
  const find = async (id: string) => (isExceptionId(id) ? exceptions.get(id) : undefined);
  const { after } = await afterOf(query, find);
  const { state } = query;
  const page = await exceptions.page({
    limit: limitOf(query),
    ...(state === undefined ? {} : { state }),
    ...(after ? { after: after.id } : {}),
  });
  return { status: 200, body: page };
};

/** GET /exceptions/{id} */
export const showException: ApiHandler = async ({ params: { id = "" } }, { exceptions }) => {
  const kept = isExceptionId(id) ? await exceptions.get(id) : undefined;
  if (!kept) return unknownException;
  return { status: 200, body: { ...kept, history: await exceptions.history(id) } };
};

/** POST /exceptions */
export const requestException: ApiHandler = async (request, aws) => {
  const wish = await readWish(aws, request.body);
  if ("kind" in wish) return refusalProblem(wish);
  return askedAnswer(await askException(aws, wish, callerIn(request)));
};

async function readWish({ policy }: AwsAccount, body: unknown) {
  // Of a union zod tells nothing but that neither form fits.
  const isRule = Object.hasOwn(Object(body), "rule") || Object.hasOwn(Object(body), "group");
  if (isRule) {
    const { rule, group, ...said } = checked(ruleWish, body);
    return { ...wishIn(said), what: { rule: readRuleWords(rule) }, group } satisfies Wish;
  }
  const { from, to, ports, ...said } = checked(flowWish, body);
  const { active } = await policy.readPolicy();
  if (!active) return refused("no-matrix", "no matrix is in force, so no flow has a meaning");
  const { document } = await policy.readMatrix(active);
  const flow = readFlowWords({ from, to, ports }, document);
  return { ...wishIn(said), what: { flow } } satisfies Wish;
}

type Said = ReturnType<typeof undoWish.parse>;

/** What a body says about how long, from when and why. */
export function wishIn(said: Said): Omit<Wish, "what" | "group"> {
  const { reason, open = true, breakGlass, start } = said;
  const from = start === undefined ? undefined : readTime(start);
  return {
    ...{ reason, open, minutes: minutesIn(said.minutes) },
    ...(from === undefined ? {} : { start: from }),
    ...(breakGlass ? { breakGlass } : {}),
  };
}

/** Says where a new exception is, or why there is none. */
export function askedAnswer(answer: Answer): ApiAnswer {
  if (answer.kind === "refused") return refusalProblem(answer);
  const { exception } = answer;
  const headers = { location: `/exceptions/${exception.id}` };
  return { status: 201, body: exception, headers };
}

/** POST /exceptions/{id}/approve */
export const approveException: ApiHandler = (request, aws) =>
  act("approve", request, aws, checked(approval, request.body));

/** POST /exceptions/{id}/reject */
export const rejectException: ApiHandler = (request, aws) =>
  act("reject", request, aws, checked(remark, request.body));

/** POST /exceptions/{id}/withdraw */
export const withdrawException: ApiHandler = (request, aws) =>
  act("withdraw", request, aws, checked(remark, request.body));

async function act(
  action: Exclude<LifeAction, "start" | "end">,
  request: Parameters<ApiHandler>[0],
  aws: AwsAccount,
  { note, hash }: { note?: string | undefined; hash?: string },
): Promise<ApiAnswer> {
  const { id = "" } = request.params;
  if (!isExceptionId(id)) return unknownException;
  const said = { ...(note === undefined ? {} : { note }), ...(hash === undefined ? {} : { hash }) };
  const answer = await actOnException(aws, id, action, callerIn(request), said);
  return answer.kind === "refused"
    ? refusalProblem(answer)
    : { status: 200, body: answer.exception };
}

/** POST /exceptions/{id}/extend */
export const extendException: ApiHandler = async (request, aws) => {
  const { id = "" } = request.params;
  const { minutes, reason } = checked(extension, request.body);
  if (!isExceptionId(id)) return unknownException;
  const wish = { minutes: minutesIn(minutes), reason };
  return askedAnswer(await askLonger(aws, id, wish, callerIn(request)));
};

const unknownException = refusalProblem(refused("unknown", "there is no such exception"));
