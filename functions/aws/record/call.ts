// A CloudTrail record as one checked value: what was called, where, when, with which parts. It does
// not say what the call means; that is cloudtrail.ts.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
import { createHash } from "node:crypto";
import { plainText } from "../../../matrix/plain-text.ts";
import type { Trigger } from "../../../matrix/trigger.ts";
import type { Envelope } from "./envelope.ts";
import { excess, field, isFields, text } from "./fields.ts";
import { actorFrom } from "./identity.ts";

/** One API call, its parts out of the `<Action>Request` wrapper that newer calls have. */
export interface Call {
  event: string;
  /** `ec2` of `ec2.amazonaws.com`; absent in records cut short. */
  service?: string;
  errorCode?: string;
  request: unknown;
  response: unknown;
  /** CloudTrail leaves contents over 100 KB out. */
  isOmitted: boolean;
  /** What every run started by this record carries; its changes are still to be read. */
  trigger: Trigger;
}

/** Checks a record and takes it apart; says why where it is no CloudTrail record of this place. */
export function callFrom(record: unknown, envelope: Envelope = {}): Call | { because: string } {
  if (!isFields(record)) return { because: "it is no JSON object" };
  const problem = excess(record) ?? shapeProblem(record) ?? placeProblem(record, envelope);
  if (problem !== undefined) return { because: problem };
  const event = text(field(record, "eventName")) ?? "";
  const service = serviceOf(text(field(record, "eventSource")));
  const errorCode = text(field(record, "errorCode"));
  const [requested, answered] = [
    field(record, "requestParameters"),
    field(record, "responseElements"),
  ];
  const call: Call = {
    event,
    request: unwrapped(requested, `${event}Request`),
    response: unwrapped(answered, `${event}Response`),
    isOmitted: isLeftOut(requested ?? "omitted") || isLeftOut(answered),
    trigger: triggerFrom(record, event, envelope),
  };
  if (service !== undefined) call.service = service;
  if (errorCode !== undefined) call.errorCode = plainText(errorCode);
  return call;
}

/** The record's id; one cut short is known by its content, so that it stays the same. */
function idOf(record: Record<string, unknown>, envelope: Envelope): string {
  const id = text(field(record, "eventID")) ?? envelope.id;
  if (id !== undefined) return plainText(id, 128);
  const digest = createHash("sha256").update(JSON.stringify(record)).digest("hex");
  return `unnamed-${digest.slice(0, 16)}`;
}

function shapeProblem(record: Record<string, unknown>): string | undefined {
  if (typeof field(record, "eventName") !== "string" || field(record, "eventName") === "") {
    return "it is no CloudTrail record: it has no eventName";
  }
  const signs = ["eventSource", "requestParameters", "responseElements", "errorCode"];
  if (signs.some(name => field(record, name) !== undefined)) return undefined;
  return "it is no CloudTrail record: it has no eventSource";
}

/** The envelope comes from EventBridge; a record of elsewhere in it was made up or misrouted. */
function placeProblem(record: Record<string, unknown>, envelope: Envelope): string | undefined {
  const places = [
    ["account", accountOf(record), envelope.account],
    ["region", text(field(record, "awsRegion")), envelope.region],
  ] as const;
  for (const [what, own, given] of places) {
    if (own === undefined || given === undefined || own === given) continue;
    return `it is of ${what} ${plainText(own, 64)}, but came for ${plainText(given, 64)}`;
  }
  return undefined;
}

/** The account it was delivered to; the caller's account is another one in a shared VPC. */
function accountOf(record: Record<string, unknown>): string | undefined {
  const account = field(record, "recipientAccountId");
  return typeof account === "number" ? String(account).padStart(12, "0") : text(account);
}

function triggerFrom(record: Record<string, unknown>, event: string, envelope: Envelope): Trigger {
  const caller = text(field(field(record, "userIdentity"), "accountId"));
  const trigger: Trigger = {
    kind: "event",
    id: idOf(record, envelope),
    event: plainText(event, 128),
    account: plainText(envelope.account ?? accountOf(record) ?? caller ?? "", 64),
    region: plainText(envelope.region ?? text(field(record, "awsRegion")) ?? "", 64),
    changes: [],
  };
  const at = Date.parse((text(field(record, "eventTime")) ?? "").slice(0, 40));
  const actor = actorFrom(record);
  const requestId = text(field(record, "requestID"));
  if (Number.isFinite(at)) trigger.at = at;
  if (actor !== undefined) trigger.actor = actor;
  if (requestId !== undefined) trigger.requestId = plainText(requestId, 128);
  return trigger;
}

function serviceOf(eventSource: string | undefined): string | undefined {
  return eventSource?.replace(/\.amazonaws\.com(?:\.cn)?$/, "");
}

function unwrapped(part: unknown, wrapper: string): unknown {
  const inner = isFields(part) && Object.hasOwn(part, wrapper) ? part[wrapper] : undefined;
  return isFields(inner) ? inner : part;
}

/** The marker's exact form is not documented, so any that says `omitted` counts. */
function isLeftOut(part: unknown): boolean {
  if (typeof part === "string") return /omitted|truncated/i.test(part.slice(0, 256));
  const marker = isFields(part) && Object.hasOwn(part, "omitted") ? part.omitted : undefined;
  return marker !== undefined && marker !== null && marker !== false && marker !== "false";
}
