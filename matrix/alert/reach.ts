// What a rule reached: the interfaces that carry the group when its alert is made. It is no part of a
// finding, which says what happened; and where it could not be read, that is said.
import { plainText } from "../plain-text.ts";
import { countOf } from "./count-text.ts";
import { type Fact, fact } from "./fact.ts";

/** One network interface that carries the group. */
export interface Carrier {
  readonly interfaceId: string;
  readonly address?: string;
  readonly publicAddress?: string;
  readonly instanceId?: string;
  /** What AWS says it is for, where it belongs to no instance. */
  readonly description?: string;
}

/** The interfaces that carry a group, or those that were read; unknown where the read failed. */
export type Reach =
  | { readonly kind: "known"; readonly carriers: readonly Carrier[]; readonly isWhole: boolean }
  | { readonly kind: "unknown" };

const LISTED = 5;

/** Says what carries the group and whether the world can reach it. */
export function reachFacts(reach: Reach | undefined): Fact[] {
  if (!reach) return [];
  if (reach.kind === "unknown") {
    return fact("Reached", "not known: the interfaces that carry the group could not be read");
  }
  const { carriers, isWhole } = reach;
  if (carriers.length === 0) return fact("Reached", "nothing: no interface carries the group");
  const isPublic = carriers.filter(({ publicAddress }) => publicAddress !== undefined);
  // Whoever has a public address comes first: that is what the world gets at.
  const shown = [...isPublic, ...carriers.filter(one => !isPublic.includes(one))].slice(0, LISTED);
  const more = carriers.length - shown.length;
  const atLeast = isWhole ? "" : "at least ";
  const count = `${atLeast}${countOf(carriers.length, "interface")}`;
  return fact(
    "Reached",
    `${count}, ${publicText(isPublic.length, isWhole)}`,
    ...shown.map(carrierText),
    more > 0 || !isWhole ? `and ${isWhole ? "" : "at least "}${Math.max(more, 1)} more` : undefined,
  );
}

function publicText(count: number, isWhole: boolean): string {
  if (count > 0) return `${count} with a public address`;
  return isWhole ? "none with a public address" : "none of those with a public address";
}

function carrierText({ interfaceId, address, publicAddress, instanceId, description }: Carrier) {
  const bearer = instanceId ?? (description || undefined);
  return [
    ...(bearer === undefined ? [] : [plainText(bearer, 100)]),
    plainText(interfaceId, 64),
    ...(address === undefined ? [] : [plainText(address, 64)]),
    ...(publicAddress === undefined ? [] : [`public ${plainText(publicAddress, 64)}`]),
  ].join(" ");
}
