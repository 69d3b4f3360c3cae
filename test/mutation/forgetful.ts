// What the sources get for matrix/remembered.ts while mutants are tried: the same, but forgotten before each
// mutant, which else would go by what was remembered before it was there.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

type Remembered = typeof import("../../matrix/remembered.ts").remembered;

// The one in the sandbox, where the tests run.
const source = pathToFileURL(resolve("matrix/remembered.ts")).href;
const own: { readonly remembered: Remembered } = await import(source);
let era = 0;

/** Makes every memory begin anew. */
export const forget = (): void => {
  era += 1;
};

/** Remembers what was made of a key, until it is to be forgotten. */
export const remembered: Remembered = (most, make) => {
  let made = own.remembered(most, make);
  let madeIn = era;
  return key => {
    if (madeIn !== era) {
      made = own.remembered(most, make);
      madeIn = era;
    }
    return made(key);
  };
};
