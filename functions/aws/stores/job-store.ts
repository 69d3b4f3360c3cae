// Jobs: what the API is asked for and another function does. A job is stored, then announced on the
// bus; whoever takes it up has it for a while, and if he dies the next one may. One whose event was
// lost is announced again by the sweep.
import { randomUUID } from "node:crypto";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { plainText } from "../../../matrix/plain-text.ts";
import type { Config } from "../../wiring/config.ts";
import { expiryAfter } from "../../wiring/retention.ts";
import { jobDetailType } from "../../wiring/triggers.ts";
import { errorText } from "../error-codes.ts";
import type { EventSender } from "../events.ts";
import { holds, type Item, names, putIfAbsent, queryAll, queryPartition } from "./dynamo.ts";
import {
  type ClaimedJob,
  givenUp,
  isJobId,
  isWaiting,
  type Job,
  type JobEnd,
  type JobInputs,
  type JobKind,
  type JobShown,
  jobDataPartition,
  jobFrom,
  jobPartition,
  type KeptJob,
  livingIds,
  type StoredJson,
  shownJob,
} from "./job-item.ts";
import { chunkName, packJson, unpackJson } from "./json-chunks.ts";
import { newTimeId, timeText } from "./time-id.ts";

export type JobStore = ReturnType<typeof jobStore>;

/** What a store of jobs needs of the world. */
export interface JobSurroundings {
  readonly clock: () => number;
  readonly send: EventSender;
  readonly log: { error(message: string, fields: { id: string; error: string }): void };
}

