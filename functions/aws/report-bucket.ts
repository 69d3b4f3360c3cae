// Where reports of audits are kept as files, for whoever may read the bucket: each put once, under the
// name of its audit. Two signed requests an hour are no reason for a client of S3 in the bundle.

import type { EC2ClientResolvedConfig } from "@aws-sdk/client-ec2";
import { SignatureV4 } from "@smithy/signature-v4";
import { plainText } from "../../matrix/plain-text.ts";

export type ReportBucket = ReturnType<typeof reportBucket>;

const TIMEOUT_MS = 30_000;

/** Of the configuration of any client, what signs. */
export type Signing = Pick<EC2ClientResolvedConfig, "credentials" | "region" | "sha256">;

/** The bucket at a URL, `https://s3.REGION…/BUCKET`; undefined where there is none. */
export function reportBucket({ credentials, region, sha256 }: Signing, url: string | undefined) {
  if (url === undefined) return undefined;
  const whom = { service: "s3", credentials, region, sha256 };
  // S3 takes a path as it is encoded once.
  const signer = new SignatureV4({ ...whom, uriEscapePath: false });

  return {
    /** Puts a file; throws with what S3 says where it is refused. */
    async put(name: string, body: string, contentType: string): Promise<void> {
      const at = new URL(`${url}/${encodeURIComponent(name)}`);
      const { headers } = await signer.sign({
        ...{ method: "PUT", protocol: at.protocol, hostname: at.hostname, path: at.pathname },
        ...(at.port === "" ? {} : { port: Number(at.port) }),
        headers: { host: at.host, "content-type": contentType },
        body,
      });
      const { host: _host, ...sent } = headers;
      const response = await fetch(at, {
        ...{ method: "PUT", headers: sent, body, redirect: "error" },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const said = await response.text();
      if (!response.ok) throw new Error(`S3 answered ${response.status} ${plainText(said, 200)}`);
    },
  };
}
