// Is a bearer token good, and what does it claim? A JWT authorizer as API Gateway has it, with one
// RS256 key given beforehand instead of fetched from the issuer.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
import { createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";

/** Whose tokens are taken. */
export interface JwtAuthorizer {
  issuer: string;
  /** One of these must be the token's `aud`, or its `client_id` if it has no `aud`. */
  audience: readonly string[];
  /** The issuer's public RSA key. */
  key: JsonWebKey;
}

/** The claims of a good token, and its scopes. */
export interface Token {
  claims: Readonly<Record<string, unknown>>;
  scopes: readonly string[];
}

/** Reads a token out of an Authorization header, at a time in ms; nothing when it is not good. */
export function readToken(
  authorization: string | undefined,
  authorizer: JwtAuthorizer,
  now: number,
): Token | undefined {
  const [head, body, signature, ...rest] = (authorization ?? "")
    .replace(/^Bearer /i, "")
    .split(".");
  if (!head || !body || !signature || rest.length > 0) return undefined;
  const header = objectOf(head);
  const claims = objectOf(body);
  if (!header || !claims || header.alg !== "RS256") return undefined;
  if (authorizer.key.kid !== undefined && header.kid !== authorizer.key.kid) return undefined;
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify("sha256", signed, keyOf(authorizer), Buffer.from(signature, "base64url"))) {
    return undefined;
  }
  if (!isMeant(claims, authorizer) || !isCurrent(claims, now / 1000)) return undefined;
  return { claims, scopes: wordsOf(claims.scope ?? claims.scp) };
}

/** Claims as API Gateway hands them on: every value a text, a list in brackets. */
export function claimTexts(claims: Token["claims"]): Record<string, string> {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, textOf(value)]));
}

function isMeant(claims: Token["claims"], authorizer: JwtAuthorizer): boolean {
  const meant = claims.aud ?? claims.client_id;
  const audiences = Array.isArray(meant) ? meant : [meant];
  const isForUs = audiences.some(one => authorizer.audience.includes(String(one)));
  return claims.iss === authorizer.issuer && isForUs;
}

/** `exp` must be there; the others only count if they are. */
function isCurrent({ exp, nbf, iat }: Token["claims"], seconds: number): boolean {
  const hasBegun = [nbf, iat].every(
    one => one === undefined || (typeof one === "number" && one <= seconds),
  );
  return hasBegun && typeof exp === "number" && exp > seconds;
}

function wordsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "string" ? value.split(" ").filter(word => word !== "") : [];
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(" ")}]`;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

function objectOf(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const keys = new WeakMap<JwtAuthorizer, KeyObject>();

function keyOf(authorizer: JwtAuthorizer): KeyObject {
  const key = keys.get(authorizer) ?? createPublicKey({ key: authorizer.key, format: "jwk" });
  keys.set(authorizer, key);
  return key;
}
