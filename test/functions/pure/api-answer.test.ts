// An answer of the API as API Gateway sends it: packed where it is large, refused where it cannot be.
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { resultOf } from "../../../functions/api/answer.ts";
import { thrownProblem } from "../../../functions/api/problem.ts";
import { InputError } from "../../../matrix/errors.ts";

const large = (size: number) => ({ status: 200, body: { text: "x".repeat(size) } });

describe("a large answer", () => {
  it.each(["gzip", "br, gzip", "gzip;q=0.5", "*"])("is packed for who accepts %s", accept => {
    const { body = "", isBase64Encoded, headers } = resultOf(large(6_000_000), accept);
    expect(headers).toMatchObject({ "content-encoding": "gzip" });
    expect(isBase64Encoded).toBe(true);
    expect(JSON.parse(gunzipSync(Buffer.from(body, "base64")).toString())).toEqual(
      large(6_000_000).body,
    );
  });

  it.each(["", "br", "gzip;q=0", "gzip; q=0.0"])("is not packed for who accepts %j", accept => {
    expect(resultOf(large(1_000_000), accept)).toMatchObject({ statusCode: 200 });
    expect(resultOf(large(1_000_000), accept).isBase64Encoded).toBeUndefined();
    expect(resultOf(large(6_000_000), accept)).toMatchObject({ statusCode: 406 });
  });

  it("is left as it is while it is small", () => {
    expect(resultOf(large(10), "gzip").headers).not.toHaveProperty("content-encoding");
  });
});

describe("a page", () => {
  it("may have a policy of its own, and keeps the other headers", () => {
    const own = { "content-security-policy": "default-src 'none'; style-src 'sha256-x'" };
    const { headers } = resultOf({ status: 200, html: "<p>", headers: own });
    expect(headers).toMatchObject({
      ...own,
      ...{ "content-type": "text/html; charset=utf-8", "x-content-type-options": "nosniff" },
    });
  });
});

describe("what is thrown", () => {
  it("chooses its status only if it is the parser's", () => {
    expect(thrownProblem({ statusCode: 422 }, "r").status).toBe(500);
    expect(thrownProblem(new Error("secret"), "r").body).not.toMatchObject({
      detail: expect.stringContaining("secret"),
    });
  });

  it("is told on one line, hidden characters spelled out", () => {
    const problems = [{ code: "x", message: "a\u202eb\nc", cure: "d\u0000" }];
    const { status, body } = thrownProblem(new InputError(problems), "r");
    expect(status).toBe(400);
    expect(body).toMatchObject({
      problems: [{ code: "x", message: "a\\u{202e}b\\u{a}c", cure: "d\\u{0}" }],
    });
  });
});
