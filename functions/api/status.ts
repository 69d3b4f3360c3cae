// What is in force and what happened last, over HTTP.
import { readStatus } from "../reconcile/status.ts";
import type { ApiHandler } from "./route.ts";

/** GET /status */
export const showStatus: ApiHandler = async (_request, aws) => ({
  status: 200,
  body: await readStatus(aws),
});
