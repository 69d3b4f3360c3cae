// Which blocks does a prefix list hold? Entries are canonical, distinct and all of one family.

import { invalidValue } from "../errors.ts";
import { canonicalIpv4, canonicalIpv6 } from "../rules/cidr.ts";
import type { Entry, PrefixList } from "../state.ts";
import { type Input, textOf } from "../wire/query.ts";

/** The most entries one call may add, and the most one page may show. */
export const maxEntriesPerCall = 100;

/** The entries with others added; one that is there already gets the new description. */
export function addEntries(
  entries: readonly Entry[],
  added: readonly Input[],
  family: PrefixList["family"],
): Entry[] {
  checkCount(added);
  const all = new Map(entries.map(entry => [entry.cidr, entry]));
  for (const [cidr, input] of distinct(added, family)) {
    const description = textOf(input, "Description");
    if (description !== undefined && description.length > 255) {
      throw invalidValue("The description of an entry may have at most 255 characters");
    }
    all.set(cidr, description ? { cidr, description } : { cidr });
  }
  return [...all.values()];
}

/** The entries without others, each of which must be there. */
export function removeEntries(
  entries: readonly Entry[],
  removed: readonly Input[],
  family: PrefixList["family"],
): Entry[] {
  checkCount(removed);
  const gone = distinct(removed, family);
  const known = new Set(entries.map(entry => entry.cidr));
  for (const cidr of gone.keys()) {
    if (!known.has(cidr)) throw invalidValue(`The prefix list has no entry ${cidr}`);
  }
  return entries.filter(entry => !gone.has(entry.cidr));
}

/** The canonical block of an entry of this family. */
export function entryCidr(text: string, family: PrefixList["family"]): string {
  return family === "IPv4" ? canonicalIpv4(text) : canonicalIpv6(text);
}

/** Refuses one block to be added and removed by one call. */
export function checkDisjoint(
  added: readonly Input[],
  removed: readonly Input[],
  family: PrefixList["family"],
): void {
  const gone = distinct(removed, family);
  for (const cidr of distinct(added, family).keys()) {
    if (gone.has(cidr)) throw invalidValue(`The entry ${cidr} may not be both added and removed`);
  }
}

function checkCount(entries: readonly Input[]): void {
  if (entries.length > maxEntriesPerCall) {
    throw invalidValue(`At most ${maxEntriesPerCall} entries may be given in one call`);
  }
}

function distinct(inputs: readonly Input[], family: PrefixList["family"]): Map<string, Input> {
  const byCidr = new Map<string, Input>();
  for (const input of inputs) {
    const cidr = entryCidr(textOf(input, "Cidr") ?? "", family);
    if (byCidr.has(cidr)) throw invalidValue(`The entry ${cidr} must not appear multiple times`);
    byCidr.set(cidr, input);
  }
  return byCidr;
}
