// What the API says about itself.
import { describeApi } from "./openapi.ts";
import type { ApiHandler } from "./route.ts";

/** GET /health */
export const health: ApiHandler = async () => ({ status: 200, body: { status: "ok" } });

let description: unknown;

/** GET /openapi.json */
export const openapi: ApiHandler = async () => {
  description ??= describeApi();
  return { status: 200, body: description };
};
