// What a hub and its members are called to each other: both sides are deployed by themselves, and name the
// other's roles and bus before or without seeing them.
import {
  type Members,
  placesOf,
  type Place as Scope,
  scopeOf,
} from "../functions/wiring/members.ts";

/** The stage of a hub, and where it is. */
export interface HubPlace extends Scope {
  readonly partition: string;
  readonly stage: string;
}

/** The functions of a hub that assume a role in its members. */
export const assuming = ["hub", "rounds"] as const;

const roleAt = (partition: string, account: string, name: string) =>
  `arn:${partition}:iam::${account}:role/${name}`;

/** The roles that may assume those of the members. */
export const hubRoles = ({ partition, account, region, stage }: HubPlace): string[] =>
  assuming.map(name => roleAt(partition, account, `portward-${stage}-${region}-${name}`));

/** The bus that members forward to. */
export const hubBus = ({ partition, account, region, stage }: HubPlace): string =>
  `arn:${partition}:events:${region}:${account}:event-bus/portward-${stage}-members`;

/** The name of a role in a member: called after the hub's stage, and the region it is for. */
export const memberRoleName = (hubStage: string, region: string, thing: "member" | "forward") =>
  `portward-${hubStage}-${region}-${thing}`;

/** The ARN of a role in a member. */
export const memberRoleArn = (
  { partition, stage }: Pick<HubPlace, "partition" | "stage">,
  { account, region }: Scope,
  thing: "member" | "forward",
): string => roleAt(partition, account, memberRoleName(stage, region, thing));

/** The places of a hub's members: its own is none of them. */
export const memberPlaces = (
  own: Scope,
  members: Pick<Members, "accounts" | "regions">,
): readonly Scope[] => placesOf(members).filter(place => scopeOf(place) !== scopeOf(own));
