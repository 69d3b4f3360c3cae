// How the account survives kill -9: one JSON line per change, written before the change is
// acknowledged; at start the state is rebuilt, saved as one snapshot, and a new journal begun.
// It survives the process, not a power cut (nothing is fsynced). Tables are dynalite's own matter.
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** One part of the account that keeps its state in the journal. */
export interface JournalPart {
  snapshot(): unknown;
  restore(snapshot: unknown): void;
  replay(entry: unknown): void;
}

/** An open journal. */
export interface Journal {
  /** Writes one change of a part; when it returns, the change outlives the process. */
  write(part: string, entry: unknown): void;
  close(): void;
}

interface Snapshot {
  generation: number;
  parts: Record<string, unknown>;
}

/** Rebuilds the parts from a directory and opens it for writing. */
export function openJournal(dir: string, parts: ReadonlyMap<string, JournalPart>): Journal {
  const saved = readSnapshot(dir);
  for (const [name, part] of parts) {
    if (Object.hasOwn(saved.parts, name)) part.restore(saved.parts[name]);
  }
  for (const { part, entry } of readEntries(pathOf(dir, saved.generation))) {
    parts.get(part)?.replay(entry);
  }
  // The snapshot names the journal that follows it: whichever of the two files a crash leaves
  // behind, no entry is replayed onto a snapshot that already holds it.
  const generation = saved.generation + 1;
  writeSnapshot(dir, { generation, parts: snapshotsOf(parts) });
  removeOldJournals(dir, generation);
  const file = openSync(pathOf(dir, generation), "a");
  let isOpen = true;
  return {
    write(part, entry) {
      if (!isOpen) throw new Error("the journal is closed");
      writeWhole(file, `${JSON.stringify({ part, entry })}\n`);
    },
    close() {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}

function pathOf(dir: string, generation: number): string {
  return join(dir, `journal-${generation}.jsonl`);
}

function snapshotsOf(parts: ReadonlyMap<string, JournalPart>): Record<string, unknown> {
  return Object.fromEntries([...parts].map(([name, part]) => [name, part.snapshot()]));
}

function readSnapshot(dir: string): Snapshot {
  const path = join(dir, "snapshot.json");
  if (!existsSync(path)) return { generation: 0, parts: {} };
  return JSON.parse(readFileSync(path, "utf8"));
}

function writeSnapshot(dir: string, snapshot: Snapshot): void {
  const path = join(dir, "snapshot.json");
  writeFileSync(`${path}.new`, JSON.stringify(snapshot));
  renameSync(`${path}.new`, path);
}

function removeOldJournals(dir: string, generation: number): void {
  for (const name of readdirSync(dir)) {
    const match = /^journal-(\d+)\.jsonl$/.exec(name);
    if (match && Number(match[1]) < generation) rmSync(join(dir, name));
  }
}

/** Reads a journal's lines; the last one may be torn, for it was never acknowledged. */
function readEntries(path: string): { part: string; entry: unknown }[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  // What follows the last line feed is nothing, or a torn line.
  lines.pop();
  return lines.map((line, index) => {
    try {
      return JSON.parse(line);
    } catch (cause) {
      throw new Error(`${path}, line ${index + 1} is damaged`, { cause });
    }
  });
}

function writeWhole(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}
