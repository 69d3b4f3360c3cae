// What caused a run: which call or schedule, by whom, and what it says it changed. A trigger is a
// hint of where to look; the group's current state is the truth.

/** Who made the call, in the words of the record; names are one line and bounded. */
export interface Actor {
  /** CloudTrail's userIdentity type: IAMUser, AssumedRole, Root, AWSService, … */
  type: string;
  arn?: string;
  name: string;
  /** The name is a session name its caller made up (any role but an Identity Center one). */
  nameChosenByCaller: boolean;
  account?: string;
  /** The role behind a session: stable, unlike the session's ARN. */
  roleArn?: string;
  accessKeyId?: string;
  sourceIp?: string;
  /** console, aws-cli, terraform, cloudformation, boto3 …; read from the user agent, so a claim. */
  tool?: string;
  userAgent?: string;
  /** The AWS service that made the call for the actor. */
  invokedBy?: string;
}

/** One rule a record says was added, removed or changed, as far as the record tells. */
export interface Change {
  kind: "added" | "removed" | "changed";
  groupId?: string;
  ruleId?: string;
  /** Canonical rule text. */
  rule?: string;
  /** The new content of a changed rule, see `ruleContent`: a Modify record has no direction. */
  content?: string;
}

export interface Trigger {
  kind: "event" | "audit" | "apply" | "exception" | "sweep" | "api" | "cli";
  /** For events CloudTrail's eventID: the same however often the record is delivered. */
  id: string;
  /** The API call of an event. */
  event?: string;
  /** When it happened, in milliseconds; CloudTrail's clock has whole seconds. */
  at?: number;
  /** Empty where a bare record names none; behind a queue it never is. */
  account: string;
  region: string;
  actor?: Actor;
  requestId?: string;
  changes: Change[];
  /** Groups this call made, whose default egress rule has no event of its own. */
  createdGroups?: string[];
}

/**
 * Drops the direction from a rule text, the form in which a changed rule's content is given.
 *
 * @example ruleContent("egress tcp 443 to 10.0.0.0/8") // "tcp 443 10.0.0.0/8"
 */
export function ruleContent(rule: string): string {
  return rule.replace(/^(?:ingress (.+) from|egress (.+) to) (\S+)$/, "$1$2 $3");
}
