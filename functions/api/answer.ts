// An answer of a route as API Gateway sends it: with the headers that every answer has, and packed
// where a function could not hand it over otherwise.
import { gzipSync } from "node:zlib";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { problem } from "./problem.ts";
import type { ApiAnswer } from "./route.ts";

export type Result = APIGatewayProxyStructuredResultV2;

/** What every answer says, a page's own policy apart. */
const SECURITY: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "x-content-type-options": "nosniff",
};

/** From here on an answer is worth packing. */
const WORTH_PACKING = 100_000;
/** What a function may answer is 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST = 5_500_000;

/** Writes an answer. */
export function resultOf(answer: ApiAnswer, acceptEncoding = ""): Result {
  const { status, html } = answer;
  const text = html ?? (answer.body === undefined ? undefined : JSON.stringify(answer.body));
  const headers = {
    ...SECURITY,
    ...(text === undefined ? {} : { "content-type": contentType(html) }),
    ...answer.headers,
  };
  if (text === undefined) return { statusCode: status, headers };
  const size = Buffer.byteLength(text);
  if (size > WORTH_PACKING && acceptsGzip(acceptEncoding)) {
    const packed = { ...headers, "content-encoding": "gzip", vary: "accept-encoding" };
    const body = gzipSync(text).toString("base64");
    return { statusCode: status, headers: packed, body, isBase64Encoded: true };
  }
  if (size > MOST) {
    const detail = "the answer is too large to send as it is: ask with accept-encoding gzip";
    return resultOf(problem(406, "too-large", detail));
  }
  return { statusCode: status, headers, body: text };
}

const contentType = (html: string | undefined): string =>
  html === undefined ? "application/json" : "text/html; charset=utf-8";

const acceptsGzip = (accept: string): boolean =>
  /(?:^|[\s,])(?:gzip|\*)(?!\s*;\s*q=0(?:\.0*)?(?:[\s,]|$))/i.test(accept);
