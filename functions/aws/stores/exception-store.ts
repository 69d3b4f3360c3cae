// The life of exceptions in the table. One item, the head in its first group's partition, decides for
// all its groups: every step is one conditional update of it. The other groups have a pointer to it,
// written before it, so that no crash leaves a half that permits; who may take a step is decided
// before, in matrix/exceptions/exception-life.ts.
import { randomUUID } from "node:crypto";
import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import {
  type Ask,
  isLiving,
  type LifeState,
  type Refused,
  refused,
} from "../../../matrix/exceptions/exception-life.ts";
import { type Identity, identityKey, identityText } from "../../../matrix/exceptions/person.ts";
import type { Config } from "../../wiring/config.ts";
import { expiryAfter } from "../../wiring/retention.ts";
import { type ConditionalUpdate, conditionalUpdate } from "./conditional-update.ts";
import { holds, type Item, type Key, putIfAbsent, queryPartition } from "./dynamo.ts";
import {
  askHashOf,
  entryHash,
  type HistoryEntry,
  headItem,
  headKey,
  historyKey,
  historyPartition,
  type KeptException,
  keptFrom,
  newExceptionId,
  placeKey,
  scopedState,
} from "./exception-item.ts";
import { exceptionLists } from "./exception-lists.ts";
import { exceptionOutbox } from "./exception-outbox.ts";
import { exceptionPages } from "./exception-pages.ts";
import { exceptionSlots } from "./exception-slots.ts";
import { timeOfId } from "./time-id.ts";

/** Who asks for what, and what it is about. */
export interface NewException {
  readonly ask: Ask;
  readonly requester: Identity;
  /** The requester as he is counted, and how many he may have at a time. */
  readonly personKey: string;
  readonly perRequester: number;
  readonly finding?: string;
  readonly actor?: Identity;
  readonly extends?: string;
}

/** A step as it is written. */
export interface Move {
  readonly to: LifeState;
  readonly action: HistoryEntry["action"];
  /** Undefined for Portward itself. */
  readonly by?: Identity;
  /** An approver as he would be counted. */
  readonly personKey?: string;
  readonly note?: string;
}

export type ExceptionStore = ReturnType<typeof exceptionStore>;

/** What was announced is written within this time, or never; until then its slot is left alone. */
export const WRITTEN_WITHIN = 10 * 60_000;

