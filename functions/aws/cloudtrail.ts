// What a CloudTrail record means for security groups: which groups or prefix lists to look at, and
// why, or why none. The record is a hint; it is never taken for the state of a group.
import { plainText } from "../../matrix/plain-text.ts";
import type { Actor, Trigger } from "../../matrix/trigger.ts";
import { type Call, callFrom } from "./record/call.ts";
import {
  bodyBounds,
  type Envelope,
  fileBounds,
  type TextBounds,
  unwrapText,
} from "./record/envelope.ts";
import { field, text } from "./record/fields.ts";
import { type Meaning, meaningOf } from "./record/meaning.ts";

interface Read {
  /** CloudTrail's eventID; empty where there is no record to name. */
  id: string;
  event: string;
  actor?: Actor;
  because: string;
  groups: string[];
  prefixLists: string[];
}

/**
 * | outcome   | the record says                              | look at                 |
 * | --------- | -------------------------------------------- | ----------------------- |
 * | reconcile | these groups or prefix lists changed         | groups, prefixLists     |
 * | sweep     | a group changed, which one it does not say   | vpcs, groupName, or all |
 * | report    | these groups were attached to something      | groups                  |
 * | ignore    | it failed, was a dry run, or changes nothing | nothing                 |
 * | invalid   | it is no CloudTrail record of this place     | nothing                 |
 */
export type Reading = Read &
  (
    | { outcome: "reconcile" | "report" | "ignore"; trigger: Trigger }
    | { outcome: "sweep"; trigger: Trigger; vpcs: string[]; groupName?: string }
    | { outcome: "invalid" }
  );

/**
 * Reads one CloudTrail record; never throws, whatever it is given.
 *
 * @example
 * readRecord({ eventName: "AuthorizeSecurityGroupIngress", eventSource: "ec2.amazonaws.com",
 *   eventID: "1b…", awsRegion: "eu-west-1", recipientAccountId: "111122223333",
 *   requestParameters: { groupId: "sg-0a1b2c3d", ipPermissions: { items: [{ ipProtocol: "tcp",
 *     fromPort: 22, toPort: 22, ipRanges: { items: [{ cidrIp: "0.0.0.0/0" }] } }] } } })
 * // { outcome: "reconcile", groups: ["sg-0a1b2c3d"], trigger: { changes: [{ kind: "added",
 * //   rule: "ingress tcp 22 from 0.0.0.0/0", … }], … }, … }
 */
export function readRecord(record: unknown, envelope?: Envelope): Reading {
  const call = callFrom(record, envelope);
  if ("because" in call) return invalid(call.because, record, envelope);
  return joined(call, meaningOf(call));
}

/** Reads the body of a queue message; `place` is the account and region the queue serves. */
export function readBody(body: string, place?: Envelope): Reading[] {
  return readText(body, bodyBounds, place);
}

/** Reads a file: a record, several, a CloudTrail log file, or either in an envelope. */
export function readFile(text: string): Reading[] {
  return readText(text, fileBounds);
}

function readText(json: string, bounds: TextBounds, place?: Envelope): Reading[] {
  return unwrapText(json, bounds).map(found => {
    if ("because" in found) return invalid(found.because);
    const { record, envelope } = found;
    const elsewhere = place && envelope && placeProblem(envelope, place);
    if (elsewhere) return invalid(elsewhere, record, envelope);
    return readRecord(record, { ...envelope, ...place });
  });
}

function placeProblem(envelope: Envelope, place: Envelope): string | undefined {
  for (const what of ["account", "region"] as const) {
    const [given, own] = [envelope[what], place[what]];
    if (given === undefined || own === undefined || given === own) continue;
    return `its envelope is of ${what} ${plainText(given, 64)}, this is ${plainText(own, 64)}`;
  }
  return undefined;
}

function invalid(because: string, record?: unknown, envelope?: Envelope): Reading {
  const event = plainText(text(field(record, "eventName")) ?? "", 128);
  const id = plainText(text(field(record, "eventID")) ?? envelope?.id ?? "", 128);
  return { outcome: "invalid", id, event, because, groups: [], prefixLists: [] };
}

function joined(call: Call, meaning: Meaning): Reading {
  const { trigger } = call;
  const read: Read = {
    id: trigger.id,
    event: trigger.event ?? "",
    because: meaning.because,
    groups: ("groups" in meaning && meaning.groups) || [],
    prefixLists: ("prefixLists" in meaning && meaning.prefixLists) || [],
  };
  if (trigger.actor) read.actor = trigger.actor;
  if (meaning.outcome !== "sweep") return { ...read, outcome: meaning.outcome, trigger };
  const sweep = { ...read, outcome: meaning.outcome, trigger, vpcs: meaning.vpcs ?? [] };
  return meaning.groupName ? { ...sweep, groupName: meaning.groupName } : sweep;
}
