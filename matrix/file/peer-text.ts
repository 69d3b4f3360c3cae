// The peers a matrix file names, read one by one: `public`, a group, a network, a block, `pl-…`,
// `sg-…`, or a bounded prefix list. Strict about what people write, unlike what EC2 reports.

import type { PeerSpec } from "../document.ts";
import { type Problem, quoted } from "../errors.ts";
import { OTHERS } from "../flows/selection.ts";
import { formatCidr, hasHostBits, parseCidr } from "../rules/cidr.ts";
import { parsePeer } from "../rules/rule.ts";
import { type Names, PRIVATE, PUBLIC } from "./names.ts";
import { fieldOf, itemsOf, type Located, problemAt, refuse, textOf } from "./positions.ts";
import { choiceCure } from "./spelling.ts";

/** What reading needs beside the value: the names there are, and where problems go. */
export interface Reader {
  readonly names: Names;
  readonly problems: Problem[];
}

/** What reading peers needs of that. */
export interface PeerReader extends Omit<Reader, "names"> {
  readonly names: Pick<Names, "networks" | "groups">;
}

export type PeerPlace = "flow" | "forbid" | "network";

/** Reads one peer or a list of them; what is no peer becomes a problem. */
export function readPeers(
  node: Located | undefined,
  place: PeerPlace,
  reader: PeerReader,
): PeerSpec[] {
  const specs = itemsOf(node).flatMap(item => readPeer(item, place, reader));
  const distinct = new Map(specs.map(spec => [JSON.stringify(spec), spec]));
  return [...distinct.values()];
}

function readPeer(node: Located, place: PeerPlace, reader: PeerReader): PeerSpec[] {
  if (node.kind === "map") return readBoundedList(node, place, reader);
  const text = textOf(node);
  if (!text) return []; // the structure check names it
  if (text === PUBLIC) return [{ kind: "public" }];
  if (/^(pl|sg)-/.test(text)) return readId(text, node, reader);
  if (isAddressLike(text)) {
    return readBlock(node, reader.problems).map(cidr => ({ kind: "cidr", cidr }));
  }
  return readName(text, node, place, reader);
}

const isAddressLike = (text: string): boolean => /[/:]|^[\d.]+$/.test(text);

function readId(text: string, node: Located, reader: PeerReader): PeerSpec[] {
  const peer = parsePeer(text);
  if (peer && peer.kind !== "cidr" && !text.endsWith("@?")) return [peer];
  const [message, cure] = text.startsWith("pl-")
    ? ["is no prefix list id", "pl- and 8 to 17 hexadecimal digits, in lower case"]
    : ["is no group id", "sg- and 8 to 17 hexadecimal digits, @ and 12 digits for another account"];
  const problem = problemAt(node.at, "peer.id", `${quoted(text)} ${message}`, cure);
  return refuse(reader.problems, problem);
}

function readName(text: string, node: Located, place: PeerPlace, reader: PeerReader): PeerSpec[] {
  const { names, problems } = reader;
  if (text === PRIVATE || names.networks.has(text)) return [{ kind: "network", name: text }];
  if (text === OTHERS) {
    const cure = "name the groups, or a network";
    return refuse(problems, problemAt(node.at, "peer.others", "`others` cannot be a peer", cure));
  }
  if (!names.groups.has(text)) return refuse(problems, unknownName(text, node, names, place));
  if (place !== "network") return [{ kind: "entry", name: text }];
  const message = `${quoted(text)} is a group, and a network holds no groups`;
  const cure = "name the group in from or to beside the network, or give its sg-… id here";
  return refuse(problems, problemAt(node.at, "peer.group-in-network", message, cure));
}

function unknownName(
  text: string,
  node: Located,
  names: PeerReader["names"],
  place: PeerPlace,
): Problem {
  const parts = text.split(/[\s,]/).filter(part => part !== "");
  if (parts.length > 1) {
    const message = `${quoted(text)} is no name`;
    return problemAt(node.at, "peer.unknown", message, `write a list: [${parts.join(", ")}]`);
  }
  const groups = place === "network" ? [] : [...names.groups].filter(name => name !== OTHERS);
  const known = [...groups, ...names.networks, PUBLIC, PRIVATE];
  const what = place === "network" ? "no network" : "no group and no network";
  const message = `${quoted(text)} is ${what} of this matrix`;
  return problemAt(node.at, "peer.unknown", message, choiceCure(text, known));
}

/** Reads an address or block that somebody wrote, if it is one: bits beyond its prefix are refused. */
export function readBlock(node: Located, problems: Problem[]): string[] {
  const text = textOf(node);
  if (!text) return []; // the structure check names it
  const cidr = parseCidr(text);
  if (!cidr) {
    const cure = 'write it like 203.0.113.7, 203.0.113.0/24 or "2001:db8::/32"';
    const message = `${quoted(text)} is no address or block`;
    return refuse(problems, problemAt(node.at, "cidr", message, cure));
  }
  if (hasHostBits(text)) {
    const alone = parseCidr(text.split("/")[0] ?? "");
    const cure = `write ${formatCidr(cidr)}, or ${alone && formatCidr(alone)} for the address alone`;
    const message = `${quoted(text)} has bits set beyond its prefix`;
    return refuse(problems, problemAt(node.at, "cidr.host-bits", message, cure));
  }
  return [formatCidr(cidr)];
}

function readBoundedList(node: Located, place: PeerPlace, reader: PeerReader): PeerSpec[] {
  const { problems } = reader;
  const list = fieldOf(node, "list");
  const id = textOf(list);
  const within = itemsOf(fieldOf(node, "within")).flatMap(block => readBlock(block, problems));
  if (list === undefined || id === undefined) return [];
  if (parsePeer(id)?.kind !== "prefix-list") {
    const message = `${quoted(id)} is no prefix list id, and only a list has a \`within\``;
    const cure = "write { list: pl-…, within: [blocks] }, or the peer alone";
    return refuse(problems, problemAt(list.at, "within", message, cure));
  }
  if (place === "forbid") {
    const message = "`within` bounds a list that is permitted; a forbid takes the list whole";
    return refuse(problems, problemAt(node.at, "within", message, `write ${id} alone`));
  }
  return [{ kind: "prefix-list", id, within: [...new Set(within)] }];
}
