// Did Slack send this? Its signature is over the bytes of the body and the time of the request.
// https://docs.slack.dev/authentication/verifying-requests-from-slack
import { createHmac, timingSafeEqual } from "node:crypto";

const WINDOW_S = 5 * 60;

export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
}

/** Tells whether a request is signed with the secret, and not longer ago than five minutes. */
export function isFromSlack(
  { headers, rawBody }: SignedRequest,
  secret: string,
  now: number,
): boolean {
  const at = headers["x-slack-request-timestamp"] ?? "";
  if (!/^\d{1,12}$/.test(at) || Math.abs(Math.floor(now / 1_000) - Number(at)) > WINDOW_S)
    return false;
  const mac = createHmac("sha256", secret).update(`v0:${at}:`).update(rawBody).digest("hex");
  const [right, given] = [`v0=${mac}`, headers["x-slack-signature"] ?? ""].map(text =>
    Buffer.from(text),
  );
  if (!right || right.length !== given?.length) return false;
  return timingSafeEqual(right, given);
}
