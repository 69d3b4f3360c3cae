// The Lambda function that one-time schedules call when an exception starts, is to be reminded of, or
// ends. The call is a hint like every event: what is done follows from the clock and the exception.
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import * as z from "zod";
import { type AwsAccount, connect } from "./aws/account.ts";
import { ownAccount } from "./aws/own-account.ts";
import { passWindow } from "./reconcile/windows.ts";

const call = z.strictObject({
  exception: z.string().regex(/^x-[0-9a-hjkmnp-tv-z]{26}$/),
  step: z.enum(["start", "remind", "end"]),
});

/** The handler for an account; the local account and tests make their own. */
export function window(account: () => AwsAccount) {
  return async (event: unknown): Promise<{ outcome: string }> => {
    const { exception, step } = call.parse(event);
    const deps = account();
    const outcome = await passWindow(deps, exception);
    deps.log.info("a schedule called", { exception, step, outcome });
    // Lambda tries again, and the sweep is behind it.
    if (outcome === "failed") throw new Error(`${exception} could not be passed on`);
    return { outcome };
  };
}

export const handler = middy<unknown, { outcome: string }>()
  .use(injectLambdaContext(new Logger({ serviceName: "portward" })))
  .handler(window(ownAccount(connect)));
