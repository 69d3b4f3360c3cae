// Asks Portward's API over HTTPS, signed with the caller's own credentials as the SDK finds them. What
// the API refuses is an InputError with its reasons; who may do what is for the API to say.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { STSClient } from "@aws-sdk/client-sts";
import { SignatureV4 } from "@smithy/signature-v4";
import { InputError, type Problem } from "../../matrix/errors.ts";
import { plainText } from "../../matrix/plain-text.ts";

export type ApiMethod = "GET" | "POST" | "PUT";

export type ApiClient = ReturnType<typeof apiClient>;

/** Where the API is, and whose region it is signed for. */
export interface ApiPlace {
  readonly url: string;
  readonly region: string;
  /** As the SDK finds them unless given. */
  readonly credentials?: { accessKeyId: string; secretAccessKey: string };
}

const TIMEOUT_MS = 35_000;
const AGAIN_AFTER_MS = 1_000;

/** Makes the function that asks the API; a write is tried twice under one Idempotency-Key. */
export function apiClient({ url, region, ...own }: ApiPlace) {
  const { credentials, sha256 } = new STSClient({ region, ...own }).config;
  const signer = new SignatureV4({ service: "execute-api", region, credentials, sha256 });

  async function send(method: ApiMethod, path: string, body: string | undefined, key: string) {
    const at = new URL(url + path);
    const { headers } = await signer.sign({
      ...{ method, protocol: at.protocol, hostname: at.hostname, path: at.pathname },
      ...(at.port === "" ? {} : { port: Number(at.port) }),
      query: Object.fromEntries(at.searchParams),
      headers: {
        host: at.host,
        ...(method === "GET" ? {} : { "idempotency-key": key }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const { host: _host, ...sent } = headers;
    return fetch(at, {
      ...{ method, headers: sent, redirect: "error" as const },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body }),
    });
  }

  return async (method: ApiMethod, path: string, body?: unknown): Promise<unknown> => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const key = randomUUID();
    const first = await send(method, path, text, key).catch(() => undefined);
    if (first && first.status < 500) return answerOf(first);
    await sleep(AGAIN_AFTER_MS);
    const second = await send(method, path, text, key).catch((cause: unknown) => {
      throw new Error(`the API at ${url} cannot be reached`, { cause });
    });
    return answerOf(second);
  };
}

async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  const isJson = /^application\/(?:problem\+)?json\b/.test(type);
  if (response.ok && isJson) return JSON.parse(text);
  if (!type.startsWith("application/problem+json")) {
    const hint = response.status === 403 ? ": IAM must allow execute-api:Invoke on this route" : "";
    throw new Error(`the API answered ${response.status} ${plainText(text, 200)}${hint}`);
  }
  throw problemError(response.status, JSON.parse(text));
}

function problemError(
  status: number,
  told: { type?: unknown; detail?: unknown; problems?: unknown },
) {
  const detail = plainText(String(told.detail ?? ""), 2_000);
  if (status >= 500) return new Error(`the API failed: ${detail}`);
  const code = String(told.type ?? "").replace("urn:portward:problem:", "");
  const problems: Problem[] = Array.isArray(told.problems)
    ? told.problems.map(problemFrom)
    : [{ code, message: `refused: ${detail}` }];
  return new InputError(problems);
}

function problemFrom(told: unknown): Problem {
  const { code, message, cure } = Object(told) as Record<string, unknown>;
  return {
    code: plainText(String(code ?? "")),
    message: plainText(String(message ?? ""), 2_000),
    ...(typeof cure === "string" ? { cure: plainText(cure, 2_000) } : {}),
  };
}
