// What is in the link that one approver gets: which exception, what was asked, whose it is, until
// when; and a MAC by KMS, whose key nobody can read. It decides nothing about the exception.
import { randomBytes } from "node:crypto";
import {
  GenerateMacCommand,
  KMSClient,
  type KMSClientConfig,
  VerifyMacCommand,
} from "@aws-sdk/client-kms";
import type { Config } from "../wiring/config.ts";
import { isInvalidMac } from "./error-codes.ts";

/** What a link says. */
export interface ApprovalClaim {
  readonly exception: string;
  /** The hash of what was asked. */
  readonly hash: string;
  /** The mail address of the approver it was sent to. */
  readonly approver: string;
  readonly nonce: string;
  /** Milliseconds since the epoch. */
  readonly expiry: number;
}

/** A token as it was found. Who made up one that is invalid learns no more than that. */
export type ReadToken =
  | { readonly kind: "valid" | "expired"; readonly claim: ApprovalClaim }
  | { readonly kind: "invalid" };

export type ApprovalTokens = ReturnType<typeof approvalTokens>;

const HOUR = 3_600_000;
/** Says what the key is used for: a MAC made for anything else is none here. */
const DOMAIN = "portward-approval-v1";
const ALGORITHM = "HMAC_SHA_256";
const MAC_BYTES = 32;
/** KMS takes 4,096 bytes, a mail client a shorter line. */
const LONGEST = 1_000;
const FORM = /^[\w-]{1,900}\.[\w-]{43}$/;

/** What a token says, in as few letters as a link should have. */
interface Payload {
  readonly v: number;
  readonly x: string;
  readonly h: string;
  readonly a: string;
  readonly n: string;
  readonly e: number;
}

const VERSION = 1;

/** Makes and reads tokens with the key of the configuration. */
export function approvalTokens(
  options: KMSClientConfig,
  { approvals }: Pick<Config, "approvals">,
  clock: () => number,
) {
  const kms = new KMSClient(options);
  const mac = (payload: string) =>
    ({
      KeyId: approvals?.keyId,
      MacAlgorithm: ALGORITHM,
      Message: Buffer.from(`${DOMAIN}:${payload}`),
    }) as const;

  async function isOurs(payload: string, Mac: Buffer): Promise<boolean> {
    try {
      const answer = await kms.send(new VerifyMacCommand({ ...mac(payload), Mac }));
      return answer.MacValid === true;
    } catch (error) {
      if (isInvalidMac(error)) return false;
      throw error;
    }
  }

  return {
    /** Makes the token for one approver; it lives an hour. */
    async make(
      asked: Omit<ApprovalClaim, "nonce" | "expiry">,
    ): Promise<{ token: string; expiry: number }> {
      const [n, e] = [randomBytes(16).toString("base64url"), clock() + HOUR];
      const { exception: x, hash: h, approver: a } = asked;
      const payload = Buffer.from(JSON.stringify({ v: VERSION, x, h, a, n, e })).toString(
        "base64url",
      );
      const { Mac } = await kms.send(new GenerateMacCommand(mac(payload)));
      if (!Mac) throw new Error("KMS answered without a MAC");
      const token = `${payload}.${Buffer.from(Mac).toString("base64url")}`;
      if (!isWellFormed(token)) throw new Error(`a link for ${x} would be too long`);
      return { token, expiry: e };
    },

    /** Reads a token. Nothing it says is looked at before its MAC was found to be right. */
    async read(token: string): Promise<ReadToken> {
      if (!approvals || !isWellFormed(token)) return { kind: "invalid" };
      const [payload = "", mark = ""] = token.split(".");
      if (!(await isOurs(payload, Buffer.from(mark, "base64url")))) return { kind: "invalid" };
      const { v, x, h, a, n, e } = JSON.parse(text(payload)) as Payload;
      if (v !== VERSION) return { kind: "invalid" };
      const claim = { exception: x, hash: h, approver: a, nonce: n, expiry: e };
      return { kind: clock() < e ? "valid" : "expired", claim };
    },
  };
}

const text = (payload: string): string => Buffer.from(payload, "base64url").toString();

// Node reads base64 with characters left out, doubled or left over; here one text is one token.
function isWellFormed(token: string): boolean {
  if (token.length > LONGEST || !FORM.test(token)) return false;
  const parts = token.split(".").map(part => ({ part, bytes: Buffer.from(part, "base64url") }));
  const isCanonical = parts.every(({ part, bytes }) => bytes.toString("base64url") === part);
  return isCanonical && parts[1]?.bytes.length === MAC_BYTES;
}
