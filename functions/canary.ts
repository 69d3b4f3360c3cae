// The Lambda function that tries every 15 minutes whether Portward closes what nothing permits.
import { setTimeout as wait } from "node:timers/promises";
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { canaryGroup } from "./aws/canary-group.ts";
import { type CanaryDeps, type CanaryEnd, sing } from "./reconcile/canary.ts";
import { canaryConfig } from "./wiring/config.ts";

const log = new Logger({ serviceName: "portward" });

let own: CanaryDeps | undefined;
function ownCanary(): CanaryDeps {
  if (own) return own;
  const { stage, groupId } = canaryConfig(process.env);
  const sleep = (ms: number) => wait(ms);
  own = { stage, group: canaryGroup(groupId), clock: Date.now, sleep, log };
  return own;
}

export const handler = middy<unknown, CanaryEnd>()
  .use(injectLambdaContext(log))
  .handler(() => sing(ownCanary()));
