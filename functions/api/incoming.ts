// What API Gateway's event says, read strictly: whatever is there twice, unknown or too large is
// refused and never guessed at. What a body means is its schema's matter.
import jsonBodyParser from "@middy/http-json-body-parser";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type * as z from "zod";
import { InputError, type Problem, quoted } from "../../matrix/errors.ts";
import { badRequest } from "./problem.ts";

/** An event of an HTTP API, whoever checked the caller. */
export type HttpEvent = APIGatewayProxyEventV2 & {
  readonly requestContext: { readonly authorizer?: unknown };
};

/** Reads the query; a name that is there twice is refused, as one of the two would be lost. */
export function queryOf({ rawQueryString }: HttpEvent): Record<string, string> {
  const pairs = [...new URLSearchParams(rawQueryString ?? "")];
  const seen = new Set<string>();
  for (const [name] of pairs) {
    if (seen.has(name)) throw badRequest("query", `${quoted(name)} is there twice`, "say it once");
    seen.add(name);
  }
  return Object.fromEntries(pairs);
}

/** Reads the bytes of a body. */
export function bytesOf({ body, isBase64Encoded }: HttpEvent): Buffer {
  return Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
}

const parser = jsonBodyParser();

/** Reads a body as JSON; none at all is an empty object. */
export function jsonOf(event: HttpEvent, bytes: Buffer): unknown {
  if (bytes.length === 0) return {};
  // The parser puts what it read where the text was.
  const request = { event: { ...event, body: event.body as unknown } };
  (parser.before as (request: unknown) => void)(request);
  return request.event.body;
}

/** Checks a value against its schema; throws an InputError that names all that is wrong. */
export function checked<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const { success, data, error } = schema.safeParse(value, { reportInput: false });
  if (success) return data;
  throw new InputError(error.issues.flatMap(problemsOf));
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const path = pathText(issue.path);
  const at = path === "" ? {} : { path };
  if (issue.code !== "unrecognized_keys") {
    const what = path === "" ? "" : `${path}: `;
    return [{ code: "request.value", message: `${what}${issue.message}`, ...at }];
  }
  return issue.keys.map(key => ({
    code: "request.unknown-key",
    message: `${quoted(key)} is not known here`,
    cure: "leave it out",
    ...at,
  }));
}

/** Writes a path as in `files[0].text`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map(part => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
}
