// The API Gateway of the account: finds the route of an HTTP request, asks its authorizer, invokes the
// handler and answers. Routes and who may call them are data (functions/wiring/routes.ts); what the
// identities may call is in identities.ts. There is one HTTP API, with one stage and no CORS.
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from "aws-lambda";
import type { Authority, Route } from "../functions/wiring/routes.ts";
import type { Clock } from "./clock.ts";
import { answerOf, eventOf } from "./gateway/event.ts";
import { isSigned } from "./gateway/signature.ts";
import { claimTexts, type JwtAuthorizer, readToken } from "./gateway/token.ts";
import { mayCall, secretOf } from "./identities.ts";
import { lambdaContext } from "./lambda-context.ts";
import type { AccountScope } from "./scope.ts";
import { matchPath } from "./wire/path.ts";
import type { Answer, ServiceRequest } from "./wire/request.ts";
import type { Service } from "./wire/service.ts";

/** The function behind the API. */
export type ApiHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Which routes the API has, and who is asked whether a caller may pass. */
export interface ApiOptions {
  routes: readonly Route[];
  /** Tokens of this issuer instead of signatures. */
  jwt?: JwtAuthorizer;
  functionName?: string;
  timeoutMs?: number;
}

/** What a caller who passed is to the function, or the answer to one who did not. */
type Passage = { authorizer?: object } | { refused: Answer };

/** An HTTP API over a handler. */
export function gatewayService(
  handler: ApiHandler,
  options: ApiOptions,
  scope: AccountScope,
  clock: Clock,
): Service {
  const name = options.functionName ?? "portward-api";
  // An HTTP API waits 30 s for a function and no longer; here nothing cuts it off.
  const timeoutMs = options.timeoutMs ?? 29_000;
  return {
    actionOf(request) {
      const route = routeOf(options.routes, request)?.route;
      return route ? `${route.method} ${route.path}` : "";
    },
    async handle(request) {
      const found = routeOf(options.routes, request);
      if (!found) return refusal(404);
      const passage = pass(found.route.authority, request, options, scope, clock.now());
      if ("refused" in passage) return passage.refused;
      const at = clock.now();
      const event = eventOf(request, { ...found, ...passage, account: scope.account, at });
      try {
        return answerOf(await handler(event, lambdaContext(name, scope, timeoutMs)));
      } catch {
        return refusal(500);
      }
    },
    errorAnswer: error => refusal(error.status),
  };
}

/** The most specific route a request matches: the one with the fewest varying parts, leftmost last. */
function routeOf(routes: readonly Route[], { method, path }: ServiceRequest) {
  const found = routes.flatMap(route => {
    const parts = route.method === method ? matchPath(route.path, path) : undefined;
    return parts ? [{ route, parts }] : [];
  });
  const shapes = found.map(one => shapeOf(one.route));
  return found[shapes.indexOf(shapes.toSorted()[0] ?? "")];
}

function shapeOf({ path }: Route): string {
  const marks = path.split("/").map(part => (part.startsWith("{") ? "1" : "0"));
  const varying = marks.filter(mark => mark === "1").length;
  return `${String(varying).padStart(3, "0")}${marks.join("")}`;
}

function pass(
  authority: Authority,
  request: ServiceRequest,
  { jwt }: ApiOptions,
  { region }: AccountScope,
  now: number,
): Passage {
  if (authority === "public") return {};
  if (jwt) return passToken(authority, request, jwt, now);
  const { accessKeyId } = request.caller;
  if (
    !isSigned(request, { region, secretOf, now: Date.now() }) ||
    !mayCall(accessKeyId, authority)
  ) {
    return { refused: refusal(403) };
  }
  return { authorizer: { iam: iamOf(request) } };
}

function passToken(
  authority: Authority,
  request: ServiceRequest,
  jwt: JwtAuthorizer,
  now: number,
): Passage {
  const token = readToken(request.headers.authorization, jwt, now);
  const scope = `portward/${authority}`;
  if (!token) return { refused: refusal(401, { "www-authenticate": "Bearer" }) };
  if (!token.scopes.includes(scope)) {
    const told = `Bearer scope="${scope}" error="insufficient_scope"`;
    return { refused: refusal(403, { "www-authenticate": told }) };
  }
  return { authorizer: { jwt: { claims: claimTexts(token.claims), scopes: [scope] } } };
}

function iamOf({ caller }: ServiceRequest) {
  return {
    accessKey: caller.accessKeyId,
    accountId: caller.account,
    callerId: caller.principalId,
    cognitoIdentity: null,
    principalOrgId: "o-exampleorgid",
    userArn: caller.arn,
    userId: caller.principalId,
  };
}

const words: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  503: "Service Unavailable",
};

function refusal(status: number, headers: Record<string, string> = {}): Answer {
  const known = words[status];
  const body = JSON.stringify({ message: known ?? "Internal Server Error" });
  return { status: known ? status : 500, contentType: "application/json", body, headers };
}
