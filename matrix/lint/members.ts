// Members that are the members of another group too, or no address of a private network: usually an
// address that was copied, or a public one where the private one was meant.
import { outsidePrivate } from "../flows/peers.ts";
import { overlaps, parseCidr } from "../rules/cidr.ts";
import { type LintRule, warning } from "./warning.ts";

/** Addresses that are members of two groups. */
export const sharedMembers: LintRule = ({ document: { groups }, places }) => {
  const all = Object.values(groups).flatMap(({ name, members }) =>
    members.flatMap(text => {
      const range = parseCidr(text);
      return range ? [{ name, text, range }] : [];
    }),
  );
  return all.flatMap((member, index) => {
    const other = all
      .slice(0, index)
      .find(({ name, range }) => name !== member.name && overlaps(range, member.range));
    if (!other) return [];
    const message = `the member ${member.text} of ${member.name} is a member of ${other.name} too (${other.text})`;
    const cure =
      "one machine may wear several groups, but then say so: refer to one of them `by: group`";
    return [warning("shared-member", places.groups.get(member.name), message, cure)];
  });
};

/** Members outside the network `private`. */
export const publicMembers: LintRule = ({ document, places }) => {
  const outside = outsidePrivate(document);
  return Object.values(document.groups).flatMap(({ name, members }) =>
    members.flatMap(text => {
      const range = parseCidr(text);
      if (!range || !outside.some(hole => overlaps(hole, range))) return [];
      const message = `the member ${text} of ${name} is outside the private networks`;
      const cure = "write the address its interface has inside, or add the block to `private`";
      return [warning("public-member", places.groups.get(name), message, cure)];
    }),
  );
};
