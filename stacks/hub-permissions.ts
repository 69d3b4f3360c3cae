// What the functions of a hub may call: what reconciling, sweeping and auditing take at home, and one role
// in each member. Groups at home are none of theirs. A stage without members grants nothing.

import type { TableName } from "../functions/wiring/tables.ts";
import { assuming, memberPlaces, memberRoleArn } from "./hub-names.ts";
import type { Grant } from "./permissions.ts";
import type { Site } from "./site.ts";

export type HubFunction = (typeof assuming)[number];

/** Tells whether a function is there for members alone. */
export const isOfHub = (name: string): name is HubFunction => assuming.some(one => one === name);

interface Resources {
  readonly table: (name: TableName) => string;
  readonly index: (name: TableName, index: string) => string;
  readonly queue: (name: string) => string;
  /** The files of the bucket of reports. */
  readonly reports: string;
  /** What every reconciler records and tells. */
  readonly records: readonly Grant[];
}

/** What each of them may call. */
export function hubPermissions(
  site: Site,
  { table, index, queue, reports, records }: Resources,
): Readonly<Record<HubFunction, readonly Grant[]>> {
  const { members } = site.parameters;
  if (!members) return { hub: [], rounds: [] };
  const reaching: readonly Grant[] = [
    {
      actions: ["sts:AssumeRole"],
      on: memberPlaces(site, members).map(at => memberRoleArn(site, at, "member")),
    },
    {
      actions: ["secretsmanager:GetSecretValue"],
      // A secret's ARN ends in six characters that AWS draws.
      on: [site.arn("secretsmanager", `secret:${members.externalIdSecret}-??????`)],
    },
  ];
  return {
    hub: [
      ...records,
      ...reaching,
      // What an attachment exposes is judged with the exceptions of all groups.
      { actions: ["dynamodb:Query"], on: [index("exceptions", "by-end")] },
      { actions: ["sqs:SendMessage"], on: [queue("members"), queue("dead-letters")] },
    ],
    rounds: [
      ...records,
      ...reaching,
      {
        actions: ["dynamodb:Query"],
        on: [index("exceptions", "by-end"), index("findings", "by-day")],
      },
      { actions: ["dynamodb:GetItem"], on: [table("policy"), table("ops")] },
      {
        // A matrix that is applied, pauses, what audits saw permitted.
        actions: ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
        on: [table("policy")],
      },
      { actions: ["sqs:SendMessage"], on: [queue("rounds"), queue("dead-letters")] },
      { actions: ["sqs:GetQueueAttributes"], on: [queue("dead-letters")] },
      { actions: ["s3:PutObject"], on: [reports] },
    ],
  };
}
