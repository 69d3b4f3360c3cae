// The AWS JSON protocols 1.0 and 1.1: the action is in the X-Amz-Target header, parameters and
// results are JSON objects. DynamoDB, SQS, EventBridge and KMS speak it.
import { randomUUID } from "node:crypto";
import { AwsError } from "./aws-error.ts";
import type { JsonObject } from "./input.ts";
import type { Answer, ServiceRequest } from "./request.ts";
import type { Service } from "./service.ts";

/** What one action of a JSON service does; it throws an AwsError to refuse. */
export type JsonAction = (
  input: JsonObject,
  request: ServiceRequest,
) => object | undefined | Promise<object | undefined>;

/** How a JSON service differs from the others. */
export interface JsonDialect {
  version: "1.0" | "1.1";
  /** The namespace before the `#` of an error's `__type`. */
  errorPrefix?: string;
  /** The legacy code that goes into `x-amzn-query-error` beside an error. */
  queryCode?: (error: AwsError) => string;
}

/** Makes a service of a table of actions. */
export function jsonService(
  dialect: JsonDialect,
  actions: Readonly<Record<string, JsonAction>>,
): Service {
  const contentType = `application/x-amz-json-${dialect.version}`;
  return {
    actionOf: targetOf,
    paramsOf: readInput,
    async handle(request) {
      const name = targetOf(request);
      const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
      if (!action) throw new AwsError("UnknownOperationException", `No operation ${name} here.`);
      const result = await action(readInput(request), request);
      return withRequestId({ status: 200, contentType, body: JSON.stringify(result ?? {}) });
    },
    errorAnswer: error => jsonError(error, dialect),
  };
}

/** Words an error in a JSON protocol. */
export function jsonError(error: AwsError, dialect: JsonDialect): Answer {
  const contentType = `application/x-amz-json-${dialect.version}`;
  const type = `${dialect.errorPrefix ? `${dialect.errorPrefix}#` : ""}${error.code}`;
  const fault = error.status >= 500 ? "Receiver" : "Sender";
  return withRequestId({
    status: error.status,
    contentType,
    body: JSON.stringify({ __type: type, message: error.message }),
    headers: {
      "x-amzn-errortype": error.code,
      ...(dialect.queryCode && { "x-amzn-query-error": `${dialect.queryCode(error)};${fault}` }),
    },
  });
}

/** The action a request's X-Amz-Target header names. */
export function targetOf(request: ServiceRequest): string {
  return (request.headers["x-amz-target"] ?? "").split(".").at(-1) ?? "";
}

const inputs = new WeakMap<ServiceRequest, JsonObject>();

/** Parses the body, once, which must be a JSON object; no body is an empty one. */
export function readInput(request: ServiceRequest): JsonObject {
  const input = inputs.get(request) ?? parseInput(request.body);
  inputs.set(request, input);
  return input;
}

function parseInput(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  let input: unknown;
  try {
    input = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new AwsError("SerializationException", "The body is not JSON.", 400, { cause });
  }
  if (typeof input !== "object" || input === null || Array.isArray(input)) {
    throw new AwsError("SerializationException", "The body is not a JSON object.");
  }
  return input as JsonObject;
}

function withRequestId(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, "x-amzn-requestid": randomUUID() } };
}
