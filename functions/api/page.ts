// Lists in pages: how many, from where on, and where the next page begins. A cursor is the id of the
// last item of the page before, so one that was made up names nothing and is refused.
import { badRequest } from "./problem.ts";
import type { ApiAnswer } from "./route.ts";

const USUAL = 50;

/** How many items a page has at most. */
export const limitOf = ({ limit }: { limit?: string | undefined }): number =>
  limit === undefined ? USUAL : Number(limit);

/** Finds the item a cursor stands for; throws an InputError where there is none. */
export async function afterOf<T>(
  { cursor }: { cursor?: string | undefined },
  find: (id: string) => Promise<T | undefined>,
): Promise<{ after?: T }> {
  if (cursor === undefined) return {};
  const after = await find(cursor);
  if (after !== undefined) return { after };
  throw badRequest("cursor", "the cursor is none that was given out", "begin without one");
}

/** A page out of items of which one more was read than it has. */
export function pageAnswer<T extends { readonly id: string }>(
  found: readonly T[],
  limit: number,
): ApiAnswer {
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { status: 200, body: { items, ...(last ? { next: last.id } : {}) } };
}
