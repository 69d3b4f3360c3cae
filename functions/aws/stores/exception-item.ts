// An exception as items: its head, which alone says what it permits, and what leads to the head.
// Reading and writing them is exception-store.ts; what the states mean is matrix/exceptions/exception-life.ts.
import { createHash } from "node:crypto";
import type {
  ExceptionRecord,
  LifeAction,
  LifeState,
} from "../../../matrix/exceptions/exception-life.ts";
import { askText, canonical } from "../../../matrix/exceptions/exception-life.ts";
import type { Identity } from "../../../matrix/exceptions/person.ts";
import type { Item, Key } from "./dynamo.ts";
import { exceptionFrom } from "./policy-items.ts";
import { newTimeId } from "./time-id.ts";

/** One thing somebody did to an exception, chained to what was done before. */
export interface HistoryEntry {
  /** 1 for the request; the exception's `rev` after it. */
  readonly n: number;
  readonly at: string;
  readonly by: string;
  readonly action: LifeAction | "request" | "extend" | "break-glass";
  readonly to: LifeState;
  readonly note?: string;
  /** Drawn for each attempt: tells a repeated call from somebody else's. */
  readonly token: string;
  /** The hash of the entry before; empty for the first. */
  readonly prev: string;
}

/** An exception as it is kept: with its last entry, which its history may not have yet. */
export interface KeptException extends ExceptionRecord {
  readonly last: HistoryEntry;
  /** The requester as he is counted. */
  readonly personKey: string;
  /** What only it permitted is still to be closed. */
  readonly unsettled?: boolean;
  /** When people were reminded that it ends, in milliseconds. */
  readonly remindedAt?: number;
}

export const headKey = (scope: string, groupId: string, id: string): Key => ({
  pk: `GROUP#${scope}#${groupId}`,
  sk: `X#${id}`,
});

/** Where an exception is found by its id alone. */
export const placeKey = (scope: string, id: string): Key => ({
  pk: `X#${scope}#${id}`,
  sk: "AT",
});

export const historyPartition = (id: string): string => `X#${id}`;

/** The key of an entry; entries are in the order they were made. */
export const historyKey = (id: string, n: number): Key => ({
  pk: historyPartition(id),
  sk: `H#${String(n).padStart(6, "0")}`,
});

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The hash an approval is bound to: of flow, groups, window and whether it is opened. */
export const askHashOf = (ask: Parameters<typeof askText>[0]): string => sha256(askText(ask));

/** The hash of an entry, which the next one names. */
export const entryHash = (entry: HistoryEntry): string => sha256(canonical(entry));

/** Draws an id whose order is that of time. */
export const newExceptionId = (now: number): string => newTimeId("x-", now);

/** The head of an exception as an item. */
export function headItem(scope: string, kept: KeptException, identityKeys: object): Item & Key {
  return {
    ...headKey(scope, kept.groups[0] ?? "", kept.id),
    ...kept,
    ...identityKeys,
    endsAt: new Date(kept.end).toISOString(),
  };
}

/** An exception out of its head. */
export function keptFrom(item: Item): KeptException {
  const { state, rev, askedAt, requester, askHash, last, personKey } = item;
  const isWhole =
    typeof rev === "number" &&
    typeof askedAt === "number" &&
    typeof askHash === "string" &&
    typeof personKey === "string" &&
    [requester, last].every(value => typeof value === "object" && value !== null);
  if (!isWhole) throw new Error(`the exception ${item.pk} ${item.sk} cannot be read`);
  const text = (name: string) =>
    typeof item[name] === "string" ? { [name]: item[name] as string } : {};
  const person = (name: string) =>
    typeof item[name] === "object" ? { [name]: item[name] as Identity } : {};
  return {
    ...exceptionFrom(item),
    reason: String(item.reason ?? ""),
    state: state as LifeState,
    ...{ rev, askedAt, askHash, personKey },
    requester: requester as Identity,
    last: last as HistoryEntry,
    ...person("actor"),
    ...person("approver"),
    ...text("finding"),
    ...text("extends"),
    ...(item.breakGlass === true && { breakGlass: true }),
    ...(typeof item.remindedAt === "number" && { remindedAt: item.remindedAt }),
  };
}

/** Tells whether a history is what was done to an exception, whole and as it was written. */
export function isWhole({ last }: KeptException, history: readonly HistoryEntry[]): boolean {
  const end = history.at(-1);
  return isChained(history) && end !== undefined && entryHash(end) === entryHash(last);
}

/** Tells whether each entry names the one before it, and none is missing. */
export function isChained(entries: readonly HistoryEntry[]): boolean {
  return entries.every((entry, index) => {
    const before = entries[index - 1];
    return entry.n === index + 1 && entry.prev === (before ? entryHash(before) : "");
  });
}
