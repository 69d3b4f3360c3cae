// Lambda on the wire: Invoke, and nothing else. Functions are put in code (functions.ts); versions,
// aliases and logs do not exist. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
import type { Functions } from "../functions.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Answer, ServiceRequest } from "../wire/request.ts";
import { restService } from "../wire/rest.ts";
import type { Service } from "../wire/service.ts";

const invocations = "/2015-03-31/functions/{FunctionName}/invocations";
const contentType = "application/json";

/** Lambda over the account's functions. */
export function lambdaService(functions: Functions): Service {
  return restService([
    {
      name: "Invoke",
      route: `POST ${invocations}`,
      act: ({ FunctionName = "" }, request) => invoke(functions, FunctionName, request),
    },
  ]);
}

async function invoke(functions: Functions, name: string, request: ServiceRequest) {
  const arn = arnFor(functions, name);
  if (!functions.has(arn)) {
    throw new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
  }
  const event = eventOf(request.body);
  const kind = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
  switch (kind) {
    case "DryRun":
      return answer(204);
    case "Event":
      functions.send(arn, event);
      return answer(202);
    case "RequestResponse":
      return await invokeAndWait(functions, arn, event);
    default: {
      const message = `${kind} is not one of RequestResponse, Event, DryRun.`;
      throw new AwsError("InvalidParameterValueException", message);
    }
  }
}

async function invokeAndWait(functions: Functions, arn: string, event: unknown): Promise<Answer> {
  try {
    const result = await functions.invoke(arn, event);
    return answer(200, JSON.stringify(result ?? null));
  } catch (thrown) {
    // An error of the function is an answer with status 200 that says so in a header.
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const trace = (error.stack ?? "").split("\n");
    const body = { errorType: error.name, errorMessage: error.message, trace };
    return answer(200, JSON.stringify(body), { "x-amz-function-error": "Unhandled" });
  }
}

/** A function goes by its name, by its ARN, or by the last parts of that. */
function arnFor(functions: Functions, name: string): string {
  const bare = /^(?:(?:arn:[\w-]+:lambda:[\w-]+:)?\d{12}:)?(?:function:)?([\w-]+)$/.exec(name)?.[1];
  return name.startsWith("arn:") ? name : functions.arnOf(bare ?? name);
}

function eventOf(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    const message = `Could not parse request body into json: ${(cause as Error).message}`;
    throw new AwsError("InvalidRequestContentException", message, 400, { cause });
  }
}

function answer(status: number, body = "", headers: Record<string, string> = {}): Answer {
  return {
    status,
    contentType,
    body,
    headers: { "x-amz-executed-version": "$LATEST", ...headers },
  };
}
