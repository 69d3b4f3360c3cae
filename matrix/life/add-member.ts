// One more address among the members of a group, written into the file where the others stand: its
// comments and its layout stay as they are, one line is another.
import { isAlias, isMap, isScalar, isSeq, type Pair, parseDocument, type YAMLMap } from "yaml";
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
  const holder = Object.values(before.groups).find(({ members }) => members.includes(member.cidr));
  if (holder) {
    const message = `${address} is a member of ${holder.name} already`;
    throw inputError("matrix.member.twice", message, "nothing is to be done, or take it out there");
  }
  const source = fileOf(sources, group);
  const text = withMember(source, group, member.written);
  const changed = sources.map(one => (one === source ? { ...one, text } : one));
  const after = parseMatrix(changed);
  if (!after.groups[group]?.members.includes(member.cidr)) throw unwritable(source, group);
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

// Of several files the later list counts; where no file has one, the last that names the group.
function fileOf(sources: readonly MatrixSource[], group: string): MatrixSource {
  const named = sources.filter(({ text }) => entryNode(text, group) !== undefined);
  const listed = named.filter(({ text }) => entryNode(text, group)?.has("members"));
  const found = listed.at(-1) ?? named.at(-1);
  if (!found) throw new Error(`no file has the group ${group}`);
  return found;
}

function entryNode(text: string, group: string): YAMLMap | undefined {
  const node = parseDocument(text, { uniqueKeys: false }).getIn(["groups", group], true);
  return isMap(node) ? node : undefined;
}

/** The end of a node's own text. */
const endOf = (node: unknown): number => {
  const { range } = node as { range?: readonly number[] | null };
  return range?.[1] ?? 0;
};

function withMember(source: MatrixSource, group: string, member: string): string {
  const { text } = source;
  const entry = entryNode(text, group);
  const members = entry?.get("members", true) as unknown;
  if (isSeq(members)) {
    const last = members.items.at(-1);
    if (last === undefined) return spliced(text, endOf(members) - 1, member);
    if (members.flow) return spliced(text, endOf(last), `, ${member}`);
    return afterLine(text, endOf(last), `${indentAt(text, endOf(last), "-")}- ${member}`);
  }
  if (isScalar(members) && typeof members.value === "string") throw unwritable(source, group);
  if (isAlias(members) || members || !entry) throw unwritable(source, group);
  const last = entry.items.at(-1) as Pair | undefined;
  if (entry.flow) {
    const field = `members: [${member}]`;
    if (!last) return spliced(text, endOf(entry) - 1, ` ${field} `);
    return spliced(text, endOf(last.value ?? last.key), `, ${field}`);
  }
  const end = endOf(last?.value ?? last?.key);
  const start = (last?.key as { range?: readonly number[] } | undefined)?.range?.[0] ?? end;
  return afterLine(text, end, `${indentAt(text, start)}members: [${member}]`);
}

function unwritable({ name }: MatrixSource, group: string) {
  const message = `${name}: the members of ${group} are not written out as a list of their own`;
  return inputError(
    "matrix.member.place",
    message,
    "write members: [ ] in the group, then add to it",
  );
}

const spliced = (text: string, at: number, what: string): string =>
  text.slice(0, at) + what + text.slice(at);

/** Puts a line below the one that holds a place. */
function afterLine(text: string, at: number, line: string): string {
  // What spans lines ends at the start of the next one.
  const inside = text[at - 1] === "\n" ? at - 1 : at;
  const end = text.indexOf("\n", inside);
  return end < 0 ? `${text}\n${line}\n` : spliced(text, end + 1, `${line}\n`);
}

/** The blanks before a line's text, or before its dash. */
function indentAt(text: string, at: number, mark = ""): string {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const line = text.slice(
    start,
    text.indexOf("\n", start) < 0 ? undefined : text.indexOf("\n", start),
  );
  return line.slice(0, mark === "" ? line.search(/\S/) : line.indexOf(mark));
}

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
