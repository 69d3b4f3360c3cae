// Posts JSON to an address somebody configured, and to no other place: https, hosts that are allowed
// by name, no redirects, no addresses of this network, little time and a bounded answer.

import { plainText } from "../../matrix/plain-text.ts";
import { errorText } from "./error-codes.ts";

/** How a post ended: done, to be tried again, or not to be tried again. */
export type Posted =
  | { readonly kind: "done"; readonly body: string }
  | { readonly kind: "later" | "refused"; readonly because: string };

export interface PostOptions {
  /** Host names that may be posted to. */
  readonly hosts: ReadonlySet<string>;
  /** Plain http to this machine, for the local account and tests alone. */
  readonly allowLoopback?: boolean;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;
const ANSWER = 16_384;
/** Statuses that say: not now. */
const LATER = new Set([408, 425, 429]);

/** Says why an address may not be posted to; undefined where it may. It names no path: paths are secrets. */
export function addressRefusal(
  address: string,
  { hosts, allowLoopback = false }: PostOptions,
): string | undefined {
  if (!URL.canParse(address)) return "it is no URL";
  const { protocol, hostname, username, password } = new URL(address);
  if (username !== "" || password !== "") return "it carries a user name or a password";
  if (allowLoopback && protocol === "http:" && /^(?:127\.0\.0\.1|\[::1\])$/.test(hostname)) {
    return undefined;
  }
  if (protocol !== "https:") return "it is not https";
  // Numbers in any spelling are addresses by now: whoever means a host of the internet names it.
  if (hostname.startsWith("[") || /^[\d.]+$/.test(hostname)) return "its host is an address";
  return hosts.has(hostname) ? undefined : `its host ${plainText(hostname)} is not allowed`;
}

/** Posts a body; it never throws. */
export async function postJson(
  address: string,
  body: object,
  options: PostOptions,
): Promise<Posted> {
  const refusal = addressRefusal(address, options);
  if (refusal !== undefined) return { kind: "refused", because: `not posted: ${refusal}` };
  const { timeoutMs = TIMEOUT_MS } = options;
  try {
    const answer = await fetch(address, {
      method: "POST",
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify(body),
    });
    return ended(answer.status, await bounded(answer), answer.headers.get("retry-after"));
  } catch (error) {
    return { kind: "later", because: plainText(errorText(causeOf(error)), 200) };
  }
}

function ended(status: number, body: string, retryAfter: string | null): Posted {
  if (status >= 200 && status < 300) return { kind: "done", body };
  const wait = retryAfter === null ? "" : `, retry after ${plainText(retryAfter, 40)}`;
  const said = body === "" ? "" : `: ${plainText(body, 200)}`;
  const because = `status ${status}${wait}${said}`;
  return { kind: LATER.has(status) || status >= 500 ? "later" : "refused", because };
}

/** The first bytes of an answer; the rest is not waited for. */
async function bounded(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let left = ANSWER;
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk.subarray(0, left), { stream: true });
    left -= chunk.length;
    if (left <= 0) break;
  }
  return text;
}

// What fetch throws says only that it failed; why is its cause, which names no address either.
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}
