// Names for what is imported: entries after their groups, networks after what people wrote beside the
// rules, or after the port they are for. Every name is one the matrix can have, and one thing's only.

import { isName, PRIVATE, PUBLIC } from "../file/names.ts";
import { OTHERS } from "../flows/selection.ts";
import type { SecurityGroup } from "../group.ts";
import { hasPorts, type Shape } from "../rules/protocol.ts";
import { formatPeer } from "../rules/rule.ts";
import { type End, endText, type ImportedFlow } from "./import-flows.ts";

/** Names that are taken, and the way to get one. */
export interface Naming {
  take(wish: string, otherwise: string): string;
}

/** Starts with the words the format keeps for itself. */
export function newNaming(): Naming {
  const taken = new Set([PUBLIC, PRIVATE, OTHERS]);
  const isFree = (name: string) => isName(name) && !taken.has(name);
  return {
    take(wish, otherwise) {
      const stem = slug(wish);
      const wishes = [stem, slug(`${stem.slice(0, 40)}-${otherwise}`), slug(otherwise)];
      const count = (n: number): string => {
        const name = `${slug(otherwise).slice(0, 50)}-${n}`;
        return isFree(name) ? name : count(n + 1);
      };
      const name = wishes.find(isFree) ?? count(2);
      taken.add(name);
      return name;
    },
  };
}

/** Words as one word of the matrix: `Office VPN (old)` becomes `Office-VPN-old`. */
function slug(text: string): string {
  return text
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^[^\p{L}\p{N}]+|[-._]+$/gu, "")
    .slice(0, 64);
}

/** Names the entry of each group. */
export function nameEntries(groups: readonly SecurityGroup[], naming: Naming): Map<string, string> {
  return new Map(groups.map(({ id, name }) => [id, naming.take(name, `group-${id.slice(3, 11)}`)]));
}

/** A network to be written, and the set of peers that it stands for. */
export interface ImportedNetwork {
  readonly name: string;
  readonly peers: readonly string[];
}

const WORDS: ReadonlyMap<number, string> = new Map([
  [22, "ssh"],
  [53, "dns"],
  [80, "web"],
  [443, "web"],
  [3306, "mysql"],
  [3389, "rdp"],
  [5432, "postgres"],
  [6379, "redis"],
  [27017, "mongo"],
]);

/**
 * Gathers blocks that come together into networks: several in one flow, or one that somebody has
 * given a name by describing its rules.
 *
 * @returns by the text of the set; see `setText`.
 */
export function nameNetworks(
  flows: readonly ImportedFlow[],
  entries: ReadonlyMap<string, string>,
  naming: Naming,
): Map<string, ImportedNetwork> {
  const uses = new Map<string, { ends: readonly End[]; flows: ImportedFlow[] }>();
  for (const flow of flows) {
    for (const side of [flow.from, flow.to]) {
      const blocks = side.filter(isBlock);
      if (blocks.length === 0) continue;
      const known = uses.get(setText(blocks));
      uses.set(setText(blocks), { ends: blocks, flows: [...(known?.flows ?? []), flow] });
    }
  }
  const networks = new Map<string, ImportedNetwork>();
  for (const [text, { ends, flows: its }] of uses) {
    const said = commonWord(its);
    if (ends.some(isWorld) || (ends.length === 1 && !(said && its.length > 1))) continue;
    const name = naming.take(said ?? whatFor(its, entries), "network");
    networks.set(text, { name, peers: ends.map(blockText) });
  }
  return networks;
}

/** The text of a set of ends, whatever their order. */
export const setText = (ends: readonly End[]): string => ends.map(endText).toSorted().join(" ");

/** A single block, not a list or a group. */
export const isBlock = (end: End): boolean => end.kind === "peer" && end.peer.kind === "cidr";

/** Everybody of one address family. */
export const isWorld = (end: End): boolean =>
  end.kind === "peer" && end.peer.kind === "cidr" && end.peer.cidr.prefix === 0;

/** A peer as a matrix has it: an address without its prefix. */
export function blockText(end: End): string {
  if (end.kind === "entry") return end.id;
  return formatPeer(end.peer).replace(/^([\d.]+)\/32$/, "$1");
}

// What everybody wrote beside these rules, if it is short enough to be a name.
function commonWord(flows: readonly ImportedFlow[]): string | undefined {
  const words = new Set(flows.flatMap(({ descriptions }) => descriptions));
  const [word, ...others] = words;
  const isOne = word !== undefined && others.length === 0 && word.length <= 40;
  return isOne && /\p{L}/u.test(word) ? word : undefined;
}

function whatFor(flows: readonly ImportedFlow[], entries: ReadonlyMap<string, string>): string {
  const [flow] = flows;
  const isComing = flow?.to.some(({ kind }) => kind === "entry") ?? false;
  const groups = (isComing ? flow?.to : flow?.from) ?? [];
  const names = groups.flatMap(end => (end.kind === "entry" ? (entries.get(end.id) ?? []) : []));
  const who = flows.length > 1 || names.length > 1 ? "shared" : (names[0] ?? "shared");
  return `${who}-${portWord(flow?.shapes ?? [])}-${isComing ? "clients" : "targets"}`;
}

function portWord([shape, ...more]: readonly Shape[]): string {
  if (!shape || more.length > 2) return "many";
  if (!hasPorts(shape.protocol)) return shape.protocol < 0 ? "all" : `proto-${shape.protocol}`;
  if (shape.from !== shape.to) return `${shape.from}-${shape.to}`;
  return WORDS.get(shape.from) ?? String(shape.from);
}
