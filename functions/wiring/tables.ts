// Which tables Portward keeps, by which keys. Data only: read by the stacks, by `setup` and by the
// local account. It does not name them: names are configuration.

/** A key schema: attribute name to type, partition key first, then the sort key. */
export type KeySchema = Readonly<Record<string, "S" | "N">>;

/** One table: its keys and its global secondary indexes, all attributes projected. */
export interface Table {
  readonly keys: KeySchema;
  readonly indexes?: readonly { readonly name: string; readonly keys: KeySchema }[];
  /**
   * When an item may go, in seconds since the epoch. Only tidying: what is over is decided by whoever
   * reads it, as DynamoDB may take days, and some tables elsewhere know no such attribute.
   */
  readonly expiry?: string;
}

/** The name of one of Portward's tables. */
export type TableName = "policy" | "exceptions" | "history" | "findings" | "ops";

const keys = { pk: "S", sk: "S" } as const;
const expiry = "expiresAt";

/** Every table of Portward: matrix versions, exceptions, who did what, findings, and the rest. */
export const tables: Readonly<Record<TableName, Table>> = {
  policy: { keys },
  exceptions: {
    keys,
    indexes: [{ name: "by-end", keys: { scopedState: "S", endsAt: "S" } }],
    expiry,
  },
  history: { keys, expiry },
  findings: {
    keys,
    expiry,
    indexes: [
      { name: "by-day", keys: { day: "S", at: "S" } },
      { name: "by-id", keys: { id: "S" } },
    ],
  },
  ops: { keys, expiry },
};
