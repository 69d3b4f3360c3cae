// Forbids that never matter: nothing is left of them, or another one forbids all of it.
import type { Forbid } from "../document.ts";
import { forbidText } from "../flows/flow.ts";
import type { Ban, Part } from "../flows/part.ts";
import { boxHolds } from "../rules/box.ts";
import { type LintRule, warning } from "./warning.ts";

/** Forbids without an effect of their own. */
export const idleForbids: LintRule = ({ document: { forbids }, compiled: { parts } }) => {
  const bans = new Map(forbids.map(forbid => [forbid, bansOf(forbid, parts)]));
  return forbids.flatMap((forbid, index) => {
    const own = bans.get(forbid) ?? [];
    const text = `forbid "${forbidText(forbid)}"`;
    if (own.length === 0) {
      const message = `${text} forbids nothing: its peers are empty, or \`except\` lets all of them through`;
      return [warning("idle-forbid", forbid.source, message, "remove it, or name its peers")];
    }
    const cover = forbids.find((other, at) => {
      const theirs = bans.get(other) ?? [];
      return other !== forbid && isHeld(own, theirs) && (at < index || !isHeld(theirs, own));
    });
    if (!cover) return [];
    const where = cover.source ? ` of line ${cover.source.line}` : "";
    const message = `${text} adds nothing to "${forbidText(cover)}"${where}`;
    return [warning("idle-forbid", forbid.source, message, "remove it")];
  });
};

interface Placed {
  readonly part: string;
  readonly ban: Ban;
}

const bansOf = (forbid: Forbid, parts: readonly Part[]): Placed[] =>
  parts.flatMap(({ name, bans }) =>
    bans.filter(ban => ban.forbid === forbid).map(ban => ({ part: name, ban })),
  );

const isHeld = (inner: readonly Placed[], outer: readonly Placed[]): boolean =>
  inner.every(one => outer.some(two => two.part === one.part && boxHolds(two.ban, one.ban)));
