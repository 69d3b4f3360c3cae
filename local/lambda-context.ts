// What a function is told about its own run: the Context that Lambda hands over beside the event.
import { randomUUID } from "node:crypto";
import type { Context } from "aws-lambda";
import type { AccountScope } from "./scope.ts";

/** How long a function may run unless told, in ms. */
const defaultTimeout = 60_000;

/** The ARN of a function of the account. */
export function functionArn(name: string, scope: AccountScope): string {
  return `arn:aws:lambda:${scope.region}:${scope.account}:function:${name}`;
}

/** Makes the context of one run; the time that remains counts down in real time. */
export function lambdaContext(
  functionName: string,
  scope: AccountScope,
  timeoutMs = defaultTimeout,
): Context {
  const deadline = performance.now() + timeoutMs;
  return {
    awsRequestId: randomUUID(),
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: functionArn(functionName, scope),
    memoryLimitInMB: "512",
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - performance.now()),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
