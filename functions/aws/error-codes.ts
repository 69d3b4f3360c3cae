// What an AWS error means to a reconcile, by its code; nowhere else is a code compared.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html

const codeOf = (error: unknown): string =>
  error instanceof Error ? error.name : String((error as { name?: unknown } | null)?.name ?? "");

const GONE = new Set(["InvalidPermission.NotFound", "InvalidSecurityGroupRuleId.NotFound"]);
const THROTTLED = new Set([
  "RequestLimitExceeded",
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "ProvisionedThroughputExceededException",
  "EC2ThrottledException",
  "SlowDown",
]);

/** The rule named does not exist, or not with these values: only a re-read tells which. */
export const isGone = (error: unknown): boolean => GONE.has(codeOf(error));

/** The rule exists already: success for authorize, never for modify. */
export const isDuplicate = (error: unknown): boolean =>
  codeOf(error) === "InvalidPermission.Duplicate";

/** The group's quota cannot hold the rule. */
export const isOverLimit = (error: unknown): boolean =>
  codeOf(error) === "RulesPerSecurityGroupLimitExceeded";

/** The account's request rate is spent; try again later, it says nothing about the request. */
export const isThrottled = (error: unknown): boolean => THROTTLED.has(codeOf(error));

/** The group does not exist, or not yet for this read. */
export const isGroupGone = (error: unknown): boolean => codeOf(error) === "InvalidGroup.NotFound";

/** The prefix list does not exist, or is not shared with this account any more. */
export const isListGone = (error: unknown): boolean =>
  /^InvalidPrefixListI[dD]\.NotFound$/.test(codeOf(error));

/** KMS says that a MAC is not one of this key and message. */
export const isInvalidMac = (error: unknown): boolean => codeOf(error) === "KMSInvalidMacException";

/** The error's code and message on one line, for an outcome. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `${codeOf(error) || "Error"}: ${message}`;
}
