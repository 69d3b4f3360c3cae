// How a test asks the account over plain HTTP as one of its identities: SigV4 as an SDK signs, for
// what has no SDK client here (the API, Lambda).
import { STSClient } from "@aws-sdk/client-sts";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Account } from "../../local/account.ts";
import { accessKeyOf, type KeyName, secretOf } from "../../local/identities.ts";

export interface SignedInit {
  /** GET unless told. */
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** The service the signature is for; `execute-api` unless told. */
  service?: string;
  region?: string;
  /** When it was signed; now unless told, in real time. */
  date?: Date;
  /** Headers the signature does not cover. */
  leaveOut?: string[];
}

/** Signs a request by hand, and gives what `fetch` takes. */
export async function signed(
  account: Account,
  accessKeyId: string,
  path: string,
  init: SignedInit = {},
): Promise<{ url: string; method: string; headers: Record<string, string> }> {
  const { method = "GET", headers = {}, body, service = "execute-api" } = init;
  const url = new URL(account.url + path);
  const sts = new STSClient({ region: account.region });
  const signer = new SignatureV4({
    service,
    region: init.region ?? account.region,
    credentials: { accessKeyId, secretAccessKey: secretOf(accessKeyId) },
    sha256: sts.config.sha256,
  });
  sts.destroy();
  // Own fields, also of a name that every object has. A field called __proto__ the signer itself loses,
  // so that is handed to the handler without a signature.
  const query = Object.fromEntries(
    [...url.searchParams.keys()].map(name => [name, url.searchParams.getAll(name)]),
  );
  const request = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      query,
      headers: { host: url.host, ...headers },
      ...(body !== undefined && { body }),
    },
    {
      unsignableHeaders: new Set(init.leaveOut),
      ...(init.date && { signingDate: init.date }),
    },
  );
  const { host: _host, ...sent } = request.headers;
  return { url: url.href, method, headers: sent };
}

/**
 * Makes a `fetch` that signs as one of the account's identities, or with any other access key.
 * @example
 * const response = await signedFetch(account, "alice")("/status");
 */
export function signedFetch(account: Account, key: KeyName | `AKIA${string}` = "tester") {
  const accessKeyId = key.startsWith("AKIA") ? key : accessKeyOf(key as KeyName);
  return async (path: string, init: SignedInit = {}): Promise<Response> => {
    const { url, method, headers } = await signed(account, accessKeyId, path, init);
    return fetch(url, { method, headers, ...(init.body !== undefined && { body: init.body }) });
  };
}
