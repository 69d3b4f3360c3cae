// Names for what is imported: entries after their groups, networks after what people wrote beside the
// rules, or after the port they are for. Every name is one the matrix can have, and one thing's only.

import { isName, PRIVATE, PUBLIC } from "../file/names.ts";
import { OTHERS } from "../flows/selection.ts";
import type { SecurityGroup } from "../group.ts";
import { ALL, hasPorts, type Shape } from "../rules/protocol.ts";
import { formatPeer } from "../rules/rule.ts";
import { type End, endText, type ImportedFlows, isBlock } from "./import-flows.ts";

/** Names that are taken, and the way to get one: `otherwise` is short, and a name. */
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
      const wishes = [stem, slug(`${stem.slice(0, 40)}-${otherwise}`), otherwise];
      const count = (n: number): string =>
        isFree(`${otherwise}-${n}`) ? `${otherwise}-${n}` : count(n + 1);
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
 * Gathers blocks into networks: those that people described alike, and those that come together in a
 * flow without a description of their own.
 *
 * @returns by the text of the set; see `setText`.
 */
export function nameNetworks(
  { flows, words }: Pick<ImportedFlows, "flows" | "words">,
  entries: ReadonlyMap<string, string>,
  naming: Naming,
): Map<string, ImportedNetwork> {
  const networks = new Map<string, ImportedNetwork>();
  const add = (ends: readonly End[], wish: string) => {
    if (networks.has(setText(ends))) return;
    networks.set(setText(ends), { name: naming.take(wish, "network"), peers: ends.map(peerText) });
  };
  const sides = flows.flatMap(({ from, to, shapes }): Side[] => [
    { ends: from, others: to, shapes, role: "clients" },
    { ends: to, others: from, shapes, role: "targets" },
  ]);
  const uses = new Map<string, number>();
  for (const end of sides.flatMap(({ ends }) => ends)) {
    uses.set(endText(end), (uses.get(endText(end)) ?? 0) + 1);
  }
  for (const side of sides) {
    const blocks = side.ends.filter(isBlock);
    const said = new Set(blocks.map(end => wordOf(end, words)));
    const [word] = said;
    if (blocks.length > 1 && said.size === 1 && word !== undefined) add(blocks, word);
    else {
      for (const end of blocks) {
        const own = wordOf(end, words);
        if (own !== undefined && (uses.get(endText(end)) ?? 0) > 1) add([end], own);
      }
      const rest = blocks.filter(end => !networks.has(setText([end])));
      if (rest.length > 1) add(rest, whatFor(side, entries));
    }
  }
  return networks;
}

/** One side of a flow: blocks, or groups and lists, or everybody. */
interface Side {
  readonly ends: readonly End[];
  readonly others: readonly End[];
  readonly shapes: readonly Shape[];
  readonly role: "clients" | "targets";
}

/** The sets of blocks that a side of a flow is written by: each is a network, or blocks by themselves. */
export function setsOf(
  blocks: readonly End[],
  networks: ReadonlyMap<string, ImportedNetwork>,
): readonly (readonly End[])[] {
  if (networks.has(setText(blocks))) return [blocks];
  const alone = blocks.filter(end => networks.has(setText([end])));
  return [...alone.map(end => [end]), blocks.filter(end => !alone.includes(end))];
}

/** The text of a set of ends, whatever their order. */
export const setText = (ends: readonly End[]): string => ends.map(endText).toSorted().join(" ");

/** A peer as a matrix has it: an address without its prefix. */
export function peerText(end: End): string {
  if (end.kind === "entry") return end.id;
  return formatPeer(end.peer).replace(/^([\d.]+)\/32$/, "$1");
}

/** An end as a flow names it: a group by its entry. */
export const endName = (end: End, entries: ReadonlyMap<string, string>): string =>
  entries.get(peerText(end)) ?? peerText(end);

// What everybody wrote beside a block's rules, if it is short enough to be a name.
function wordOf(end: End, words: ImportedFlows["words"]): string | undefined {
  const [word, ...others] = words.get(endText(end)) ?? [];
  const isOne = word !== undefined && others.length === 0 && word.length <= 40;
  return isOne && /\p{L}/u.test(word) ? word : undefined;
}

function whatFor({ others, shapes, role }: Side, entries: ReadonlyMap<string, string>): string {
  const who = others.length > 1 ? "shared" : others.map(end => endName(end, entries)).join("");
  return `${who}-${portWord(shapes)}-${role}`;
}

function portWord(shapes: readonly Shape[]): string {
  const [shape] = shapes;
  if (!shape || shapes.length > 3) return "many";
  if (!hasPorts(shape.protocol)) return shape.protocol === ALL ? "all" : `proto-${shape.protocol}`;
  if (shape.from !== shape.to) return `${shape.from}-${shape.to}`;
  return WORDS.get(shape.from) ?? String(shape.from);
}
