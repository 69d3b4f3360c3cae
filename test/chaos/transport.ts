// Carries the SDK's calls to the account, each held back for a drawn number of turns, so that two runs at
// once come to every order of their calls, and to the same one whenever a history is replayed.
import { setImmediate as turn } from "node:timers/promises";
import type { Account } from "../../local/account.ts";
import { carrierTo } from "../support/carrier.ts";
import { type Random, whole } from "./draw.ts";

/** Turns a call is held back: mostly a few, and sometimes for as long as other runs make many calls. */
const turnsOf = (random: Random): number => whole(random, random() < 0.2 ? 80 : 3);

/** Makes what an SDK client hands its requests to. */
export const transportTo = (account: Pick<Account, "ask">, random: () => Random) =>
  carrierTo(account, async () => {
    for (let turns = turnsOf(random()); turns > 0; turns -= 1) await turn();
    return "pass";
  });
