// What is mutated, and which tests are tried on it. A mutant is cheap to try on quick tests only, so those
// that crash, race or draw random cases for long are left out: what they alone notice counts as missed.
import { matchesGlob } from "node:path";

/** Some sources and the tests that answer for them. */
export interface Part {
  readonly name: string;
  readonly sources: readonly string[];
  readonly tests: readonly string[];
  /** Tests in which one goes on where the one before it in its file ended, so that files are run whole. */
  readonly stories: readonly string[];
  readonly slow: readonly string[];
  /** How many mutants `--changed` tries at most: each takes a moment, or the tests of a story. */
  readonly most: number;
}

/** The tests of single pieces of reconciling. */
const OWN = ["test/functions/reconcile/*.test.ts"];

/** The scope of the mutation tests; a source is of the first part that names it. */
export const parts: readonly Part[] = [
  {
    name: "matrix",
    sources: ["matrix/**/*.ts"],
    tests: ["test/matrix/**/*.test.ts"],
    stories: [],
    slow: ["test/matrix/*.property.test.ts"],
    most: 250,
  },
  {
    name: "cloudtrail",
    sources: ["functions/aws/cloudtrail.ts"],
    tests: ["test/functions/pure/cloudtrail*.test.ts"],
    stories: [],
    slow: [],
    most: 250,
  },
  {
    name: "audits",
    sources: ["functions/reconcile/audit/*.ts"],
    tests: ["test/functions/reconcile/audit/*.test.ts"],
    stories: ["test/functions/{audit,audit-*,brake,attachments,failing-calls}.test.ts"],
    slow: ["test/functions/audit-histories.test.ts"],
    most: 10,
  },
  {
    name: "exceptions",
    sources: [
      "functions/reconcile/{approval-*,chat-click,exceptions,windows,scheduling,telling}.ts",
    ],
    tests: OWN,
    stories: ["test/functions/{approval*,exception-{windows,schedules},slack-*}.test.ts"],
    slow: [],
    most: 10,
  },
  {
    name: "versions",
    sources: ["functions/reconcile/{matrix-*,activate}.ts"],
    tests: OWN,
    stories: ["test/functions/{matrix-apply,policy-missing}.test.ts"],
    slow: [],
    most: 10,
  },
  {
    name: "told",
    sources: ["functions/reconcile/{deliver,pauses,postponed,status,sweep,tell,canary}.ts"],
    tests: OWN,
    stories: [
      "test/functions/{canary,lag,main-job,notify,pauses,publish,story,unpublished}.test.ts",
    ],
    slow: [],
    most: 10,
  },
  {
    name: "closing",
    sources: ["functions/reconcile/*.ts"],
    tests: OWN,
    stories: [
      "test/functions/{batch,by-value,failing-calls,follow-up,leftover,main-job}.test.ts",
      "test/functions/{measures,modes,own-calls,policy-missing,prefix-lists,quota,required}.test.ts",
      "test/functions/{round-trips,scopes,shapes,story}.test.ts",
    ],
    slow: [],
    most: 10,
  },
];

/** The part of this name. */
export function partNamed(name: string): Part {
  const part = parts.find(one => one.name === name);
  if (!part) throw new Error(`no part of the mutation tests is named ${JSON.stringify(name)}`);
  return part;
}

/** The part that a file is mutated in, if any. */
export const partOf = (file: string): Part | undefined =>
  parts.find(({ sources }) => sources.some(glob => matchesGlob(file, glob)));
