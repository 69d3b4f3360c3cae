// A small case to state one fact on: two groups, one of them judged, and nothing else unless said.
import type { Case, EntryText, FlowText, MatrixText } from "./oracle/case.ts";

export const APP = {
  id: "sg-0a000000000000001",
  owner: "111122223333",
  vpcId: "vpc-0a000000000000001",
  name: "app-live",
  tags: {},
};
export const DB = { ...APP, id: "sg-0b000000000000002", name: "db-live" };

/** What a fact says of a matrix and an account; the rest is plain. */
export interface Facts {
  readonly app?: EntryText;
  readonly db?: EntryText;
  readonly flows?: readonly FlowText[];
  readonly matrix?: Partial<MatrixText>;
  readonly world?: Partial<Case>;
}

/** A case with two groups of their own entries, `app` being judged in mode enforce. */
export function caseOf(
  { app, db, flows = [], matrix, world }: Facts,
  rules: readonly string[],
): Case {
  return {
    account: APP.owner,
    matrix: {
      matrix: "facts",
      mode: "enforce",
      groups: { app: { id: APP.id, ...app }, db: { id: DB.id, ...db } },
      flows,
      ...matrix,
    },
    groups: [APP, DB],
    ipv6Vpcs: [],
    lists: [],
    listPins: {},
    pins: {},
    exceptions: [],
    subject: APP,
    rules,
    ...world,
  };
}
