// The API as its callers see it: signed requests to the local account, or events handed to the handler
// itself, and every answer held against the published description.
import { Ajv2020 } from "ajv/dist/2020.js";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { api } from "../../functions/api/index.ts";
import { describeApi } from "../../functions/api/openapi.ts";
import type { AwsAccount } from "../../functions/aws/account.ts";
import { activate, reconcileGoverned } from "../../functions/reconcile/activate.ts";
import { routes } from "../../functions/wiring/routes.ts";
import type { KeyName } from "../../local/identities.ts";
import { lambdaContext } from "../../local/lambda-context.ts";
import { withLocalPeople } from "../../local/people.ts";
import type { DeployOptions } from "../../local/portward.ts";
import { matchPath } from "../../local/wire/path.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { type SignedInit, signedFetch } from "./signed.ts";
import { type Stage, startStage, studioIn } from "./stage.ts";

/** An answer as it came, its body read. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what a body holds is what the test asks about.
  readonly body: any;
}

export type Call = (method: string, path: string, body?: unknown) => Promise<Answered>;

export interface ApiStage extends Stage {
  /** Asks as somebody, signed, with a JSON body where one is given. */
  ask(name: KeyName, headers?: Record<string, string>): Call;
  /** Sends what a test has made up, signed as it says. */
  send(name: KeyName, path: string, init: SignedInit): Promise<Answered>;
}

/** Starts the five servers under the example in a mode, with alice and bob as approvers. */
export async function startApi(
  mode: "observe" | "enforce" = "enforce",
  deploy: DeployOptions = {},
): Promise<ApiStage> {
  const stage = await startStage(null, { deploy });
  const document = parseMatrix([{ name: "matrix.yaml", text: studioIn(mode) }]);
  const own = withLocalPeople(document, stage.account);
  const { pins } = await activate(stage.aws, own, { by: "test", note: "first" });
  await reconcileGoverned(stage.aws, pins, "apply");
  await stage.idle();
  stage.mark();
  const send = async (name: KeyName, path: string, init: SignedInit): Promise<Answered> => {
    const response = await signedFetch(stage.account, name)(path, init);
    const answer = {
      status: response.status,
      headers: response.headers,
      body: await read(response),
    };
    holdToDescription(init.method ?? "GET", path, answer);
    return answer;
  };
  return {
    ...stage,
    send,
    ask:
      (name, headers = {}) =>
      (method, path, body) =>
        send(name, path, {
          method,
          headers: { ...headers, ...(body === undefined ? {} : JSON_TYPE) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
  };
}

export const JSON_TYPE = { "content-type": "application/json" };

async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
  return isJson ? JSON.parse(text) : text;
}

/** An event as API Gateway hands it over. */
export interface EventWish {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly authorizer?: unknown;
  readonly pathParameters?: Record<string, string>;
}

/** Hands an event to the handler itself, past what API Gateway checks. */
export async function hand(aws: AwsAccount, wish: EventWish): Promise<Answered> {
  const {
    method = "GET",
    path = "/health",
    query = "",
    headers = {},
    body,
    authorizer,
    pathParameters,
  } = wish;
  const event = {
    ...{ version: "2.0", routeKey: "$default", rawPath: path, rawQueryString: query },
    headers: { ...(body === undefined ? {} : JSON_TYPE), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    isBase64Encoded: false,
    ...(pathParameters && { pathParameters }),
    requestContext: {
      ...{ accountId: "111122223333", apiId: "local", requestId: "request-1" },
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      ...(authorizer === undefined ? {} : { authorizer }),
    },
  } as unknown as APIGatewayProxyEventV2;
  const scope = { account: "111122223333", region: "ap-southeast-1" };
  const result = await api(() => aws)(event, lambdaContext("portward-api", scope, 29_000));
  const answer = {
    status: result.statusCode ?? 0,
    headers: new Headers(result.headers as Record<string, string>),
    body: result.body === undefined ? undefined : JSON.parse(result.body),
  };
  holdToDescription(method, path, answer);
  return answer;
}

interface Described {
  readonly responses: Record<string, { content?: Record<string, { schema: { $ref: string } }> }>;
}

const description = JSON.parse(JSON.stringify(describeApi()));
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(description, "api");

/** Throws unless an answer of one of the routes is as the description says. */
function holdToDescription(method: string, path: string, { status, headers, body }: Answered) {
  const [bare = ""] = path.split("?");
  const route = routes.find(one => one.method === method && matchPath(one.path, bare));
  // What API Gateway refuses itself has a form of its own.
  const isGateways = Object.keys(Object(body)).join() === "message";
  if (!route || isGateways) return;
  const { responses } = description.paths[route.path][method.toLowerCase()] as Described;
  const response = responses[String(status)] ?? (status >= 400 ? responses.default : undefined);
  if (!response) throw new Error(`${method} ${route.path} is not described to answer ${status}`);
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  const content = response.content?.[type];
  if (!content) throw new Error(`${method} ${route.path} is not described to answer ${type}`);
  const check = ajv.compile({ $ref: `api${content.schema.$ref}` });
  if (!check(body)) throw new Error(`${method} ${route.path}: ${ajv.errorsText(check.errors)}`);
}
