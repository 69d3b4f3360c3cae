// An issuer of JWTs for an account's API: the authorizer that takes them, and tokens good or bad.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { JwtAuthorizer } from "../../local/gateway/token.ts";

export interface TokenIssuer {
  readonly authorizer: JwtAuthorizer;
  /** Signs claims, and a header that may say something else than it should. */
  sign(claims: object, head?: object): string;
}

/** Makes an issuer with a key of its own, for one audience. */
export function tokenIssuer(
  issuer = "https://login.example.com",
  audience = "portward",
): TokenIssuer {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = { ...publicKey.export({ format: "jwk" }), kid: "one" };
  return {
    authorizer: { issuer, audience: [audience], key },
    sign: (claims, head = {}) => signed(privateKey, { alg: "RS256", kid: "one", ...head }, claims),
  };
}

function signed(key: KeyObject, head: object, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part(head)}.${part(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}
