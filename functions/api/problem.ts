// Everything that goes wrong as RFC 9457 problem details: which status, what to say, and what not to.
// https://www.rfc-editor.org/rfc/rfc9457
import { InputError, inputError, type Problem } from "../../matrix/errors.ts";
import type { Refused } from "../../matrix/exceptions/exception-life.ts";
import { plainText } from "../../matrix/plain-text.ts";
import { isThrottled } from "../aws/error-codes.ts";
import type { ApiAnswer } from "./route.ts";

/** The body of a problem. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Each thing wrong with an input, where there may be several. */
  readonly problems?: readonly Pick<Problem, "path" | "code" | "message" | "cure">[];
  /** What to name when reporting it. */
  readonly requestId?: string;
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad input",
  401: "Not signed",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  406: "Not acceptable",
  409: "Conflict with what is",
  410: "Gone",
  413: "Too large",
  415: "Unsupported media type",
  422: "Cannot be processed",
  429: "Too many",
  500: "Failure",
  503: "Try again later",
};

/** The status of every refusal of the domain; what is not here is bad input. */
const STATUSES: Readonly<Record<string, number>> = {
  // Four eyes, and who is who.
  ...statuses(403, "nobody", "not-yours", "own-request", "own-rule", "not-approver"),
  ...statuses(403, "incomparable", "forbidden", "no-break-glass", "no-authority", "no-caller"),
  ...statuses(404, "unknown", "finding-unknown", "no-route", "no-version"),
  // What is asked for is right, but not as things are now.
  ...statuses(409, "state", "changed", "over", "not-due", "no-matrix", "moved", "not-undone"),
  ...statuses(409, "not-enforced", "unmanaged", "candidate", "not-paused", "in-progress"),
  // Links in mails and buttons in chat.
  ...statuses(404, "no-link"),
  ...statuses(409, "not-narrow", "clicked"),
  ...statuses(410, "used", "expired"),
  ...statuses(422, "other-request"),
  ...statuses(429, "too-many"),
};

/** Refusals that are about what was sent. */
export const BAD_INPUT: ReadonlySet<string> = new Set([
  ...["no-reason", "minutes", "reversed", "past", "too-far", "too-long", "empty", "group-unknown"],
  ...["reason", "endless"],
]);

function statuses(status: number, ...codes: string[]): Record<string, number> {
  return Object.fromEntries(codes.map(code => [code, status]));
}

/** The status of a refusal; undefined for a code nobody has placed. */
export const statusOfRefusal = (code: string): number | undefined =>
  BAD_INPUT.has(code) ? 400 : STATUSES[code];

const DETAIL = 2_000;

/** Makes a problem. */
export function problem(
  status: number,
  code: string,
  detail: string,
  more: Pick<ProblemDetails, "problems" | "requestId"> & { headers?: Record<string, string> } = {},
): ApiAnswer {
  const { headers, ...members } = more;
  const body: ProblemDetails = {
    type: `urn:portward:problem:${code}`,
    title: TITLES[status] ?? "Problem",
    status,
    detail: plainText(detail, DETAIL),
    ...members,
  };
  return {
    status,
    body,
    headers: { ...headers, "content-type": "application/problem+json" },
  };
}

/** A refusal as a problem. */
export const refusalProblem = ({ code, because }: Refused): ApiAnswer =>
  problem(statusOfRefusal(code) ?? 400, code, because);

/** What was thrown as a problem: bad input is told, all else is not. */
export function thrownProblem(thrown: unknown, requestId: string): ApiAnswer {
  if (thrown instanceof InputError) return inputProblem(thrown);
  if (isThrottled(thrown)) {
    const detail = "AWS answers too slowly for so many requests: try again";
    return problem(503, "throttled", detail, { requestId, headers: { "retry-after": "5" } });
  }
  const status = statusOf(thrown);
  if (status === 415) {
    return problem(415, "media-type", "the body has to be JSON: content-type application/json");
  }
  if (status === 422) return problem(422, "json", "the body is no JSON that can be taken");
  return problem(500, "internal", `it failed; the log has it by ${requestId}`, { requestId });
}

// The parser of bodies names its status; nobody else's error may choose one.
function statusOf(thrown: unknown): number | undefined {
  const { statusCode, cause } = Object(thrown) as { statusCode?: unknown; cause?: unknown };
  const { package: thrower } = Object(cause) as { package?: unknown };
  return thrower === "@middy/http-json-body-parser" ? Number(statusCode) : undefined;
}

function inputProblem({ code, problems }: InputError): ApiAnswer {
  const told = problems.map(({ path, file, line, column, message, cure, ...one }) => ({
    ...(path === undefined ? {} : { path }),
    code: one.code,
    message: plainText(placed({ file, line, column }, message), DETAIL),
    ...(cure === undefined ? {} : { cure: plainText(cure, DETAIL) }),
  }));
  const [first] = told;
  const more = told.length > 1 ? ` (and ${told.length - 1} more)` : "";
  return problem(400, code, `${first?.message ?? "bad input"}${more}`, {
    problems: told.slice(0, MOST_PROBLEMS),
  });
}

const MOST_PROBLEMS = 100;

function placed(
  place: { file: string | undefined; line: number | undefined; column: number | undefined },
  message: string,
): string {
  const at = [place.file, place.line, place.column].filter(Boolean).join(":");
  return at === "" ? message : `${at}: ${message}`;
}

/** Refuses one part of a request that is no schema's matter. */
export const badRequest = (code: string, message: string, cure?: string): InputError =>
  inputError(`request.${code}`, message, cure);
