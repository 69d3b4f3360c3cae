// Who calls with the credentials of a session: nobody whose session is over, has another token or is of
// another account. How each service words that is its protocol's.
import type { Cloud } from "./cloud.ts";
import type { Caller } from "./ec2/ec2.ts";
import { AwsError } from "./wire/aws-error.ts";
import type { Credentials } from "./wire/endpoint.ts";

/** Finds the caller of a session; undefined where the credentials are of no session. */
export function sessionCaller(
  cloud: Cloud,
  { accessKeyId, token, service }: Credentials,
  { account, now }: { account: string; now: number },
): Caller | undefined {
  const session = cloud.session(accessKeyId);
  if (!session) {
    // A key without a session is one of the identities that exist from the start.
    if (token === undefined) return undefined;
    throw invalid(service);
  }
  // On AWS an endpoint serves all accounts; here each has its own, and has nothing of another.
  if (session.token !== token || session.caller.account !== account) throw invalid(service);
  if (now >= session.endsAt) throw expired(service);
  return session.caller;
}

const QUERY = new Set(["sts", "sns"]);

function invalid(service: string): AwsError {
  if (service === "ec2") {
    const told = "AWS was not able to validate the provided access credentials";
    return new AwsError("AuthFailure", told, 401);
  }
  const code = QUERY.has(service) ? "InvalidClientTokenId" : "UnrecognizedClientException";
  return new AwsError(code, "The security token included in the request is invalid.", 403);
}

function expired(service: string): AwsError {
  if (service === "ec2") return new AwsError("RequestExpired", "Request has expired.", 400);
  const code = QUERY.has(service) ? "ExpiredToken" : "ExpiredTokenException";
  return new AwsError(code, "The security token included in the request is expired", 403);
}
