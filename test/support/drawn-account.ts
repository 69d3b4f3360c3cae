// The account and the matrix around the flows of a random case: which part the judged group has and
// how it came by it, the other groups, networks and prefix lists.
import fc from "fast-check";
import type {
  EntryText,
  FlowText,
  GroupState,
  ListState,
  MatrixText,
  Mode,
} from "./oracle/case.ts";
import { BLOCKS } from "./rules.ts";

export const ACCOUNT = "111122223333";
export const OTHER_ACCOUNT = "222233334444";
export const VPC = "vpc-0a000000000000001";
export const OTHER_VPC = "vpc-0b000000000000002";

export const SUBJECT_ID = "sg-0a000000000000001";
export const OWN_LIST = "pl-0a000000000000001";
export const SECOND_LIST = "pl-0a000000000000002";
export const AWS_LIST = "pl-0c000000000000003";
export const FOREIGN_LIST = "pl-0f000000000000004";

export const block4Arb = fc.constantFrom(...BLOCKS.filter(block => !block.includes(":")));
export const block6Arb = fc.constantFrom(...BLOCKS.filter(block => block.includes(":")));
export const blockArb = fc.oneof(
  { weight: 3, arbitrary: block4Arb },
  { weight: 1, arbitrary: block6Arb },
);

const modeArb = fc.constantFrom<Mode>("observe", "revoke", "enforce");

/** How the judged group comes by its part. */
const roleArb = fc.constantFrom(
  "id",
  "id",
  "pinned",
  "pinned",
  "renamed",
  "candidate",
  "adopted",
  "both",
  "both",
  "others",
  "elsewhere",
);

/** The draws that make an account. */
export const accountArb = fc.record({
  role: roleArb,
  hasIpv6: fc.boolean(),
  isDbElsewhere: fc.constantFrom(false, false, true),
  dbMembers: fc.array(blockArb, { maxLength: 2 }),
  appMembers: fc.array(block4Arb, { maxLength: 1 }),
  by: fc.constantFrom(undefined, undefined, "group" as const),
  egress: fc.constantFrom(undefined, "listed" as const, "listed" as const),
  dbEgress: fc.constantFrom(undefined, "listed" as const),
  mode: modeArb,
  ownMode: fc.option(modeArb, { nil: undefined }),
  othersMode: fc.option(modeArb, { nil: undefined }),
  office: fc.array(blockArb, { minLength: 1, maxLength: 2 }),
  nested: blockArb,
  ownPrivate: fc.option(fc.array(blockArb, { minLength: 1, maxLength: 2 }), {
    nil: undefined,
    freq: 5,
  }),
  entries: fc.oneof(
    fc.constant(["10.0.0.0/8", "10.0.0.4/32"]),
    fc.array(block4Arb, { maxLength: 2 }),
    fc.array(block6Arb, { minLength: 1, maxLength: 2 }),
  ),
  // Two halves may hold a whole between them.
  pinnedEntries: fc.oneof(
    fc.constant(undefined),
    fc.constant(["10.0.0.0/9", "10.128.0.0/9"]),
    fc.array(block4Arb, { minLength: 1, maxLength: 2 }),
  ),
  secondEntries: fc.array(block4Arb, { maxLength: 2 }),
  state: fc.constantFrom("modify-complete", "create-complete", "modify-in-progress"),
});

export type AccountDraw = typeof accountArb extends fc.Arbitrary<infer T> ? T : never;

/** The matrix with these flows. */
export function matrixOf(account: AccountDraw, flows: readonly FlowText[]): MatrixText {
  const { egress, dbEgress, by, dbMembers, appMembers, ownMode, role } = account;
  const app: EntryText = {
    ...selectorOf(role),
    ...(appMembers.length > 0 ? { members: appMembers } : {}),
    ...(egress === undefined ? {} : { egress }),
    ...(ownMode === undefined ? {} : { mode: ownMode }),
  };
  const db: EntryText = {
    name: "db-live",
    ...(dbMembers.length > 0 ? { members: dbMembers } : {}),
    ...(by === undefined ? {} : { by }),
    ...(dbEgress === undefined ? {} : { egress: dbEgress }),
  };
  const hasOthers = role === "others" || account.othersMode !== undefined;
  const others = account.othersMode === undefined ? {} : { mode: account.othersMode };
  return {
    matrix: "random",
    mode: account.mode,
    ...(role === "elsewhere" ? { vpc: OTHER_VPC } : {}),
    networks: {
      office: account.office,
      nested: ["office", account.nested],
      nothing: [],
      bounded: [{ list: SECOND_LIST, within: ["10.0.0.0/8"] }],
      ...(account.ownPrivate === undefined ? {} : { private: account.ownPrivate }),
    },
    groups: { app, db, ...(hasOthers ? { others } : {}) },
    flows,
  };
}

function selectorOf(role: AccountDraw["role"]): EntryText {
  if (role === "id" || role === "elsewhere") return { id: SUBJECT_ID };
  if (role === "candidate" || role === "both") return { name: "app-live" };
  if (role === "adopted") return { tags: { role: "app" }, adopt: "auto" };
  return { tags: { role: "app" } };
}

/** What an apply has pinned. */
export function pinsOf({ role }: AccountDraw): Record<string, string[]> {
  const db = ["sg-0b000000000000002", "sg-0b000000000000003"];
  if (role === "both") return { app: [SUBJECT_ID], db: [SUBJECT_ID, ...db] };
  const isPinned = role === "pinned" || role === "renamed";
  return { app: isPinned ? [SUBJECT_ID] : [], db };
}

/** The live groups, the judged one first. */
export function groupsOf({ role, isDbElsewhere }: AccountDraw): GroupState[] {
  const isTagged = role === "pinned" || role === "adopted";
  const tags: Record<string, string> = isTagged ? { role: "app" } : {};
  const name = role === "renamed" || role === "others" ? "gone" : "app-live";
  const vpcId = VPC;
  const db = { owner: ACCOUNT, name: "db-live", tags: {} };
  return [
    { id: SUBJECT_ID, owner: ACCOUNT, vpcId, name, tags },
    { ...db, id: "sg-0b000000000000002", vpcId },
    { ...db, id: "sg-0b000000000000003", vpcId: isDbElsewhere ? OTHER_VPC : VPC },
    { id: "sg-0d000000000000004", owner: ACCOUNT, vpcId, name: "stranger", tags: {} },
  ];
}

/** The prefix lists: two of the account, one of AWS, a foreign one. */
export function listsOf({ entries, secondEntries, state }: AccountDraw): ListState[] {
  const awsEntries = ["203.0.113.0/24"];
  return [
    { id: OWN_LIST, owner: ACCOUNT, state, entries },
    { id: SECOND_LIST, owner: ACCOUNT, state: "create-complete", entries: secondEntries },
    { id: AWS_LIST, owner: "AWS", state: "create-complete", entries: awsEntries },
    { id: FOREIGN_LIST, owner: OTHER_ACCOUNT, state: "create-complete", entries: ["10.0.0.0/24"] },
  ];
}
