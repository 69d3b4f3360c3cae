// Writes that carry an Idempotency-Key are done once: a repeat by the same caller with the same
// request is answered as the first was. Nothing is kept of what was refused: it changed nothing.
import { identityText } from "../../matrix/exceptions/person.ts";
import type { AwsAccount } from "../aws/account.ts";
import { sha256 } from "../aws/stores/json-chunks.ts";
import { badRequest, problem } from "./problem.ts";
import type { ApiAnswer, ApiHandler, ApiRequest } from "./route.ts";

/** A comma is what API Gateway joins two headers of one name with. */
const KEY = /^[!-+\--~]{1,128}$/;

/** Answers a request, once for each of its keys. */
export async function once(
  request: ApiRequest,
  aws: AwsAccount,
  handle: ApiHandler,
): Promise<ApiAnswer> {
  const { route, caller, headers } = request;
  const key = headers["idempotency-key"];
  if (key === undefined || caller === undefined || route.method === "GET") {
    return handle(request, aws);
  }
  if (!KEY.test(key)) {
    const cure = "1 to 128 printable characters without blanks and commas";
    throw badRequest("idempotency-key", "the Idempotency-Key cannot be used", cure);
  }
  const asked = { caller: identityText(caller), key, request: hashOf(request) };
  const begun = await aws.answers.begin(asked);
  if (begun.kind === "answered") return JSON.parse(begun.answer);
  if (begun.kind === "other-request") {
    const detail = "the Idempotency-Key was used for another request: choose a new one";
    return problem(422, begun.kind, detail);
  }
  if (begun.kind === "in-progress") {
    const seconds = Math.max(1, Math.ceil((begun.until - aws.clock()) / 1_000));
    const detail = "the same request is being worked on";
    return problem(409, begun.kind, detail, { headers: { "retry-after": String(seconds) } });
  }
  return doneOnce(() => handle(request, aws), {
    keep: answer => aws.answers.finish(asked, begun.token, JSON.stringify(answer)),
    release: () => aws.answers.release(asked, begun.token),
  });
}

async function doneOnce(
  work: () => Promise<ApiAnswer>,
  { keep, release }: { keep(answer: ApiAnswer): Promise<void>; release(): Promise<void> },
): Promise<ApiAnswer> {
  let answer: ApiAnswer;
  try {
    answer = await work();
  } catch (thrown) {
    await release();
    throw thrown;
  }
  await (answer.status < 300 ? keep(answer) : release());
  return answer;
}

const hashOf = ({ route, params, query, rawBody }: ApiRequest): string =>
  sha256(JSON.stringify([route.method, route.path, params, query, sha256(rawBody)]));