/** A function runs this long at most: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
const LEASE_MS = 15 * 60_000;
const DAY_MS = 24 * 3_600_000;

/** The jobs of one account and region. */
export function jobStore(
  client: DynamoDBDocumentClient,
  { scope, tables, retention }: Pick<Config, "scope" | "tables" | "retention">,
  { clock, send, log }: JobSurroundings,
) {
  const table = tables.ops;
  const keyOf = (id: string) => ({ pk: jobPartition(scope), sk: id });
  const expiry = () => expiryAfter(clock(), retention.reports);

  async function read(id: string): Promise<KeptJob | undefined> {
    if (!isJobId(id)) return undefined;
    const get = new GetCommand({ TableName: table, Key: keyOf(id), ConsistentRead: true });
    const { Item } = await client.send(get);
    return Item && jobFrom(Item);
  }

  async function putJson(id: string, prefix: string, value: unknown): Promise<StoredJson> {
    const { sha, chunks } = packJson(value);
    const pk = jobDataPartition(scope, id);
    for (const [index, data] of chunks.entries()) {
      const Item = { pk, sk: `${prefix}${chunkName(index)}`, data, expiresAt: expiry() };
      await client.send(new PutCommand({ TableName: table, Item }));
    }
    return { prefix, sha, count: chunks.length };
  }

  async function readJson(id: string, what: string, { prefix, sha, count }: StoredJson) {
    const pk = jobDataPartition(scope, id);
    const items = await queryPartition(client, table, pk, prefix);
    const stored = new Map(items.map(item => [item.sk, item.data as Uint8Array]));
    const chunks = Array.from({ length: count }, (_, index) =>
      stored.get(`${prefix}${chunkName(index)}`),
    );
    return unpackJson(chunks, sha, `the ${what} of job ${id}`);
  }

  /** Writes to a job that is as a condition says. */
  function update(id: string, set: Item, condition: string, values: Item): Promise<boolean> {
    const compared = [...condition.matchAll(/#(\w+)/g)].flatMap(([, name]) => name ?? []);
    return holds(
      client.send(
        new UpdateCommand({
          TableName: table,
          Key: keyOf(id),
          UpdateExpression: `SET ${Object.keys(set)
            .map(name => `#${name} = :set_${name}`)
            .join(", ")}`,
          ConditionExpression: condition,
          ExpressionAttributeNames: names(...Object.keys(set), ...compared),
          ExpressionAttributeValues: {
            ...Object.fromEntries(Object.entries(set).map(([k, value]) => [`:set_${k}`, value])),
            ...values,
          },
        }),
      ),
    );
  }

  const announce = ({ id, kind }: Pick<Job, "id" | "kind">) => send(jobDetailType, { id, kind });

  async function waiting(now = clock()): Promise<Job[]> {
    const { from, to } = livingIds(now);
    const items = await queryAll(client, {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "#pk = :pk AND #sk BETWEEN :from AND :to",
      FilterExpression: "#state IN (:requested, :running)",
      ExpressionAttributeNames: names("pk", "sk", "state"),
      ExpressionAttributeValues: {
        ...{ ":pk": jobPartition(scope), ":from": from, ":to": to },
        ...{ ":requested": "requested", ":running": "running" },
      },
    });
    return items
      .map(jobFrom)
      .filter(job => isWaiting(job, now) && givenUp(job, now) === undefined)
      .map(job => shownJob(job, now));
  }

  return {
    /** Stores a job and announces it. It is stored once this resolves, whatever became of its event. */
    async request<K extends JobKind>(asked: {
      readonly kind: K;
      readonly by: string;
      readonly input: JobInputs[K];
      /** Whoever asks does it himself; only if he dies it is announced, by the sweep. */
      readonly isOwn?: boolean;
    }): Promise<Job> {
      const now = clock();
      const { kind, by } = asked;
      const id = newTimeId("j-", now);
      const input = await putJson(id, "input#", asked.input);
      const job = { id, kind, by, at: new Date(now).toISOString(), state: "requested" as const };
      const item = { ...keyOf(id), ...job, input, tries: 0, expiresAt: expiry() };
      await putIfAbsent(client, table, item);
      if (!asked.isOwn)
        await announce(job).catch(error => {
          log.error("a job could not be announced", { id, error: errorText(error) });
        });
      return job;
    },

    /** Takes a job up for as long as a function runs; undefined when it is over or somebody else's. */
    async claim(id: string): Promise<ClaimedJob | undefined> {
      const kept = await read(id);
      const now = clock();
      if (!kept || givenUp(kept, now) !== undefined) return undefined;
      const token = randomUUID();
      const isMine = await update(
        id,
        { state: "running", token, tries: kept.tries + 1, leaseUntil: now + LEASE_MS },
        "#tries = :tries AND (#state = :requested OR (#state = :running AND #leaseUntil <= :now))",
        { ":tries": kept.tries, ":requested": "requested", ":running": "running", ":now": now },
      );
      // A claim whose answer was lost waits for its lease to end, like that of a runner who died.
      if (!isMine) return undefined;
      const input = await readJson(id, "input", kept.input);
      return { ...shownJob(kept, now), state: "running", input, token } as ClaimedJob;
    },

    /** Ends a job; false when somebody else has taken it up since, or ended it. */
    async finish({ id, token }: Pick<ClaimedJob, "id" | "token">, end: JobEnd): Promise<boolean> {
      const endedAt = new Date(clock()).toISOString();
      const said =
        end.state === "done"
          ? { result: await putJson(id, `result#${token}#`, end.result) }
          : {
              because: plainText(end.because, 2_000),
              ...(end.code === undefined ? {} : { code: end.code }),
            };
      return update(
        id,
        { state: end.state, endedAt, ...said },
        "#token = :token AND (#state = :running OR #state = :end)",
        { ":token": token, ":running": "running", ":end": end.state },
      );
    },

    /** Puts a job back with what is left of it, for another run of the function; false as `finish`. */
    async handOver({ id, kind, token }: Pick<ClaimedJob, "id" | "kind" | "token">, left: unknown) {
      const input = await putJson(id, `input#${token}#`, left);
      const isMine = await update(
        id,
        { state: "requested", input, tries: 0, leaseUntil: 0 },
        "#token = :token AND #state = :running",
        { ":token": token, ":running": "running" },
      );
      if (isMine) await announce({ id, kind });
      return isMine;
    },

    /** Reads the newest job of a kind that came to its end, with what it found. */
    async latest(kind: JobKind): Promise<JobShown | undefined> {
      const firstKept = `j-${timeText(clock() - retention.reports * DAY_MS)}`;
      const items = await queryAll(client, {
        TableName: table,
        KeyConditionExpression: "#pk = :pk AND #sk > :from",
        FilterExpression: "#kind = :kind AND #state = :done",
        ExpressionAttributeNames: names("pk", "sk", "kind", "state"),
        ExpressionAttributeValues: {
          ...{ ":pk": jobPartition(scope), ":from": firstKept },
          ...{ ":kind": kind, ":done": "done" },
        },
      });
      const newest = items.map(jobFrom).at(-1);
      return newest && this.get(newest.id);
    },

    /** Reads a job, and what it found. */
    async get(id: string): Promise<JobShown | undefined> {
      const kept = await read(id);
      if (!kept) return undefined;
      const job = shownJob(kept, clock());
      return kept.result ? { ...job, result: await readJson(id, "result", kept.result) } : job;
    },

    /** The jobs that nobody is at although they should be: their event was lost, or their runner died. */
    waiting,

    /** Announces the jobs that wait once more. */
    async remind(): Promise<void> {
      for (const job of await waiting()) await announce(job);
    },
  };
}
