// A job as an item: what somebody asked for that takes longer than a request, and what became of it.
// Reading and writing it is job-store.ts; doing it is not here.
import type { MatrixSource } from "../../../matrix/file/parse.ts";
import type { Item, Key } from "./dynamo.ts";
import { timeText } from "./time-id.ts";

/** What each kind of job is given. */
export interface JobInputs {
  /** With `apply`, exactly what the plan of an earlier audit holds back is done; `state`: how far it came. */
  readonly audit: {
    readonly apply?: string;
    readonly state?: unknown;
  };
  readonly plan: { readonly files: readonly MatrixSource[] };
  /** The matrix, the plan that showed what it does, and the version that was made from. */
  readonly apply: {
    readonly files: readonly MatrixSource[];
    readonly planId: string;
    readonly version: number;
    readonly note: string;
  };
}

export type JobKind = keyof JobInputs;

export type JobState = "requested" | "running" | "done" | "refused" | "failed";

/** A job as anybody may see it; `at` is ISO 8601. */
export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  readonly by: string;
  readonly at: string;
  readonly state: JobState;
  readonly endedAt?: string;
  /** Why it was refused or failed. */
  readonly code?: string;
  readonly because?: string;
}

/** A job with what it found. */
export interface JobShown extends Job {
  readonly result?: unknown;
}

/** A job that is the caller's to do until its lease is over. */
export type ClaimedJob = {
  [K in JobKind]: Job & {
    readonly kind: K;
    readonly input: JobInputs[K];
    /** Tells this attempt from every other. */
    readonly token: string;
  };
}[JobKind];

/** How a job ends: `refused` is an answer (the account has moved), `failed` is a breakdown. */
export type JobEnd =
  | { readonly state: "done"; readonly result: unknown }
  | { readonly state: "refused" | "failed"; readonly code?: string; readonly because: string };

/** Where packed JSON is kept: the names of its chunks begin with `prefix`. */
export interface StoredJson {
  readonly prefix: string;
  readonly sha: string;
  readonly count: number;
}

/** A job as it is kept. */
export interface KeptJob extends Job {
  readonly input: StoredJson;
  /** How often somebody took it up. */
  readonly tries: number;
  /** In milliseconds since the epoch; absent until somebody takes it up. */
  readonly leaseUntil?: number;
  readonly result?: StoredJson;
}

const DAY = 24 * 3_600_000;
const MOST_TRIES = 3;
/** An event takes seconds. One that has not led to a claim in this time is lost. */
const OVERDUE = 2 * 60_000;

/** Tells whether a text can be the id of a job. */
export const isJobId = (text: string): boolean => /^j-[0-9a-hjkmnp-tv-z]{26}$/.test(text);

export const jobPartition = (scope: string): string => `JOB#${scope}`;

/** The partition of a job's input and result. */
export const jobDataPartition = (scope: string, id: string): string => `JOB#${scope}#${id}`;

/** Between which ids those are that somebody may still take up. */
export const livingIds = (now: number): { from: string; to: string } => ({
  from: `j-${timeText(now - DAY)}`,
  to: `j-${timeText(now + DAY)}`,
});

/** Why nobody will do a job any more although it has not ended; undefined when somebody may. */
export function givenUp({ at, tries, leaseUntil = 0 }: KeptJob, now: number): string | undefined {
  if (leaseUntil > now) return undefined;
  if (Date.parse(at) <= now - DAY) return "nobody took it up within a day";
  if (tries >= MOST_TRIES) return `it was begun ${tries} times and never came to an end`;
  return undefined;
}

/** Tells whether a job waits for somebody although it should not: its event or its runner was lost. */
export function isWaiting(job: KeptJob, now: number): boolean {
  if (job.state === "requested") return Date.parse(job.at) <= now - OVERDUE;
  return job.state === "running" && (job.leaseUntil ?? 0) <= now;
}

/** A job out of its item. */
export function jobFrom(item: Item & Partial<Key>): KeptJob {
  const { id, kind, by, at, state, input, tries } = item;
  const isWhole =
    [id, kind, by, at, state].every(value => typeof value === "string") &&
    typeof tries === "number" &&
    isStoredJson(input);
  if (!isWhole) throw new Error(`the job ${item.pk} ${item.sk} cannot be read`);
  const { leaseUntil, result } = item;
  const text = (name: string) =>
    typeof item[name] === "string" ? { [name]: item[name] as string } : {};
  return {
    ...{ id: String(id), kind: kind as JobKind, by: String(by), at: String(at) },
    ...{ state: state as JobState, input: input as StoredJson, tries: Number(tries) },
    ...(typeof leaseUntil === "number" && { leaseUntil }),
    ...(isStoredJson(result) && { result }),
    ...text("endedAt"),
    ...text("code"),
    ...text("because"),
  };
}

function isStoredJson(value: unknown): value is StoredJson {
  if (typeof value !== "object" || value === null) return false;
  const { prefix, sha, count } = value as Item;
  return typeof prefix === "string" && typeof sha === "string" && typeof count === "number";
}

/** What anybody may see of a job now. */
export function shownJob(kept: KeptJob, now: number): Job {
  const { id, kind, by, at, state, endedAt, code, because } = kept;
  const why = state === "requested" || state === "running" ? givenUp(kept, now) : undefined;
  return {
    ...{ id, kind, by, at, state: why === undefined ? state : "failed" },
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(code === undefined ? {} : { code }),
    ...(because === undefined && why === undefined ? {} : { because: because ?? why ?? "" }),
  };
}
