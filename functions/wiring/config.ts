// Whose account this is and what its resources are called: the environment as one frozen object.
// It reads nothing else and reaches no AWS service.
import { InputError, type Problem } from "../../matrix/errors.ts";
import type { CanaryIdentity } from "./canary.ts";
import { type Members, memberVariables, readMembers } from "./members.ts";
import { type Retention, usualRetention } from "./retention.ts";
import type { TableName } from "./tables.ts";

/** Where a function runs and what it works with. */
export interface Config {
  readonly account: string;
  readonly region: string;
  /** `account/region`: there is one matrix for each, and it is part of every key. */
  readonly scope: string;
  readonly stage: string;
  readonly tables: Readonly<Record<TableName, string>>;
  readonly topicArn: string;
  readonly eventBus: string;
  /** The roles of Portward's own functions; calls by them come back as events. */
  readonly ownRoleArns: readonly string[];
  readonly retryQueueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Where the API is reached, without a slash at the end; absent where it is not deployed. */
  readonly apiUrl?: string;
  /** One-time schedules; without them the minute sweep alone opens and closes exceptions. */
  readonly schedules?: ScheduleConfig;
  /** Links in the mail of one approver; absent where nobody is mailed any. */
  readonly approvals?: ApprovalConfig;
  /** The secret that holds what chat needs: signing secret, team, app, where messages go. */
  readonly chatSecret?: string;
  /** Other regions of the account that have a deployment of their own. */
  readonly watchedRegions?: readonly string[];
  /** Where reports of audits are put; absent where they are only kept as jobs. */
  readonly reportBucketUrl?: string;
  readonly retention: Retention;
  /** Another stage acts in this account and region: nothing is written to EC2 by this one. */
  readonly isReporting?: boolean;
  /** Absent where there is no canary. */
  readonly canary?: CanaryIdentity;
  /** Other accounts and regions this stage looks after. */
  readonly members?: Members;
  /** Set where this is one of those: only a deployment there could look at its rules and its trail. */
  readonly isMember?: true;
}

export interface ScheduleConfig {
  readonly group: string;
  /** The function the schedules call, and the role by which they may. */
  readonly targetArn: string;
  readonly roleArn: string;
}

export interface ApprovalConfig {
  /** A topic of which every subscription is filtered to one approver. */
  readonly topicArn: string;
  /** The KMS key of the HMAC in a link. */
  readonly keyId: string;
}

