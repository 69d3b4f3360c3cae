// The account's buckets: files by name, the newest of each. They live as long as the process does, also
// where the rest is kept in a folder.

/** One file of a bucket. */
export interface StoredFile {
  readonly body: Buffer;
  readonly contentType: string;
}

/** The buckets of the account. */
export type Buckets = ReturnType<typeof createBuckets>;

/** Makes the list of buckets, none at first. */
export function createBuckets() {
  const buckets = new Map<string, Map<string, StoredFile>>();
  return {
    /** Makes a bucket, unless it is there. */
    create(name: string): void {
      if (!buckets.has(name)) buckets.set(name, new Map());
    },
    /** The files of a bucket by name; undefined where there is no such bucket. */
    find: (name: string): Map<string, StoredFile> | undefined => buckets.get(name),
  };
}
