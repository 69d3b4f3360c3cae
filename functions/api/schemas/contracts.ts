// What each route takes and answers, by its name: what the handlers check and what is published as
// OpenAPI are the same schemas. Which routes there are is functions/wiring/routes.ts.
import * as z from "zod";
import type { routes } from "../../wiring/routes.ts";
import {
  approval,
  exception,
  exceptionPage,
  exceptionShown,
  exceptionsQuery,
  extension,
  flowWish,
  remark,
  ruleWish,
  undoWish,
} from "./exceptions.ts";
import { finding, findingPage, findingsQuery } from "./findings.ts";
import {
  applyBody,
  auditBody,
  jobAsked,
  jobShown,
  matrix,
  matrixQuery,
  planBody,
} from "./matrix.ts";
import { health, pause, pauseBody, resumed, status } from "./operating.ts";
import { problem } from "./words.ts";

type Listed = (typeof routes)[number];

/** A route by its method and path. */
export type RouteName = keyof { [R in Listed as `${R["method"]} ${R["path"]}`]: R };

/** One way a route answers. */
export interface Answer {
  readonly status: number;
  readonly what: string;
  /** The name of its schema; absent for what is not JSON. */
  readonly schema?: SchemaName;
  /** The media type of what is not JSON. */
  readonly media?: string;
  /** Says where what was made is found. */
  readonly location?: true;
}

export interface Contract {
  readonly query?: z.ZodObject;
  /** The schemas of a JSON body, of which one has to fit. */
  readonly body?: SchemaName;
  /** A body that is not JSON: its media type. */
  readonly form?: string;
  readonly answers: readonly Answer[];
}

/** Every schema that has a name in the published description. */
export const schemas = {
  Problem: problem,
  Wish: z.union([flowWish, ruleWish]),
  UndoWish: undoWish,
  Approval: approval,
  Remark: remark,
  Extension: extension,
  Exception: exception,
  ExceptionWithHistory: exceptionShown,
  ExceptionPage: exceptionPage,
  Finding: finding,
  FindingPage: findingPage,
  PlanRequest: planBody,
  ApplyRequest: applyBody,
  AuditRequest: auditBody,
  Job: jobAsked,
  JobWithResult: jobShown,
  Matrix: matrix,
  PauseRequest: pauseBody,
  Pause: pause,
  Resumed: resumed,
  Status: status,
  Health: health,
  Description: z.looseObject({ openapi: z.string() }),
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type SchemaName = keyof typeof schemas;

const shows = (schema: SchemaName, what: string): Answer => ({ status: 200, what, schema });
const makes = (schema: SchemaName, what: string): Answer => ({
  ...{ status: 201, what, schema },
  location: true,
});
const takesUp: Answer = {
  ...{ status: 202, what: "It is stored, and begun within seconds.", schema: "Job" },
  location: true,
};
const page = (status: number, what: string): Answer => ({ status, what, media: "text/html" });
// Whoever follows a link is no program: what is refused there is a page as well.
const refusals: readonly Answer[] = [
  page(403, "Who follows the link may not approve it."),
  page(404, "There is no such link."),
  page(409, "It cannot be decided now, or not as it was shown."),
  page(410, "The link, or the window it is about, is over."),
  page(500, "It failed; nothing is used up."),
  page(503, "AWS throttles; nothing is used up."),
];
const misread: readonly Answer[] = [
  page(400, "The form says neither to approve nor to reject."),
  page(413, "The form is too large."),
  page(415, "It is not the form of the page behind the link."),
];

/** What each route takes and answers. */
export const contracts: Readonly<Record<RouteName, Contract>> = {
  "GET /health": { answers: [shows("Health", "It answers.")] },
  "GET /openapi.json": { answers: [shows("Description", "This description.")] },
  "GET /status": { answers: [shows("Status", "What is in force.")] },
  "GET /matrix": {
    query: matrixQuery,
    answers: [shows("Matrix", "The version in force, or the one asked for.")],
  },
  "PUT /matrix": { body: "ApplyRequest", answers: [takesUp] },
  "POST /matrix/plan": { body: "PlanRequest", answers: [takesUp] },
  "GET /matrix/plans/{id}": { answers: [shows("JobWithResult", "How it goes, or what it found.")] },
  "GET /exceptions": {
    query: exceptionsQuery,
    answers: [shows("ExceptionPage", "Newest request first.")],
  },
  "GET /exceptions/{id}": {
    answers: [shows("ExceptionWithHistory", "The exception and all that was done to it.")],
  },
  "POST /exceptions": { body: "Wish", answers: [makes("Exception", "It waits for an approver.")] },
  "POST /exceptions/{id}/approve": {
    body: "Approval",
    answers: [shows("Exception", "It is approved.")],
  },
  "POST /exceptions/{id}/reject": {
    body: "Remark",
    answers: [shows("Exception", "It is rejected.")],
  },
  "POST /exceptions/{id}/withdraw": {
    body: "Remark",
    answers: [shows("Exception", "It is withdrawn.")],
  },
  "POST /exceptions/{id}/extend": {
    body: "Extension",
    answers: [makes("Exception", "A new exception waits for an approver.")],
  },
  "GET /findings": {
    query: findingsQuery,
    answers: [shows("FindingPage", "Newest first.")],
  },
  "GET /findings/{id}": { answers: [shows("Finding", "The finding.")] },
  "POST /findings/{id}/undo": {
    body: "UndoWish",
    answers: [makes("Exception", "It waits for an approver.")],
  },
  "POST /audits": { body: "AuditRequest", answers: [takesUp] },
  "GET /audits/{id}": { answers: [shows("JobWithResult", "How it goes, or what it found.")] },
  "POST /pauses": {
    body: "PauseRequest",
    answers: [
      { status: 201, what: "It is in force, and people are told.", schema: "Pause" },
      shows("Resumed", "It is over, and people are told."),
    ],
  },
  "POST /slack/actions": {
    form: "application/x-www-form-urlencoded",
    answers: [{ status: 200, what: "It was taken." }],
  },
  "GET /approvals/{token}": { answers: [page(200, "What the link would approve."), ...refusals] },
  "POST /approvals/{token}": {
    form: "application/x-www-form-urlencoded",
    answers: [page(200, "What came of it."), ...refusals, ...misread],
  },
};