/** The environment as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the configuration; throws one InputError that names every variable missing or wrong. */
export function readConfig(env: Environment): Config {
  const problems: Problem[] = [];
  const isSet = (name: string): boolean => (env[name]?.trim() ?? "") !== "";
  const take = (name: string, form = /^\S+$/, meaning = "text without blanks"): string => {
    const value = env[name]?.trim() ?? "";
    if (value === "") problems.push(missing(name));
    else if (!form.test(value)) problems.push(malformed(name, value, meaning));
    return value;
  };
  const account = take("PORTWARD_ACCOUNT", /^\d{12}$/, "an account id of 12 digits");
  const region = take(regionVariable(env), /^[a-z]{2,}(-[a-z]+)+-\d+$/, "a region");
  const days = (name: string, usual: number): number =>
    isSet(name) ? Number(take(name, DAYS, "a number of days")) : usual;
  const config: Config = {
    account,
    region,
    scope: `${account}/${region}`,
    stage: take("PORTWARD_STAGE"),
    tables: Object.freeze({
      policy: take("PORTWARD_TABLE_POLICY"),
      exceptions: take("PORTWARD_TABLE_EXCEPTIONS"),
      history: take("PORTWARD_TABLE_HISTORY"),
      findings: take("PORTWARD_TABLE_FINDINGS"),
      ops: take("PORTWARD_TABLE_OPS"),
    }),
    topicArn: take("PORTWARD_TOPIC_ARN", TOPIC, "the ARN of an SNS topic"),
    eventBus: take("PORTWARD_EVENT_BUS"),
    ownRoleArns: Object.freeze(
      take("PORTWARD_ROLE_ARNS", ROLES, "ARNs of IAM roles with commas between").split(/\s*,\s*/),
    ),
    retryQueueUrl: take("PORTWARD_RETRY_QUEUE_URL", URL_FORM, "a URL"),
    deadLetterQueueUrl: take("PORTWARD_DEAD_LETTER_QUEUE_URL", URL_FORM, "a URL"),
    ...(isSet("PORTWARD_API_URL") && {
      apiUrl: take(
        "PORTWARD_API_URL",
        /^https?:\/\/\S+[^/\s]$/,
        "a URL without a slash at its end",
      ),
    }),
    ...(isSet("PORTWARD_SCHEDULE_GROUP") && {
      schedules: {
        group: take("PORTWARD_SCHEDULE_GROUP"),
        targetArn: take("PORTWARD_SCHEDULE_TARGET_ARN", /^arn:[\w-]+:lambda:/, "a function's ARN"),
        roleArn: take("PORTWARD_SCHEDULE_ROLE_ARN", /^arn:[\w-]+:iam::/, "a role's ARN"),
      },
    }),
    ...(isSet("PORTWARD_APPROVAL_TOPIC_ARN") && {
      approvals: {
        topicArn: take("PORTWARD_APPROVAL_TOPIC_ARN", TOPIC, "the ARN of an SNS topic"),
        keyId: take("PORTWARD_APPROVAL_KEY_ID"),
      },
    }),
    ...(isSet("PORTWARD_WATCHED_REGIONS") && {
      watchedRegions: Object.freeze(
        take("PORTWARD_WATCHED_REGIONS", REGIONS, "regions with commas between").split(/\s*,\s*/),
      ),
    }),
    retention: Object.freeze({
      findings: days("PORTWARD_FINDING_DAYS", usualRetention.findings),
      exceptions: days("PORTWARD_EXCEPTION_DAYS", usualRetention.exceptions),
      reports: days("PORTWARD_REPORT_DAYS", usualRetention.reports),
    }),
    ...(isSet("PORTWARD_REPORT_BUCKET_URL") && {
      reportBucketUrl: take("PORTWARD_REPORT_BUCKET_URL", URL_FORM, "a URL"),
    }),
    ...(isSet("PORTWARD_ACTS") && {
      isReporting: take("PORTWARD_ACTS", /^(?:true|false)$/, "true or false") === "false",
    }),
    ...(isSet("PORTWARD_CANARY_GROUP") && {
      canary: {
        groupId: take("PORTWARD_CANARY_GROUP", GROUP, "the id of a security group"),
        roleArn: take("PORTWARD_CANARY_ROLE_ARN", /^arn:[\w-]+:iam::/, "a role's ARN"),
      },
    }),
    ...(isSet("PORTWARD_CHAT_SECRET") && { chatSecret: take("PORTWARD_CHAT_SECRET") }),
    ...(memberVariables.some(isSet) && { members: readMembers(take) }),
  };
  if (problems.length > 0) throw new InputError(problems);
  return Object.freeze(config);
}

/** What the canary is told: less than any other function. */
export function canaryConfig(env: Environment): { stage: string; groupId: string } {
  const stage = env.PORTWARD_STAGE?.trim() ?? "";
  const groupId = env.PORTWARD_CANARY_GROUP?.trim() ?? "";
  const problems: Problem[] = [];
  if (stage === "") problems.push(missing("PORTWARD_STAGE"));
  if (!GROUP.test(groupId)) {
    problems.push(malformed("PORTWARD_CANARY_GROUP", groupId, "the id of a security group"));
  }
  if (problems.length > 0) throw new InputError(problems);
  return { stage, groupId };
}

const GROUP = /^sg-[0-9a-f]+$/;
const DAYS = /^[1-9]\d{0,4}$/;
const URL_FORM = /^https?:\/\/\S+$/;
const TOPIC = /^arn:[\w-]+:sns:/;
const REGIONS = /^[a-z]{2,}(-[a-z]+)+-\d+(\s*,\s*[a-z]{2,}(-[a-z]+)+-\d+)*$/;
const ROLES =
  /^arn:[\w-]+:iam::\d{12}:role\/[^\s,]+(\s*,\s*arn:[\w-]+:iam::\d{12}:role\/[^\s,]+)*$/;

// Lambda sets AWS_REGION itself; a function that looks after another region is told so.
function regionVariable(env: Environment): string {
  return !env.PORTWARD_REGION && env.AWS_REGION ? "AWS_REGION" : "PORTWARD_REGION";
}

const missing = (name: string): Problem => ({
  code: "config.missing",
  message: `the environment variable ${name} is missing`,
});

const malformed = (name: string, value: string, meaning: string): Problem => ({
  code: "config.malformed",
  message: `the environment variable ${name} is not ${meaning}: ${JSON.stringify(value)}`,
});