/** The exceptions of one account and region. */
export function exceptionStore(
  client: DynamoDBDocumentClient,
  config: Pick<Config, "scope" | "tables" | "retention">,
  clock: () => number = Date.now,
) {
  const { scope, tables, retention } = config;
  const slots = exceptionSlots(client, config);
  const outbox = exceptionOutbox(client, config);
  const table = tables.exceptions;

  // An exception's end never moves, so all that belongs to it goes at one time.
  const expiryOf = ({ end }: KeptException) => ({
    expiresAt: expiryAfter(end, retention.exceptions),
  });

  async function read(Key: Key): Promise<Item | undefined> {
    const get = new GetCommand({ TableName: table, Key, ConsistentRead: true });
    return (await client.send(get)).Item;
  }

  async function get(id: string): Promise<KeptException | undefined> {
    const place = await read(placeKey(scope, id));
    const [first] = Array.isArray(place?.groups) ? place.groups : [];
    const head = typeof first === "string" ? await read(headKey(scope, first, id)) : undefined;
    return head && keptFrom(head);
  }

  // The head has its last entry, so an entry that a crash kept out of the history is never lost: it
  // is put there before the next step, and whoever reads the history puts it there too.
  async function remember(kept: KeptException): Promise<void> {
    const { id, last } = kept;
    const entry = { ...historyKey(id, last.n), ...last, hash: entryHash(last), ...expiryOf(kept) };
    await putIfAbsent(client, tables.history, entry);
  }

  const entryOf = (before: HistoryEntry | undefined, move: Move): HistoryEntry => ({
    n: (before?.n ?? 0) + 1,
    at: new Date(clock()).toISOString(),
    by: move.by ? identityText(move.by) : "portward",
    action: move.action,
    to: move.to,
    ...(move.note === undefined ? {} : { note: move.note }),
    token: randomUUID(),
    prev: before ? entryHash(before) : "",
  });

  function newKept(asked: NewException): KeptException {
    const { ask, requester, personKey, finding, actor, extends: old } = asked;
    const now = clock();
    const state = ask.breakGlass ? "approved" : "requested";
    const action = ask.breakGlass ? "break-glass" : old === undefined ? "request" : "extend";
    return {
      ...ask,
      ...{ id: newExceptionId(now), state, rev: 1, askedAt: now, requester, personKey },
      askHash: askHashOf(ask),
      ...(finding === undefined ? {} : { finding }),
      ...(actor === undefined ? {} : { actor }),
      ...(old === undefined ? {} : { extends: old }),
      last: entryOf(undefined, { to: state, action, by: requester, note: ask.reason }),
    };
  }

  const update = (kept: KeptException, input: ConditionalUpdate) =>
    holds(
      client.send(conditionalUpdate(table, headKey(scope, kept.groups[0] ?? "", kept.id), input)),
    );

  return {
    get,
    ...exceptionLists(client, config, { get, clock }),
    ...outbox,

    /** Stores a request; refused when the requester has as many exceptions as he may. */
    async create(asked: NewException): Promise<KeptException | Refused> {
      const kept = newKept(asked);
      const { id, groups, end, personKey, requester, actor } = kept;
      if (!(await slots.take(personKey, id, asked.perRequester))) {
        const because = `${asked.perRequester} exceptions at a time are all that one person may have`;
        return refused("too-many", because);
      }
      const [first = "", ...others] = groups;
      const expiry = expiryOf(kept);
      await putIfAbsent(client, table, { ...placeKey(scope, id), id, groups, ...expiry });
      const head = headKey(scope, first, id);
      const pointers = others.map(other => ({
        ...headKey(scope, other, id),
        id,
        end,
        head: head.pk,
        ...expiry,
      }));
      await Promise.all(pointers.map(pointer => putIfAbsent(client, table, pointer)));
      await outbox.announce({ id, token: kept.last.token, at: kept.askedAt });
      const keys = { requesterKey: identityKey(requester), actorKey: actor && identityKey(actor) };
      await putIfAbsent(client, table, headItem(scope, kept, keys));
      await remember(kept);
      return kept;
    },

    /** Takes a step that was decided on `kept`; undefined when it has changed since. */
    async move(kept: KeptException, step: Move): Promise<KeptException | undefined> {
      await remember(kept);
      const last = entryOf(kept.last, step);
      const isOpen = kept.state === "approved" || kept.state === "active";
      const told = { id: kept.id, token: last.token };
      // What the clock opens and closes is told by its findings; that nobody answered has none.
      const isTold = step.by !== undefined || kept.state === "requested";
      if (isTold) await outbox.announce({ ...told, at: clock() });
      const unsettled = step.to === "withdrawn" && isOpen;
      const isApproval = step.to === "approved" && step.by !== undefined;
      const approver = isApproval ? step.by : undefined;
      const isMoved = await update(kept, {
        set: {
          ...{ state: step.to, scopedState: scopedState(scope, step.to), rev: last.n, last },
          ...(unsettled ? { unsettled } : {}),
          ...(approver ? { approver } : {}),
          // What stands does not expire, however late it is moved on.
          ...(isLiving({ state: step.to }) ? {} : expiryOf(kept)),
        },
        where: { state: kept.state, rev: kept.rev, askHash: kept.askHash },
        // Four eyes in the write itself, whatever was decided before.
        unlike: approver
          ? {
              requesterKey: identityKey(approver),
              actorKey: identityKey(approver),
              personKey: step.personKey ?? identityKey(approver),
            }
          : {},
      });
      const now = isMoved ? undefined : await get(kept.id);
      // A call that is repeated finds what it did itself.
      if (!isMoved && now?.last.token !== last.token) {
        if (isTold) await outbox.told(told);
        return undefined;
      }
      const moved: KeptException = {
        ...kept,
        ...{ state: step.to, rev: last.n, last },
        ...(unsettled ? { unsettled } : {}),
        ...(approver ? { approver } : {}),
      };
      await remember(moved);
      if (!isLiving(moved)) await slots.give(kept.personKey, kept.id);
      return moved;
    },

    /** Says that what only a withdrawn exception permitted is closed. */
    async settle(kept: KeptException): Promise<void> {
      await update(kept, { set: { unsettled: false }, where: { state: kept.state }, unlike: {} });
    },

    ...exceptionPages(client, config, { get, clock }),

    /** Reads all that was done to an exception, in order. */
    async history(id: string): Promise<HistoryEntry[]> {
      const kept = await get(id);
      if (kept) await remember(kept);
      const items = await queryPartition(client, tables.history, historyPartition(id), "H#");
      return items.map(
        ({ pk: _pk, sk: _sk, hash: _hash, expiresAt: _gone, ...entry }) =>
          entry as unknown as HistoryEntry,
      );
    },

    /** Gives back the slots of exceptions that are over, or that a crash kept from being written. */
    async freeSlots(now: number): Promise<void> {
      const taken = await slots.taken();
      for (const { person, id } of taken) {
        if (timeOfId(id) > now - WRITTEN_WITHIN) continue;
        // Of one that cannot be read nobody knows whether it is over: it keeps its slot.
        const isLeft = await get(id).then(
          kept => !kept || !isLiving(kept),
          () => false,
        );
        if (isLeft) await slots.give(person, id);
      }
    },
  };
}
