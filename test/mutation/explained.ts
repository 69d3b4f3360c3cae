// The mutants that no test can notice, each with its reason, from survivors.yaml.
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import * as z from "zod";
import type { Mutant } from "./mutant.ts";

const schema = z.record(
  z.string(),
  z.array(
    z.strictObject({
      in: z.string(),
      from: z.string(),
      to: z.string(),
      because: z.string().min(10),
    }),
  ),
);

/** A mutant and why it may live. */
export interface Explanation extends Pick<Mutant, "file" | "in" | "from" | "to"> {
  readonly because: string;
}

/** Reads the explanations. */
export function explanations(): Explanation[] {
  const text = readFileSync(new URL("survivors.yaml", import.meta.url), "utf8");
  return Object.entries(schema.parse(parse(text) ?? {})).flatMap(([file, all]) =>
    all.map(one => ({ file, ...one })),
  );
}

/** Tells whether it is this mutant that is explained. */
export const explains = (explanation: Explanation, mutant: Mutant): boolean =>
  (["file", "in", "from", "to"] as const).every(key => explanation[key] === mutant[key]);
