// Watches exceptions from a terminal: looks every second and prints what has changed, until there is
// nothing more to wait for or whoever watches ends it. It changes nothing itself.
import { setTimeout as wait } from "node:timers/promises";
import type { AwsAccount } from "../functions/aws/account.ts";
import type { KeptException } from "../functions/aws/stores/exception-item.ts";
import { isLiving } from "../matrix/exceptions/exception-life.ts";
import { entryLine, exceptionRows } from "./exception-rows.ts";
import { print, printLines } from "./output.ts";

const EVERY = 1_000;

export interface Watching {
  readonly json?: boolean;
  /** What has been printed already. */
  readonly from?: KeptException;
  /** When nobody waits any more; when it is over unless told. */
  readonly until?: (kept: KeptException) => boolean;
}

/** Prints each step of one exception until nobody waits any more. */
export async function watchOne(
  { exceptions }: Pick<AwsAccount, "exceptions">,
  id: string,
  { json, from, until = kept => !isLiving(kept) }: Watching,
): Promise<void> {
  let seen = from?.rev ?? 0;
  for (let kept = from; !kept || !until(kept); await wait(EVERY)) {
    kept = await exceptions.get(id);
    if (!kept) return;
    if (kept.rev === seen) continue;
    const news = (await exceptions.history(id)).filter(({ n }) => n > seen);
    seen = news.at(-1)?.n ?? kept.rev;
    if (json) print(JSON.stringify(kept));
    else printLines(news.map(entryLine));
  }
}

/** Prints each exception that is new or has changed, for as long as somebody watches. */
export async function watchAll(
  { exceptions }: Pick<AwsAccount, "exceptions">,
  { json, from }: { json?: boolean; from: readonly KeptException[] },
): Promise<never> {
  const seen = new Map(from.map(({ id, rev }) => [id, rev]));
  for (;;) {
    await wait(EVERY);
    const changed = (await exceptions.list()).filter(({ id, rev }) => seen.get(id) !== rev);
    for (const kept of changed.toReversed()) {
      seen.set(kept.id, kept.rev);
      if (json) print(JSON.stringify(kept));
      else printLines(exceptionRows([kept]));
    }
  }
}
