// A matrix out of what stands in an account: it permits exactly the rules that are there, in the words
// a person would have used. Whether they should be there is for whoever reads it.
import type { SecurityGroup } from "../group.ts";
import { importFlows } from "./import-flows.ts";
import { nameEntries, nameNetworks, newNaming } from "./import-names.ts";
import { importText } from "./import-text.ts";

export interface ImportInput {
  readonly groups: readonly SecurityGroup[];
  /** Groups of other accounts are judged and never written: they are left out. */
  readonly account: string;
  readonly ipv6Vpcs: ReadonlySet<string>;
  /** Where it comes from, in words. */
  readonly source: string;
  readonly title: string;
  /** Only the groups of this VPC. */
  readonly vpc?: string;
  /** What the reader had to leave out. */
  readonly notes?: readonly string[];
}

export interface Imported {
  readonly text: string;
  readonly groups: number;
  readonly rules: number;
  readonly flows: number;
  readonly notes: readonly string[];
}

/** Imports groups. */
export function importMatrix(input: ImportInput): Imported {
  const { account, ipv6Vpcs, source, title, vpc } = input;
  const inScope = input.groups.filter(({ vpcId }) => vpc === undefined || vpcId === vpc);
  const groups = inScope
    .filter(({ owner }) => owner === account || owner === "")
    .toSorted((a, b) => compare(a.name, b.name) || compare(a.id, b.id));
  const foreign = inScope
    .filter(group => !groups.includes(group))
    .map(({ id, owner }) => `${id} (${owner})`);
  const notes = [
    ...(input.notes ?? []),
    ...(foreign.length > 0 ? [`groups of other accounts: ${foreign.join(", ")}`] : []),
  ];
  const imported = importFlows(groups, ipv6Vpcs);
  const naming = newNaming();
  const entries = nameEntries(groups, naming);
  const networks = nameNetworks(imported, entries, naming);
  const text = importText({
    ...imported,
    ...{ title: newNaming().take(title, "imported"), source, vpc },
    ...{ groups, entries, networks, notes },
  });
  const rules = groups.reduce((sum, group) => sum + group.rules.length, 0);
  return { text, groups: groups.length, rules, flows: imported.flows.length, notes };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
