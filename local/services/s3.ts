// S3 on the wire, in paths: put and get a whole file of a bucket that is there. Multipart uploads, lists,
// versions, access lists and everything else are not there.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
import { createHash } from "node:crypto";
import type { Buckets } from "../buckets.ts";
import { AwsError } from "../wire/aws-error.ts";
import { escapeXml } from "../wire/query.ts";
import { type RestRoute, restService } from "../wire/rest.ts";
import type { Service } from "../wire/service.ts";

const xml = "application/xml";

/** S3 over the account's buckets. */
export function s3Service(buckets: Buckets): Service {
  const filesOf = (name: string) => {
    const files = buckets.find(name);
    if (files) return files;
    throw new AwsError("NoSuchBucket", "The specified bucket does not exist", 404);
  };
  const routes: RestRoute[] = [
    {
      name: "PutObject",
      route: "PUT /{Bucket}/{Key}",
      act({ Bucket = "", Key = "" }, { body, headers }) {
        const files = filesOf(Bucket);
        checkDigest(headers["x-amz-content-sha256"], body);
        files.set(Key, { body, contentType: headers["content-type"] ?? "binary/octet-stream" });
        return { status: 200, contentType: xml, body: "", headers: { etag: etagOf(body) } };
      },
    },
    {
      name: "GetObject",
      route: "GET /{Bucket}/{Key}",
      act({ Bucket = "", Key = "" }) {
        const file = filesOf(Bucket).get(Key);
        if (!file) throw new AwsError("NoSuchKey", "The specified key does not exist.", 404);
        const headers = { etag: etagOf(file.body) };
        return { status: 200, contentType: file.contentType, body: "", bytes: file.body, headers };
      },
    },
  ];
  return {
    ...restService(routes),
    paramsOf: ({ path }) => ({ path }),
    errorAnswer: ({ code, message, status }) => ({
      ...{ status, contentType: xml },
      body: `<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error>`,
    }),
  };
}

function checkDigest(given: string | undefined, body: Buffer): void {
  if (given === undefined) {
    const message = "Missing required header for this request: x-amz-content-sha256";
    throw new AwsError("InvalidRequest", message, 400);
  }
  if (given === "UNSIGNED-PAYLOAD" || given === digestOf("sha256", body)) return;
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
  throw new AwsError("XAmzContentSHA256Mismatch", message, 400);
}

const digestOf = (algorithm: "md5" | "sha256", body: Buffer): string =>
  createHash(algorithm).update(body).digest("hex");

const etagOf = (body: Buffer): string => `"${digestOf("md5", body)}"`;
