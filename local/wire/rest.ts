// The AWS REST-JSON protocol of Lambda and EventBridge Scheduler: the action is the method and the
// path, and an error's code stands in a header.
import { randomUUID } from "node:crypto";
import { AwsError } from "./aws-error.ts";
import { readInput } from "./json.ts";
import { decodePart, matchPath } from "./path.ts";
import type { Answer, ServiceRequest } from "./request.ts";
import type { Service } from "./service.ts";

/** What one action does with the varying parts of its path, decoded. */
export type RestAction = (
  parts: Readonly<Record<string, string>>,
  request: ServiceRequest,
) => object | Answer | Promise<object | Answer>;

/** One action: its name, `METHOD /path/{Part}`, and what it does. */
export interface RestRoute {
  name: string;
  route: string;
  act: RestAction;
}

const contentType = "application/json";

/** Makes a service of a list of routes; a result without a status is answered as 200. */
export function restService(routes: readonly RestRoute[]): Service {
  const find = (request: ServiceRequest) => {
    for (const one of routes) {
      const [method, template = ""] = one.route.split(" ");
      const parts = method === request.method ? matchPath(template, request.path) : undefined;
      if (parts) return { one, parts };
    }
    return undefined;
  };
  return {
    actionOf: request => find(request)?.one.name ?? "",
    paramsOf: readInput,
    async handle(request) {
      const found = find(request);
      if (!found) {
        throw new AwsError("UnknownOperationException", `No ${request.path} here.`, 404);
      }
      const decoded = Object.entries(found.parts).map(([name, part]) => [name, decodePart(part)]);
      const result = await found.one.act(Object.fromEntries(decoded), request);
      const answer: Answer = isAnswer(result)
        ? result
        : { status: 200, contentType, body: JSON.stringify(result) };
      return withRequestId(answer);
    },
    errorAnswer: error =>
      withRequestId({
        status: error.status,
        contentType,
        body: JSON.stringify({ Message: error.message }),
        headers: { "x-amzn-errortype": error.code },
      }),
  };
}

function isAnswer(result: object | Answer): result is Answer {
  return "status" in result && "contentType" in result;
}

function withRequestId(answer: Answer): Answer {
  return { ...answer, headers: { "x-amzn-requestid": randomUUID(), ...answer.headers } };
}
