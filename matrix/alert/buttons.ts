// The buttons of a message in chat: what each says, and what a click on one asks for. A button names a
// finding or an exception and nothing more: what is opened is worked out again from what is stored.

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element */
const VALUE = 2_000;

/** One button; action ids differ within a message. */
export interface Button {
  readonly actionId: string;
  readonly value: string;
  readonly label: string;
  readonly style?: "primary" | "danger";
}

/** What a click asks for. */
export type Click =
  | { readonly kind: "allow"; readonly finding: string; readonly minutes: number }
  | { readonly kind: "deny"; readonly finding: string }
  | { readonly kind: "approve" | "reject"; readonly exception: string; readonly hash: string };

/** For how long a button may let something through, in minutes. */
const OFFERED = [60, 480] as const;

/** The buttons under what was closed: let its maker have the narrow form of it, or leave it closed. */
export function findingButtons(finding: string): Button[] {
  return [
    ...OFFERED.map(minutes => ({
      actionId: `finding:allow:${minutes}`,
      value: JSON.stringify({ f: finding, m: minutes }),
      label: `Allow for ${minutes / 60} h`,
    })),
    { actionId: "finding:deny", value: JSON.stringify({ f: finding }), label: "Leave it closed" },
  ];
}

/** The buttons under a request for an exception; `hash` is what an approval is bound to. */
export function exceptionButtons({ id, hash }: { id: string; hash: string }): Button[] {
  const value = JSON.stringify({ x: id, h: hash });
  return [
    { actionId: "exception:approve", value, label: "Approve", style: "primary" },
    { actionId: "exception:reject", value, label: "Reject", style: "danger" },
  ];
}

/**
 * Reads a click; undefined for a button that is none of these.
 *
 * @example readClick("finding:deny", '{"f":"f-feci5krfm5sp"}') // { kind: "deny", finding: "f-feci5krfm5sp" }
 */
export function readClick(actionId: string, value: string): Click | undefined {
  const { f, m, x, h } = fieldsOf(value);
  const isFinding = typeof f === "string" && /^f-[a-z2-7]{12}$/.test(f);
  if (isFinding && actionId === "finding:deny") return { kind: "deny", finding: f };
  const minutes = OFFERED.find(one => one === m && actionId === `finding:allow:${one}`);
  if (isFinding && minutes) return { kind: "allow", finding: f, minutes };
  const kind = (["approve", "reject"] as const).find(one => actionId === `exception:${one}`);
  if (!kind || typeof x !== "string" || typeof h !== "string") return undefined;
  const isException = /^x-[0-9a-hjkmnp-tv-z]{26}$/.test(x) && /^[0-9a-f]{64}$/.test(h);
  return isException ? { kind, exception: x, hash: h } : undefined;
}

function fieldsOf(value: string): Record<string, unknown> {
  if (value.length > VALUE) return {};
  try {
    return { ...(JSON.parse(value) as object) };
  } catch {
    return {};
  }
}
