// The project's own CloudTrail records, and ways to wrap or vary them. Their shapes follow records
// AWS customers have published; where none is known (revoke by id, AssociateSecurityGroupVpc,
// prefix lists in a permission) they follow the API's members.
import { readdirSync, readFileSync } from "node:fs";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Fields = { [key: string]: Json };

const folder = new URL("../fixtures/cloudtrail/", import.meta.url);

/** The names of all records. */
export const recordNames: string[] = readdirSync(folder)
  .filter(name => name.endsWith(".json"))
  .map(name => name.replace(/\.json$/, ""));

/** A fresh copy of one record, some of its top-level fields replaced. */
export function record(name: string, changes: Fields = {}): Fields {
  const json: Fields = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
  return { ...json, ...changes };
}

/** An authorize of one ip permission on sg-0a1b2c3d4e5f60718, unanswered. */
export function authorize(permission: Json, direction: "Ingress" | "Egress" = "Ingress"): Fields {
  return record("authorize-ingress", {
    eventName: `AuthorizeSecurityGroup${direction}`,
    requestParameters: {
      groupId: "sg-0a1b2c3d4e5f60718",
      ipPermissions: { items: [permission] },
    },
    responseElements: { _return: true },
  });
}

/** The EventBridge envelope of a record. */
export function enveloped(detail: Json, changes: Fields = {}): Fields {
  return {
    version: "0",
    id: "0e0e0000-0000-4000-8000-000000000001",
    "detail-type": "AWS API Call via CloudTrail",
    source: "aws.ec2",
    account: "111122223333",
    time: "2026-11-20T09:01:02Z",
    region: "eu-west-1",
    resources: [],
    detail,
    ...changes,
  };
}
