// The members of a hub: accounts and regions it looks after beside its own, the role it has there, and
// how it proves that it is the hub they mean. One stage without members has none of it.

import { plainText } from "../../matrix/plain-text.ts";

/** An account and a region of it. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

export interface Members {
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** The ARN of the role, with ACCOUNT and REGION where those of a member go. */
  readonly role: string;
  /** The name of the secret that holds the external id. */
  readonly secret: string;
  /** The queue of audits and sweeps, a message for each scope. */
  readonly roundsQueueUrl: string;
}

/** Reads a variable of the environment that has to be there, and notes what is wrong with it. */
export type Take = (name: string, form?: RegExp, meaning?: string) => string;

const ACCOUNTS = /^\d{12}(\s*,\s*\d{12})*$/;
const REGIONS = /^[a-z]{2,}(-[a-z]+)+-\d+(\s*,\s*[a-z]{2,}(-[a-z]+)+-\d+)*$/;
const ROLE = /^arn:[\w-]+:iam::ACCOUNT:role\/(?=\S*REGION)[\w+=,.@/-]+$/;

/** Any of them set means that all are meant. */
export const memberVariables = [
  "PORTWARD_MEMBER_ACCOUNTS",
  "PORTWARD_MEMBER_REGIONS",
  "PORTWARD_MEMBER_ROLE",
  "PORTWARD_MEMBER_SECRET",
  "PORTWARD_ROUNDS_QUEUE_URL",
] as const;

/** Reads the members of a hub. */
export function readMembers(take: Take): Members {
  const list = (text: string) => Object.freeze([...new Set(text.split(/\s*,\s*/))]);
  return Object.freeze({
    accounts: list(take("PORTWARD_MEMBER_ACCOUNTS", ACCOUNTS, "account ids with commas between")),
    regions: list(take("PORTWARD_MEMBER_REGIONS", REGIONS, "regions with commas between")),
    role: take(
      "PORTWARD_MEMBER_ROLE",
      ROLE,
      "the ARN of a role with ACCOUNT and REGION in those places",
    ),
    secret: take("PORTWARD_MEMBER_SECRET"),
    roundsQueueUrl: take("PORTWARD_ROUNDS_QUEUE_URL", /^https?:\/\/\S+$/, "a URL"),
  });
}

/** What a place is called everywhere: in keys, logs and messages. */
export const scopeOf = ({ account, region }: Place): string => `${account}/${region}`;

/** The role of a hub in one of its members. */
export const memberRole = ({ role }: Pick<Members, "role">, { account, region }: Place): string =>
  role.replace("ACCOUNT", account).replace("REGION", region);

/** Every account in every region, in an order that stays. */
export const placesOf = ({ accounts, regions }: Pick<Members, "accounts" | "regions">): Place[] =>
  accounts.flatMap(account => regions.map(region => ({ account, region })));

/** Why a place is of no member; undefined where it is. */
export function strangerBecause(members: Members, { account, region }: Place): string | undefined {
  const say = (text: string) => plainText(text, 64);
  if (!members.accounts.includes(account)) {
    return `its envelope is of account ${say(account)}, which is no member of this hub`;
  }
  if (members.regions.includes(region)) return undefined;
  return `its envelope is of region ${say(region)}, where this hub has no members`;
}
