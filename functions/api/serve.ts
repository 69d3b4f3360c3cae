// One request to one route, from who calls to the answer. Who calls is settled before anything he sent
// is looked at.
import * as z from "zod";
import { type Identity, identityText } from "../../matrix/exceptions/person.ts";
import { plainText } from "../../matrix/plain-text.ts";
import type { AwsAccount } from "../aws/account.ts";
import type { Route } from "../wiring/routes.ts";
import { type Result, resultOf } from "./answer.ts";
import { callerOf } from "./caller.ts";
import { once } from "./idempotency.ts";
import { bytesOf, checked, type HttpEvent, jsonOf, queryOf } from "./incoming.ts";
import { nameOf } from "./path.ts";
import { problem, refusalProblem } from "./problem.ts";
import type { ApiAnswer, ApiHandler } from "./route.ts";
import { contracts } from "./schemas/contracts.ts";

/** A route and what answers it. */
export interface Served {
  readonly route: Route;
  readonly handle: ApiHandler;
}

const KB = 1_024;

/** Serves a request. */
export async function serve(served: Served, event: HttpEvent, aws: AwsAccount): Promise<Result> {
  const { route } = served;
  const { requestId, http, authorizer } = event.requestContext;
  const caller = callerOf(route, authorizer);
  // Of a path only its form: a token in it is nobody's to read.
  const line = { requestId, route: nameOf(route), sourceIp: http.sourceIp };
  if (caller?.kind === "refused") {
    aws.log.warn("an API request was refused", { ...line, because: caller.because });
    return resultOf(refusalProblem(caller));
  }
  const answer = await answered(served, event, { aws, caller });
  const by = caller && plainText(identityText(caller));
  aws.log.info("an API request", { ...line, by, status: answer.status });
  return resultOf(answer, event.headers["accept-encoding"]);
}

async function answered(
  { route, handle }: Served,
  event: HttpEvent,
  { aws, caller }: { aws: AwsAccount; caller: Identity | undefined },
): Promise<ApiAnswer> {
  const { requestId, http } = event.requestContext;
  const rawBody = bytesOf(event);
  const most = mostBytes(route);
  if (rawBody.length > most) {
    return problem(413, "too-large", `the body has ${rawBody.length} bytes, ${most} at most`);
  }
  const contract = contracts[nameOf(route)];
  const query = queryOf(event);
  // Links in a mail come with what scanners and trackers add.
  if (!contract.query && route.authority !== "public") checked(noQuery, query);
  const request = {
    ...{ route, query, rawBody, caller, requestId, sourceIp: http.sourceIp },
    params: given(event.pathParameters),
    headers: given(event.headers),
    body: contract.body === undefined ? undefined : jsonOf(event, rawBody),
  };
  return once(request, aws, handle);
}

const noQuery = z.strictObject({});

/** A matrix is larger than anything else that is sent; a click comes with the message it was made on. */
function mostBytes({ path, method }: Route): number {
  if (path === "/slack/actions") return 256 * KB;
  return path.startsWith("/matrix") && method !== "GET" ? KB * KB : 64 * KB;
}

const given = (fields: Readonly<Record<string, string | undefined>> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
