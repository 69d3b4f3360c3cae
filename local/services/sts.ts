// STS: who am I, and let me be a role. Web identities, SAML, session policies and tags are not there.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
import type { Clock } from "../clock.ts";
import type { Cloud, Role, Session } from "../cloud.ts";
import type { Caller } from "../ec2/ec2.ts";
import { AwsError } from "../wire/aws-error.ts";
import { element, escapeXml, queryService } from "../wire/query.ts";
import type { Service } from "../wire/service.ts";

const hour = 3_600;
const shortest = 900;
const longest = 12 * hour;

/** STS with GetCallerIdentity and AssumeRole, over the roles of a cloud. */
export function stsService(cloud: Cloud, clock: Clock): Service {
  return queryService("https://sts.amazonaws.com/doc/2011-06-15/", {
    GetCallerIdentity(_form, { caller }) {
      const arn = element("Arn", escapeXml(caller.arn));
      const userId = element("UserId", escapeXml(caller.principalId));
      return arn + userId + element("Account", caller.account);
    },
    AssumeRole(form, { caller }) {
      const name = matching(form, "RoleSessionName", /^[\w+=,.@-]{2,64}$/);
      const arn = matching(form, "RoleArn", /^arn:[\w-]+:iam::\d{12}:role\/.{1,512}$/);
      const externalId = form.has("ExternalId")
        ? matching(form, "ExternalId", /^[\w+=,.@:/-]{2,1224}$/)
        : undefined;
      const role = cloud.roleFor(arn, caller, externalId);
      if (!role) throw denied(caller, arn);
      const seconds = secondsIn(form, caller, role);
      return answer(cloud.begin(role, name, clock.now() + seconds * 1_000));
    },
  });
}

function matching(form: URLSearchParams, name: string, pattern: RegExp): string {
  const value = form.get(name) ?? "";
  if (pattern.test(value)) return value;
  const path = name.charAt(0).toLowerCase() + name.slice(1);
  const rule = `Member must satisfy regular expression pattern: ${pattern.source}`;
  throw invalid(
    `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: ${rule}`,
  );
}

/** STS says the same whether there is no such role, or it does not trust, or wants another external id. */
function denied(caller: Caller, arn: string): AwsError {
  const told = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
  return new AwsError("AccessDenied", told, 403);
}

function secondsIn(form: URLSearchParams, caller: Caller, { maxSeconds = hour }: Role): number {
  const seconds = Number(form.get("DurationSeconds") ?? hour);
  if (!Number.isInteger(seconds) || seconds < shortest || seconds > longest) {
    throw invalid(
      `1 validation error detected: Value '${form.get("DurationSeconds")}' at 'durationSeconds' failed to satisfy constraint: Member must have value between ${shortest} and ${longest}`,
    );
  }
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
  if (caller.type === "AssumedRole" && seconds > hour) {
    throw invalid(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  }
  if (seconds > maxSeconds) {
    throw invalid(
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
  return seconds;
}

function answer({ accessKeyId, secretAccessKey, token, caller, endsAt }: Session): string {
  const credentials =
    element("AccessKeyId", accessKeyId) +
    element("SecretAccessKey", escapeXml(secretAccessKey)) +
    element("SessionToken", escapeXml(token)) +
    element("Expiration", new Date(endsAt).toISOString());
  const user =
    element("AssumedRoleId", escapeXml(caller.principalId)) + element("Arn", escapeXml(caller.arn));
  return element("Credentials", credentials) + element("AssumedRoleUser", user);
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationError", message);
}
