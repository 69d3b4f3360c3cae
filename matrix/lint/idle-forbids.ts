// Forbids that never matter: nothing is left of them, or another one forbids all of it.
import type { Forbid } from "../document.ts";
import { forbidText } from "../flows/flow.ts";
import type { Ban, Part } from "../flows/part.ts";
import { boxHolds } from "../rules/box.ts";
import { type LintRule, warning } from "./warning.ts";

/** Forbids without an effect of their own. */
export const idleForbids: LintRule = ({ document: { forbids }, compiled: { parts } }) => {
  const placed = forbids.map(forbid => ({ forbid, own: bansOf(forbid, parts) }));
  return placed.flatMap(({ forbid, own }, index) => {
    const text = `forbid "${forbidText(forbid)}"`;
    if (own.length === 0) {
      const message = `${text} forbids nothing: its peers are empty, or \`except\` lets all of them through`;
      return [warning("idle-forbid", forbid.source, message, "remove it, or name its peers")];
    }
    const cover = placed.find(
      (other, at) => isHeld(own, other.own) && (at < index || !isHeld(other.own, own)),
    )?.forbid;
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
