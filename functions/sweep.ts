// The Lambda function of every minute: finishes what events and crashes left over. A sweep that
// could not finish a group has it on its list for the next one, and is no error of the call.
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import { type AwsAccount, connect } from "./aws/account.ts";
import { ownAccount } from "./aws/own-account.ts";
import { sweep } from "./reconcile/sweep.ts";

/** The handler for an account; the local account and tests make their own. */
export function everyMinute(account: () => AwsAccount) {
  return (): Promise<{ groups: number; failed: number }> => sweep(account());
}

export const handler = middy<unknown, { groups: number; failed: number }>()
  .use(injectLambdaContext(new Logger({ serviceName: "portward" })))
  .handler(everyMinute(ownAccount(connect)));
