// An HTTP request as the event an API Gateway HTTP API hands to a function, payload version 2.0, and
// a function's answer as HTTP. Who may call is settled before.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
import { randomUUID } from "node:crypto";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { Route } from "../../functions/wiring/routes.ts";
import { decodePart } from "../wire/path.ts";
import type { Answer, ServiceRequest } from "../wire/request.ts";

/** What of an event does not stand in the request. */
export interface EventContext {
  route: Route;
  /** The varying parts of the path, still encoded. */
  parts: Readonly<Record<string, string>>;
  account: string;
  /** The account's time in milliseconds. */
  at: number;
  authorizer?: object;
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Makes the event of a request. */
export function eventOf(request: ServiceRequest, context: EventContext): APIGatewayProxyEventV2 {
  const { route, parts } = context;
  const { cookie, ...headers } = request.headers;
  const routeKey = `${route.method} ${route.path}`;
  const queryStringParameters = joined(request.query);
  const pathParameters = Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, decodePart(part)]),
  );
  return {
    version: "2.0",
    routeKey,
    rawPath: request.path,
    rawQueryString: request.rawQuery,
    ...(cookie !== undefined && { cookies: cookie.split("; ") }),
    headers: { ...headers, "x-forwarded-for": request.sourceIp },
    ...(Object.keys(queryStringParameters).length > 0 && { queryStringParameters }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    requestContext: requestContext(request, routeKey, context),
    ...bodyOf(request),
  };
}

function requestContext(request: ServiceRequest, routeKey: string, context: EventContext) {
  return {
    accountId: context.account,
    apiId: "local",
    domainName: request.headers.host ?? "",
    domainPrefix: "local",
    http: {
      method: request.method,
      path: request.path,
      protocol: "HTTP/1.1",
      sourceIp: request.sourceIp,
      userAgent: request.userAgent,
    },
    requestId: randomUUID(),
    routeKey,
    stage: "$default",
    time: clfTime(context.at),
    timeEpoch: Math.trunc(context.at),
    ...(context.authorizer && { authorizer: context.authorizer }),
  };
}

/** Values of one name are joined with commas, as API Gateway does. */
function joined(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    [...new Set(query.keys())].map(name => [name, query.getAll(name).join(",")]),
  );
}

// Which types are text is not documented. Others tried it on AWS: text/* and these three are handed
// over as they came, and everything else is base64, also a form and what has no type.
function bodyOf({ body, headers }: ServiceRequest) {
  if (body.length === 0) return { isBase64Encoded: false };
  const type = headers["content-type"] ?? "";
  const isText = /^(text\/|application\/(json|xml|javascript)\b)/i.test(type);
  return { body: body.toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText };
}

/** The time in the form of a web server's log: `12/Mar/2026:19:03:58 +0000`. */
function clfTime(at: number): string {
  const [date = "", time = ""] = new Date(at).toISOString().split("T");
  const [year, month, day] = date.split("-");
  return `${day}/${months[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}

/** Turns a function's answer into HTTP; one without a status is the body itself. */
export function answerOf(result: APIGatewayProxyStructuredResultV2): Answer {
  const isWhole = typeof result === "object" && result !== null && "statusCode" in result;
  const {
    statusCode = 200,
    headers = {},
    cookies = [],
    body = "",
    isBase64Encoded,
  } = isWhole
    ? result
    : { body: typeof result === "string" ? result : JSON.stringify(result ?? null) };
  const named = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  );
  // API Gateway's default is text/plain for an answer with a status, and JSON for one inferred.
  const type = isWhole ? "text/plain;charset=utf-8" : "application/json";
  return {
    status: statusCode,
    contentType: type,
    body,
    headers: {
      ...Object.fromEntries(named),
      ...(cookies.length > 0 && { "set-cookie": cookies }),
      "apigw-requestid": randomUUID(),
    },
    ...(isBase64Encoded === true && { bytes: Buffer.from(body, "base64") }),
  };
}
