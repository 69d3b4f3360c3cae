// The account's S3: whole files of buckets that are there, and S3's own words where something is not.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Account, startAccount } from "../../local/account.ts";

let account: Account;
beforeAll(async () => {
  account = await startAccount();
  account.buckets.create("reports");
});
afterAll(() => account.stop());

const scope = "Credential=AKIAEXAMPLETESTER/20261121/ap-southeast-1/s3/aws4_request";
const authorization = `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=00`;

async function ask(method: string, path: string, body?: string, digest?: string) {
  const hash =
    digest ??
    createHash("sha256")
      .update(body ?? "")
      .digest("hex");
  const response = await fetch(account.url + path, {
    method,
    headers: {
      ...{ authorization, "content-type": "text/plain" },
      ...(hash !== "" && { "x-amz-content-sha256": hash }),
    },
    ...(body !== undefined && { body }),
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    etag: response.headers.get("etag"),
    text: await response.text(),
  };
}

it("gives a file back as it was put, and the newest of two", async () => {
  await ask("PUT", "/reports/a.txt", "first");
  const put = await ask("PUT", "/reports/a.txt", "größer");
  expect(put).toMatchObject({ status: 200, text: "" });
  const got = await ask("GET", "/reports/a.txt");
  expect(got).toEqual({ status: 200, type: "text/plain", etag: put.etag, text: "größer" });
});

it.each([
  ["PUT", "/gone/a.txt", "NoSuchBucket"],
  ["GET", "/gone/a.txt", "NoSuchBucket"],
  ["GET", "/reports/b.txt", "NoSuchKey"],
])("answers %s %s with %s", async (method, path, code) => {
  const answer = await ask(method, path, method === "PUT" ? "x" : undefined);
  expect(answer).toMatchObject({ status: 404, type: "application/xml" });
  expect(answer.text).toMatch(new RegExp(`^<Error><Code>${code}</Code>`));
});

it("refuses a body that is not what its digest says, or has none", async () => {
  const wrong = await ask("PUT", "/reports/c.txt", "body", "0".repeat(64));
  expect(wrong).toMatchObject({ status: 400, text: expect.stringContaining("XAmzContentSHA256") });
  const none = await ask("PUT", "/reports/c.txt", "body", "");
  expect(none).toMatchObject({ status: 400, text: expect.stringContaining("InvalidRequest") });
  expect((await ask("GET", "/reports/c.txt")).status).toBe(404);
  expect((await ask("PUT", "/reports/c.txt", "body", "UNSIGNED-PAYLOAD")).status).toBe(200);
});
