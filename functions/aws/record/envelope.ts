// How CloudTrail records are wrapped on their way here: EventBridge envelopes, SNS and SQS
// messages, CloudTrail's log files. It unwraps them; what a record says is cloudtrail.ts.
import { field, isFields, text } from "./fields.ts";

/** Where EventBridge says the call happened; unlike the record it cannot be made up. */
export interface Envelope {
  id?: string;
  account?: string;
  region?: string;
}

export type Unwrapped = { record: unknown; envelope?: Envelope } | { because: string };

/** How much one text may hold before nothing of it is read. */
export interface TextBounds {
  characters: number;
  records: number;
}

/** SQS carries 1 MiB at most. */
export const bodyBounds: TextBounds = { characters: 4_000_000, records: 1_000 };
/** A CloudTrail log file holds a few minutes of an account's calls. */
export const fileBounds: TextBounds = { characters: 256_000_000, records: 1_000_000 };

const MOST_WRAPPERS = 8;

/** Reads JSON text and takes every record in it out of its wrappers. */
export function unwrapText(json: string, bounds: TextBounds): Unwrapped[] {
  if (json.length > bounds.characters) {
    return [{ because: `it holds more than ${bounds.characters} characters` }];
  }
  const found: Unwrapped[] = [];
  unwrap(parsed(json), undefined, MOST_WRAPPERS, found, bounds.records);
  if (found.length <= bounds.records) return found;
  return [{ because: `it holds more than ${bounds.records} records` }];
}

/** Unwraps one value into `found`; one record more than `most` says that there were too many. */
function unwrap(
  { value, because }: Parsed,
  envelope: Envelope | undefined,
  wrappers: number,
  found: Unwrapped[],
  most: number,
): void {
  if (found.length > most) return;
  if (because !== undefined) {
    found.push({ because });
  } else if (wrappers === 0) {
    found.push({ because: `it is wrapped more than ${MOST_WRAPPERS} times` });
  } else if (typeof value === "string") {
    unwrap(parsed(value), envelope, wrappers - 1, found, most);
  } else {
    const inner = contents(value);
    if (inner === undefined) found.push(envelope ? { record: value, envelope } : { record: value });
    for (const record of inner ?? []) {
      unwrap({ value: record }, envelope ?? envelopeOf(value), wrappers - 1, found, most);
    }
  }
}

/** Where EventBridge says all of a body's records are from; or why there is no such place. */
export function placeIn(body: string): { account: string; region: string } | { because: string } {
  let place: { account: string; region: string } | undefined;
  for (const found of unwrapText(body, bodyBounds)) {
    if ("because" in found) return found;
    const { account, region } = found.envelope ?? {};
    if (account === undefined || region === undefined) {
      return { because: "it has no envelope that says of which account and region it is" };
    }
    place ??= { account, region };
    if (place.account !== account || place.region !== region) {
      return { because: "it holds records of several accounts or regions" };
    }
  }
  return place ?? { because: "it holds no record" };
}

type Parsed = { value?: unknown; because?: string };

function parsed(json: string): Parsed {
  try {
    const value: unknown = JSON.parse(json.replace(/^\uFEFF/, ""));
    return { value };
  } catch {
    return { because: json.trim() === "" ? "it is empty" : "it is not JSON" };
  }
}

/** What a wrapper holds; undefined where the value is no wrapper. */
function contents(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isFields(value) || Object.hasOwn(value, "eventName")) return undefined;
  if (isFields(value.detail) || typeof value.detail === "string") return [value.detail];
  if (Array.isArray(value.Records)) return value.Records;
  // aws cloudtrail lookup-events
  if (Array.isArray(value.Events)) return value.Events;
  const message = value.Message ?? field(value.Sns, "message") ?? value.CloudTrailEvent;
  if (typeof message === "string") return [message];
  return typeof value.body === "string" ? [value.body] : undefined;
}

function envelopeOf(value: unknown): Envelope | undefined {
  if (!isFields(value) || value.detail === undefined) return undefined;
  const envelope: Envelope = {};
  for (const name of ["id", "account", "region"] as const) {
    const given = text(value[name]);
    if (given !== undefined) envelope[name] = given;
  }
  return envelope;
}
