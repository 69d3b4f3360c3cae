// What one HTTP request asks: which service, region and identity (all from its SigV4 credential
// scope), and its body. It does not know any service, and it does not check signatures.
import type { IncomingMessage } from "node:http";
import type { Caller } from "../ec2/ec2.ts";
import { AwsError } from "./aws-error.ts";

/** One request to one service of the account, read whole. */
export interface ServiceRequest {
  service: string;
  region: string;
  caller: Caller;
  method: string;
  path: string;
  query: URLSearchParams;
  /** What follows the `?`, as it came. */
  rawQuery: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  sourceIp: string;
  userAgent: string;
}

/** What goes back over the wire. */
export interface Answer {
  status: number;
  contentType: string;
  body: string;
  headers?: Record<string, string | string[]>;
  /** Sent instead of the text, for what is no text. */
  bytes?: Buffer;
}

/** Who signed for what: the credential scope of an Authorization header. */
export interface Scope {
  accessKeyId: string;
  region: string;
  service: string;
}

const maxBody = 10 * 1024 * 1024;

// Only the header counts, not a presigned URL: a web page may post a form to a loopback URL it
// made up, but it cannot add this header without a preflight that nothing here answers.
const credential =
  /^AWS4-[A-Z0-9-]+ .*?Credential=([\w+=,.@-]{1,128})\/\d{8}\/([a-z0-9-]{1,32})\/([a-z0-9-]{1,64})\/aws4_request\b/;

/**
 * Reads the credential scope of an Authorization header, if it has one.
 * @example
 * parseScope("AWS4-HMAC-SHA256 Credential=K/20261121/eu-west-1/ec2/aws4_request, …")
 * // { accessKeyId: "K", region: "eu-west-1", service: "ec2" }
 */
export function parseScope(authorization: string | undefined): Scope | undefined {
  const match = credential.exec(authorization ?? "");
  if (!match) return undefined;
  return { accessKeyId: match[1] ?? "", region: match[2] ?? "", service: match[3] ?? "" };
}

/** Tells whether a Host header names the loopback, so that no rebound DNS name is served. */
export function isLoopbackHost(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i.test(host ?? "");
}

/** Reads a body whole, and refuses one above 10 MB. */
export function readBody(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = Number(message.headers["content-length"] ?? 0) > maxBody ? maxBody : 0;
    // What is too much goes on being read but not kept: a client that is cut off while it writes
    // never sees the answer.
    message.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBody) chunks.push(chunk);
      else reject(new AwsError("RequestEntityTooLarge", "The body is above 10 MB.", 413));
    });
    message.on("end", () => resolve(Buffer.concat(chunks)));
    message.on("error", reject);
  });
}

/** Flattens Node's headers to one text each. */
export function headersOf(message: Pick<IncomingMessage, "headers">): Record<string, string> {
  const flat: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(message.headers)) {
    flat[name] = Array.isArray(value) ? value.join(", ") : (value ?? "");
  }
  return flat;
}
