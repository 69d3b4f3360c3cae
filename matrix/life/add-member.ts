// One more address among the members of a group, written into the file where the others stand: its
// comments and its layout stay as they are, one line is another.
import { isMap, isSeq, type ParsedNode, parseDocument, type YAMLMap } from "yaml";
import type { MatrixDocument } from "../document.ts";
import { inputError, quoted } from "../errors.ts";
import { parseMatrix } from "../file/parse.ts";
import { choiceCure } from "../file/spelling.ts";
import type { MatrixSource } from "../file/yaml-text.ts";
import { formatCidr, hasHostBits, parseCidr } from "../rules/cidr.ts";

/** A changed file. */
export interface AddedMember {
  readonly file: string;
  /** The whole new text. */
  readonly text: string;
  /** The first line that is another, counted from 1, and how it read and reads. */
  readonly line: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
  readonly before: MatrixDocument;
  readonly after: MatrixDocument;
}

/**
 * Adds an address to the members of a group, in the last file that lists them.
 *
 * @throws InputError where the group or the address cannot be, or the address is a member already.
 */
export function addMember(
  sources: readonly MatrixSource[],
  group: string,
  address: string,
): AddedMember {
  const before = parseMatrix(sources);
  const entry = before.groups[group];
  if (!entry || entry.others) {
    const names = Object.values(before.groups).flatMap(({ name, others }) =>
      others ? [] : [name],
    );
    const message = `${quoted(group)} is no group of the matrix with members`;
    throw inputError("matrix.entry.unknown", message, choiceCure(group, names));
  }
  const member = memberText(address);
  const same = Object.values(before.groups).find(({ members }) => members.includes(member.cidr));
  if (same) {
    const message = `${address} is a member of ${same.name} already`;
    throw inputError("matrix.member.twice", message, "nothing is to be done, or take it out there");
  }
  const { source, entry: node } = holderOf(sources, group);
  const text = withMember(source.text, node, member.written);
  if (text === undefined) throw unwritable([source], group);
  const changed = sources.map(one => (one === source ? { ...one, text } : one));
  const after = parseMatrix(changed);
  if (!after.groups[group]?.members.includes(member.cidr)) throw unwritable([source], group);
  return { file: source.name, text, ...changeOf(source.text, text), before, after };
}

function memberText(address: string): { cidr: string; written: string } {
  const cidr = parseCidr(address);
  if (!cidr || hasHostBits(address)) {
    const cure = "write it like 172.21.138.103, 172.21.139.0/28 or 2001:db8::7";
    throw inputError("matrix.member", `${quoted(address)} is no address or block`, cure);
  }
  const written = address.includes(":") ? JSON.stringify(address) : address;
  return { cidr: formatCidr(cidr), written };
}

/** A file that says a group itself, not by an alias. */
interface Holder {
  readonly source: MatrixSource;
  readonly entry: YAMLMap;
}

// Of several files the later list counts; where no file has one, the last that says the group.
function holderOf(sources: readonly MatrixSource[], group: string): Holder {
  const holders = sources.flatMap(source => {
    const entry = parseDocument(source.text, { uniqueKeys: false }).getIn(["groups", group]);
    return isMap(entry) ? [{ source, entry }] : [];
  });
  const holder = holders.findLast(({ entry }) => entry.has("members")) ?? holders.at(-1);
  if (!holder) throw unwritable(sources, group);
  return holder;
}

// Nothing where the members stand elsewhere.
function withMember(text: string, entry: YAMLMap, member: string): string | undefined {
  const members = entry.get("members", true) as unknown;
  if (isSeq(members)) {
    const last = members.items.at(-1);
    if (last === undefined) return spliced(text, endOf(members) - 1, member);
    if (members.flow) return spliced(text, endOf(last), `, ${member}`);
    return afterLine(text, endOf(last), `${indentAt(text, startOf(members))}- ${member}`);
  }
  if (members !== undefined) return undefined;
  const field = `members: [${member}]`;
  const last = entry.items.at(-1);
  if (last === undefined) return spliced(text, endOf(entry) - 1, ` ${field} `);
  if (entry.flow) return spliced(text, endOf(last.value), `, ${field}`);
  return afterLine(text, endOf(last.value), `${indentAt(text, startOf(last.key))}${field}`);
}

function unwritable(sources: readonly MatrixSource[], group: string) {
  const files = sources.map(({ name }) => name).join(", ");
  const message = `${files}: the members of ${group} are not written out as a list of their own`;
  return inputError(
    "matrix.member.place",
    message,
    "write members: [ ] in the group, then add to it",
  );
}

// Where the text of a node begins and ends; what was parsed has a place.
const startOf = (node: unknown): number => (node as ParsedNode).range[0];
const endOf = (node: unknown): number => (node as ParsedNode).range[1];

const spliced = (text: string, at: number, what: string): string =>
  text.slice(0, at) + what + text.slice(at);

/** Puts a line below the one that a node ends on. */
function afterLine(text: string, at: number, line: string): string {
  // What spans lines ends behind the end of its last one.
  const end = text.indexOf("\n", at - 1);
  return end === -1 ? `${text}\n${line}\n` : spliced(text, end + 1, `${line}\n`);
}

/** The blanks before what is the first thing on its line. */
const indentAt = (text: string, at: number): string =>
  text.slice(text.lastIndexOf("\n", at) + 1, at);

function changeOf(before: string, after: string): Pick<AddedMember, "line" | "removed" | "added"> {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const first = now.findIndex((line, index) => line !== old[index]);
  const grown = now.length - old.length;
  return {
    line: first + 1,
    removed: grown > 0 ? [] : old.slice(first, first + 1),
    added: now.slice(first, first + 1),
  };
}
