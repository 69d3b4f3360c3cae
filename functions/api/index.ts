// The Lambda function behind the HTTP API: which handler answers which route, and what comes before and
// after every one of them. What a route means is its noun's own file.
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import headerNormalizer from "@middy/http-header-normalizer";
import router from "@middy/http-router";
import { type AwsAccount, connect } from "../aws/account.ts";
import { ownAccount } from "../aws/own-account.ts";
import { routes } from "../wiring/routes.ts";
import { type Result, resultOf } from "./answer.ts";
import { decideApproval, showApproval } from "./approvals.ts";
import { showAudit, startAudit } from "./audits.ts";
import {
  approveException,
  extendException,
  listExceptions,
  rejectException,
  requestException,
  showException,
  withdrawException,
} from "./exceptions.ts";
import { listFindings, showFinding, undoFinding } from "./findings.ts";
import type { HttpEvent } from "./incoming.ts";
import { applyMatrix, planMatrix, showMatrix, showPlan } from "./matrix.ts";
import { health, openapi } from "./meta.ts";
import { isPlainPath, nameOf, routeProblem } from "./path.ts";
import { changePause } from "./pauses.ts";
import { thrownProblem } from "./problem.ts";
import type { ApiHandler } from "./route.ts";
import type { RouteName } from "./schemas/contracts.ts";
import { serve } from "./serve.ts";
import { slackAction } from "./slack.ts";
import { showStatus } from "./status.ts";

/** Who answers which route; one that is not here does not exist yet. */
const handlers: Readonly<Partial<Record<RouteName, ApiHandler>>> = {
  "GET /health": health,
  "GET /openapi.json": openapi,
  "GET /status": showStatus,
  "GET /matrix": showMatrix,
  "PUT /matrix": applyMatrix,
  "POST /matrix/plan": planMatrix,
  "GET /matrix/plans/{id}": showPlan,
  "GET /exceptions": listExceptions,
  "GET /exceptions/{id}": showException,
  "POST /exceptions": requestException,
  "POST /exceptions/{id}/approve": approveException,
  "POST /exceptions/{id}/reject": rejectException,
  "POST /exceptions/{id}/withdraw": withdrawException,
  "POST /exceptions/{id}/extend": extendException,
  "GET /findings": listFindings,
  "GET /findings/{id}": showFinding,
  "POST /findings/{id}/undo": undoFinding,
  "POST /audits": startAudit,
  "GET /audits/{id}": showAudit,
  "POST /pauses": changePause,
  "POST /slack/actions": slackAction,
  "GET /approvals/{token}": showApproval,
  "POST /approvals/{token}": decideApproval,
};

/** The handler for an account; the local account and tests make their own. */
export function api(account: () => AwsAccount) {
  const table = routes.flatMap(route => {
    const handle = handlers[nameOf(route)];
    if (!handle) return [];
    const handler = (event: HttpEvent) => serve({ route, handle }, event, account());
    return [{ method: route.method, path: route.path, handler }];
  });
  const noSuchRoute = ({ method, path }: { method: string; path: string }) =>
    resultOf(routeProblem(method, path));
  return middy<HttpEvent, Result>()
    .use(headerNormalizer())
    .before(({ event }) => {
      // Only what the router finds in the path itself counts.
      delete event.pathParameters;
      const { method, path } = event.requestContext.http;
      return isPlainPath(path) ? undefined : noSuchRoute({ method, path });
    })
    .onError(request => {
      const { error, event } = request;
      const requestId = String(event?.requestContext?.requestId ?? "");
      const answer = thrownProblem(error, requestId);
      if (answer.status >= 500) account().log.error("an API request failed", { requestId, error });
      request.response = resultOf(answer);
    })
    .handler(router({ routes: table, notFoundResponse: noSuchRoute }));
}

export const handler = middy<HttpEvent, Result>()
  .use(injectLambdaContext(new Logger({ serviceName: "portward" })))
  .handler(api(ownAccount(connect)));
