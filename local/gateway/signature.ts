// Is a request signed by who it says, for this API and region, just now? SigV4 as API Gateway checks
// it, over the secrets of local/identities.ts. It does not say what the caller may do.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { decodePart } from "../wire/path.ts";
import type { ServiceRequest } from "../wire/request.ts";

/** What a signature is held against. */
export interface SignatureCheck {
  region: string;
  secretOf(accessKeyId: string): string;
  /** Real time in milliseconds: clients sign with their own clock, not with the account's. */
  now: number;
}

const algorithm = "AWS4-HMAC-SHA256";
const service = "execute-api";
const tolerance = 5 * 60_000;

const form =
  /^AWS4-HMAC-SHA256 Credential=([\w+=,.@-]{1,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** Tells whether a request carries a valid signature of its credential. */
export function isSigned(request: ServiceRequest, check: SignatureCheck): boolean {
  const match = form.exec(request.headers.authorization ?? "");
  if (!match) return false;
  const [, accessKeyId = "", day = "", region = "", name = "", headers = "", signature = ""] =
    match;
  const date = request.headers["x-amz-date"] ?? "";
  const names = headers.split(";");
  if (region !== check.region || name !== service || !date.startsWith(`${day}T`)) return false;
  // A date that cannot be read is no number, and not within anything.
  if (!(Math.abs(check.now - timeOf(date)) <= tolerance)) return false;
  if (!names.includes("host") || names.some(one => request.headers[one] === undefined))
    return false;
  const payload = sha256(request.body);
  const declared = request.headers["x-amz-content-sha256"];
  if (declared !== undefined && declared !== payload) return false;
  const scope = `${day}/${region}/${service}/aws4_request`;
  const canonical = sha256(canonicalRequest(request, names, payload));
  const toSign = [algorithm, date, scope, canonical].join("\n");
  const key = [day, region, service, "aws4_request"].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${check.secretOf(accessKeyId)}`),
  );
  return timingSafeEqual(hmac(key, toSign), Buffer.from(signature, "hex"));
}

function canonicalRequest(request: ServiceRequest, names: string[], payload: string): string {
  const headers = names.map(
    name => `${name}:${(request.headers[name] ?? "").trim().replace(/ +/g, " ")}\n`,
  );
  return [
    request.method,
    // All services but S3 encode the path once more than it stands in the request.
    request.path.split("/").map(encode).join("/"),
    canonicalQuery(request.rawQuery),
    headers.join(""),
    names.join(";"),
    payload,
  ].join("\n");
}

function canonicalQuery(rawQuery: string): string {
  if (rawQuery === "") return "";
  const pairs = rawQuery.split("&").map(pair => {
    const [name = "", ...value] = pair.split("=");
    return [encode(decodePart(name)), encode(decodePart(value.join("=")))] as const;
  });
  return pairs
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(pair => pair.join("="))
    .join("&");
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Reads `20261121T010203Z`; NaN when it is none. */
function timeOf(date: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (!parts) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
