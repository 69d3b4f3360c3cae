// The groups of a matrix file as entries: who plays a part, and how the part is treated.
import type { GroupEntry } from "../document.ts";
import { type Problem, quoted } from "../errors.ts";
import { OTHERS } from "../flows/selection.ts";
import { type Reader, readBlock } from "./peer-text.ts";
import {
  fieldOf,
  itemsOf,
  type Located,
  type LocatedMap,
  type LocatedPair,
  pairsOf,
  problemAt,
  textOf,
} from "./positions.ts";

/** Reads every entry; a matrix without one is a problem. */
export function readEntries(root: LocatedMap, reader: Reader): Record<string, GroupEntry> {
  const groups = fieldOf(root, "groups");
  const entries = pairsOf(groups);
  if (entries.length === 0 && (groups === undefined || groups.kind === "map")) {
    const cure = "add one under groups, such as `groups: { api: { name: NAME-IN-EC2 } }`";
    const message = "the matrix has no group, so it would govern nothing";
    reader.problems.push(problemAt(groups?.at ?? root.at, "no-group", message, cure));
  }
  return Object.fromEntries(
    entries.flatMap(([name, pair]) => {
      if (pair.value.kind !== "map") return []; // the structure check names it
      const entry = name === OTHERS ? readOthers(pair, reader) : readEntry(name, pair, reader);
      return [[name, entry]];
    }),
  );
}

function readEntry(name: string, { at, value }: LocatedPair, reader: Reader): GroupEntry {
  const { problems } = reader;
  const id = textOf(fieldOf(value, "id"));
  const groupName = textOf(fieldOf(value, "name"));
  const tags = readTags(fieldOf(value, "tags"), problems);
  const members = itemsOf(fieldOf(value, "members")).flatMap(m => readBlock(m, problems));
  problems.push(...selectorProblems(value));
  const isSelected = ["id", "name", "tags"].some(key => fieldOf(value, key) !== undefined);
  if (!isSelected && itemsOf(fieldOf(value, "members")).length === 0) {
    const cure = "give an id, a name, tags or members; `others: {}` is every group left over";
    problems.push(problemAt(at, "entry.empty", `nothing plays the part ${quoted(name)}`, cure));
  }
  const by = fieldOf(value, "by");
  const isByGroup = textOf(by) === "group";
  if (by && isByGroup && !isSelected) {
    const message = `${quoted(name)} is referred to by group but selects none`;
    const cure = "add an id, a name or tags, or remove by: group";
    problems.push(problemAt(by.at, "entry.by-group", message, cure));
  }
  return {
    name,
    ...(id !== undefined && { id }),
    ...(groupName !== undefined && { groupName }),
    ...(tags && { tags }),
    members: [...new Set(members)],
    by: isByGroup ? "group" : "address",
    ...treatment(value),
    adopt: textOf(fieldOf(value, "adopt")) === "auto" ? "auto" : "manual",
  };
}

/** The mode, owner and egress of an entry; words the structure check refused count as left out. */
function treatment(value: Located): Pick<GroupEntry, "egress" | "mode" | "owner"> {
  const mode = textOf(fieldOf(value, "mode"));
  const owner = textOf(fieldOf(value, "owner"));
  return {
    egress: textOf(fieldOf(value, "egress")) === "listed" ? "listed" : "open",
    ...((mode === "observe" || mode === "revoke" || mode === "enforce") && { mode }),
    ...(owner !== undefined && { owner }),
  };
}

const OF_OTHERS = ["mode", "owner", "egress"];

function readOthers({ value }: LocatedPair, reader: Reader): GroupEntry {
  for (const [key, { at }] of pairsOf(value)) {
    if (OF_OTHERS.includes(key)) continue;
    const message = `${quoted(key)} cannot stand in others, which is every group left over`;
    const cure = "remove it, or give these groups an entry of their own";
    reader.problems.push(problemAt(at, "others.selector", message, cure));
  }
  const fixed = {
    name: OTHERS,
    members: [],
    by: "address",
    adopt: "manual",
    others: true,
  } as const;
  return { ...fixed, ...treatment(value) };
}

function readTags(node: Located | undefined, problems: Problem[]) {
  if (node?.kind !== "map") return undefined;
  if (node.pairs.size === 0) {
    const message = "tags without a tag would select every group";
    problems.push(problemAt(node.at, "entry.tags", message, "name a tag, or remove the key"));
  }
  return Object.fromEntries(pairsOf(node).map(([key, { value }]) => [key, textOf(value) ?? ""]));
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
function selectorProblems(value: Located): Problem[] {
  const id = fieldOf(value, "id");
  const name = fieldOf(value, "name");
  const idText = textOf(id);
  const nameText = textOf(name);
  const problems: Problem[] = [];
  if (id && idText !== undefined && !/^sg-[0-9a-f]{8,17}$/.test(idText)) {
    const cure = "sg- and 8 to 17 hexadecimal digits; a group's name goes into name";
    problems.push(problemAt(id.at, "entry.id", `${quoted(idText)} is no group id`, cure));
  }
  if (name && nameText?.startsWith("sg-")) {
    const message = `${quoted(nameText)} is no group name: EC2 lets none begin with sg-`;
    problems.push(problemAt(name.at, "entry.name", message, `write id: ${nameText}`));
  }
  return problems;
}
