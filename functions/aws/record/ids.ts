// Which AWS ids a part of a CloudTrail record names, found wherever they stand. It tells a group
// the call is about from one a rule refers to; it does not know what the call did.
import { isFields } from "./fields.ts";

export interface NamedIds {
  groups: string[];
  /** Groups that stand only as the peer of a rule. */
  referenced: string[];
  prefixLists: string[];
  vpcs: string[];
}

const GROUP = /^sg-[0-9a-f]{8,17}$/;
const RULE = /^sgr-[0-9a-f]{8,17}$/;
const PREFIX_LIST = /^pl-[0-9a-f]{8,17}$/;
const VPC = /^vpc-[0-9a-f]{8,17}$/;

/** Where people write what they like: an id in there names nothing. In lower case. */
const FREE_TEXT = new Set([
  "clienttoken",
  "description",
  "groupdescription",
  "groupname",
  "key",
  "message",
  "name",
  "policydocument",
  "tags",
  "tagset",
  "tagspecification",
  "tagspecificationset",
  "userdata",
  "value",
]);

/** Under these a group is the peer of a rule. In lower case. */
const REFERENCES = new Set([
  "groups",
  "referencedgroupid",
  "referencedgroupinfo",
  "sourcesecuritygroupid",
  "useridgrouppair",
  "useridgrouppairs",
]);

/** Tells whether the text is a security group's id. */
export const isGroupId = (id: string): boolean => GROUP.test(id);

/** Tells whether the text is a security group rule's id. */
export const isRuleId = (id: string): boolean => RULE.test(id);

/** Tells whether the text is a prefix list's id. */
export const isPrefixListId = (id: string): boolean => PREFIX_LIST.test(id);

/** Collects the ids in some parts of a record, each once, in the order they stand. */
export function idsIn(...parts: unknown[]): NamedIds {
  const groups = new Set<string>();
  const referenced = new Set<string>();
  const prefixLists = new Set<string>();
  const vpcs = new Set<string>();
  for (const part of parts) {
    visitTexts(part, (text, isReference) => {
      const id = idOf(text);
      if (GROUP.test(id)) (isReference ? referenced : groups).add(id);
      else if (PREFIX_LIST.test(id)) prefixLists.add(id);
      else if (VPC.test(id)) vpcs.add(id);
    });
  }
  return {
    groups: [...groups],
    referenced: [...referenced].filter(id => !groups.has(id)),
    prefixLists: [...prefixLists],
    vpcs: [...vpcs],
  };
}

/** The id in an ARN (`arn:aws:ec2:…:security-group/sg-…`), or the text itself. */
function idOf(text: string): string {
  if (text.length > 512) return "";
  return text.startsWith("arn:") ? text.slice(text.lastIndexOf("/") + 1) : text;
}

/** Visits every text in document order, without recursion: `excess` has bounded the depth. */
function visitTexts(part: unknown, visit: (text: string, isReference: boolean) => void): void {
  const rest = [{ value: part, isReference: false }];
  for (let next = rest.pop(); next; next = rest.pop()) {
    const { value, isReference } = next;
    if (typeof value === "string") visit(value, isReference);
    if (Array.isArray(value)) {
      for (const inner of value.toReversed()) rest.push({ value: inner, isReference });
    } else if (isFields(value)) {
      for (const [key, inner] of Object.entries(value).toReversed()) {
        const name = key.toLowerCase();
        if (FREE_TEXT.has(name)) continue;
        rest.push({ value: inner, isReference: isReference || REFERENCES.has(name) });
      }
    }
  }
}
