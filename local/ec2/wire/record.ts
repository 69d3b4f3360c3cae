// What does CloudTrail write about a call? Two families of records: classic (lower camel, lists as
// {items: [...]}) and wrapped (<Action>Request as on the wire, list elements with a tag).
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

import { randomUUID } from "node:crypto";
import type { CallContext, Caller, CloudTrailRecord, Json } from "../ec2.ts";
import type { Input, Value } from "./query.ts";
import type { List, Members, Shape } from "./shapes.ts";
import { type Fields, namespace, type Xml } from "./xml.ts";

export type Family = "classic" | "wrapped";
type JsonObject = { [key: string]: Json };

/** What a record is made of, besides who called. */
export interface Deed {
  action: string;
  family: Family;
  members: Members;
  /** null when the form could not be read. */
  input: Input | null;
  /** The answer's fields, or the error. */
  result: { fields: Fields } | { code: string; message: string };
  requestId: string;
  at: number;
}

// CloudTrail leaves the content out above this size.
const maxContent = 100 * 1024;
const maxText = 1024;

/** Writes the CloudTrail record of one call. */
export function recordOf(deed: Deed, from: CallContext): CloudTrailRecord {
  const { result } = deed;
  return {
    eventVersion: "1.11",
    userIdentity: identityOf(from.caller, deed.at),
    eventTime: `${new Date(deed.at).toISOString().slice(0, 19)}Z`,
    eventSource: "ec2.amazonaws.com",
    eventName: deed.action,
    awsRegion: from.region,
    sourceIPAddress: from.sourceIp,
    userAgent: from.userAgent.slice(0, maxText),
    ...("code" in result
      ? {
          errorCode: `${result.code === "InternalError" ? "Server" : "Client"}.${result.code}`,
          errorMessage: result.message.slice(0, maxText),
        }
      : {}),
    requestParameters: deed.input === null ? null : bounded(request(deed, deed.input)),
    responseElements: "fields" in result ? bounded(response(deed, result.fields)) : null,
    requestID: deed.requestId,
    eventID: randomUUID(),
    readOnly: false,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: from.caller.account,
    eventCategory: "Management",
  };
}

function bounded(content: JsonObject): JsonObject {
  return Buffer.byteLength(JSON.stringify(content)) > maxContent ? { omitted: true } : content;
}

function identityOf(caller: Caller, at: number): JsonObject {
  const identity: JsonObject = {
    type: caller.type,
    principalId: caller.principalId,
    arn: caller.arn,
    accountId: caller.account,
    accessKeyId: caller.accessKeyId,
  };
  if (caller.userName !== undefined) identity.userName = caller.userName;
  if (caller.issuer !== undefined) {
    identity.sessionContext = {
      sessionIssuer: {
        type: "Role",
        principalId: caller.issuer.principalId,
        arn: caller.issuer.arn,
        accountId: caller.account,
        userName: caller.issuer.userName,
      },
      webIdFederationData: {},
      attributes: {
        creationDate: `${new Date(at).toISOString().slice(0, 19)}Z`,
        mfaAuthenticated: "false",
      },
    };
  }
  return identity;
}

function request(deed: Deed, input: Input): JsonObject {
  if (deed.family === "classic") return classicMembers(input, deed.members);
  return { [`${deed.action}Request`]: wrappedMembers(input) };
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function classicMembers(input: Input, members: Members): JsonObject {
  const out: JsonObject = {};
  for (const [name, shape] of Object.entries(members)) {
    const value = input[name];
    const list = typeof shape === "object" && "list" in shape ? shape : undefined;
    if (value === undefined && !list?.trailAlways) continue;
    out[list?.trailName ?? lowerFirst(name)] = classicValue(value ?? [], shape);
  }
  return out;
}

function classicValue(value: Value, shape: Shape): Json {
  if (typeof shape === "string") return value as Json;
  if ("list" in shape) return classicList(Array.isArray(value) ? value : [], shape);
  return classicMembers(value as Input, shape.members);
}

function classicList(values: Value[], shape: List): Json {
  const items = values.map(value => {
    const item = classicValue(value, shape.list);
    return shape.trailKey === undefined ? item : { [shape.trailKey]: item };
  });
  if (shape.trailPlain) return items;
  return items.length === 0 ? {} : { items };
}

function wrappedMembers(input: Input): JsonObject {
  const out: JsonObject = {};
  for (const [name, value] of Object.entries(input)) {
    if (name === "DryRun" || (Array.isArray(value) && value.length === 0)) continue;
    out[name] = wrappedValue(value);
  }
  return out;
}

function wrappedValue(value: Value): Json {
  if (!Array.isArray(value)) return typeof value === "object" ? wrappedMembers(value) : value;
  const elements = value.map((item, index) => {
    const tag = index + 1;
    return typeof item === "object" && !Array.isArray(item)
      ? { ...wrappedMembers(item), tag }
      : { tag, content: item as Json };
  });
  return single(elements);
}

function single(elements: Json[]): Json {
  return elements.length === 1 ? (elements[0] ?? null) : elements;
}

function response(deed: Deed, fields: Fields): JsonObject {
  if (deed.family === "wrapped") {
    return {
      [`${deed.action}Response`]: {
        xmlns: namespace,
        requestId: deed.requestId,
        ...responseFields(fields, wrappedItems),
      },
    };
  }
  const { return: success, ...rest } = responseFields(fields, classicItems);
  const flag: JsonObject = success === undefined ? {} : { _return: success };
  return { requestId: deed.requestId, ...flag, ...rest };
}

type Items = (items: Json[], name: string) => Json;

function classicItems(items: Json[], name: string): Json {
  if (items.length === 0) return {};
  // The one list that CloudTrail writes with `item` in a classic record.
  return name === "privateIpAddressesSet" ? { item: items } : { items };
}

function wrappedItems(items: Json[]): Json {
  return items.length === 0 ? "" : { item: single(items) };
}

function responseFields(fields: Fields, list: Items): JsonObject {
  const out: JsonObject = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) out[name] = responseValue(value, name, list);
  }
  return out;
}

function responseValue(value: Exclude<Xml, undefined>, name: string, list: Items): Json {
  if (Array.isArray(value)) {
    const items = value.filter(item => item !== undefined);
    return list(
      items.map(item => responseValue(item, name, list)),
      name,
    );
  }
  return typeof value === "object" ? responseFields(value, list) : value;
}
