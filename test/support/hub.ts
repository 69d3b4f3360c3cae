// The six scopes of scopes.ts as members of a hub in the account that keeps their tables: events reach it
// by its bus and its queue, and it reaches them by their roles.
import { setImmediate as turn } from "node:timers/promises";
import { deployHub, type HubDeployment } from "../../local/hub.ts";
import type { Call } from "../../local/wire/call-log.ts";
import { type Scope, type Scopes, startScopes } from "./scopes.ts";

export interface HubStage extends Scopes, HubDeployment {
  /** Waits until no event is under way anywhere. */
  idle(): Promise<void>;
  /** Lets time pass everywhere, and whatever then falls due run. */
  later(seconds: number): Promise<void>;
  /** The calls of the hub to the account of a scope, since the mark. */
  callsTo(scope: Scope): readonly Call[];
  /** The calls of the hub at home, since the mark. */
  callsAtHome(): readonly Call[];
  mark(): void;
}

/** Starts them; a round has so many milliseconds when it begins. */
export async function startHub(roundMs = 900_000): Promise<HubStage> {
  const scopes = await startScopes();
  const { home, all, config } = scopes;
  const accounts = all.map(({ account }) => account);
  const { log } = all[0]?.aws ?? {};
  if (!log) throw new Error("there is no scope");
  const sleep = async (ms: number) => {
    home.clock.advance(ms);
    await turn();
  };
  const options = { log, sleep, roundMs, maxAttempts: 1 };
  const deployment = deployHub(home, config, accounts, options);
  const counts = new Map(accounts.map(account => [account, 0]));
  let atHome = 0;
  const mark = () => {
    for (const account of accounts) counts.set(account, account.calls.list().length);
    atHome = home.calls.list().length;
  };
  const idle = async () => {
    for (const account of [...accounts, home]) await account.idle();
  };
  return {
    ...scopes,
    ...deployment,
    idle,
    mark,
    async later(seconds) {
      home.clock.advance(seconds * 1_000);
      await idle();
    },
    callsTo: ({ account }) =>
      account.calls
        .list()
        .slice(counts.get(account) ?? 0)
        .filter(({ caller }) => caller.includes("-member/")),
    callsAtHome: () =>
      home.calls
        .list()
        .slice(atHome)
        .filter(({ caller }) => /\/portward-(?:hub|rounds)-function$/.test(caller)),
  };
}

/** The words tests speak of scopes with, as soon as there are any. */
export function scopeWords(all: () => readonly Scope[]) {
  const at = (index: number): Scope => {
    const scope = all()[index];
    if (!scope) throw new Error(`there is no scope ${index}`);
    return scope;
  };
  return {
    at,
    deploy: () => all()[0]?.groups.deploy ?? "",
    port: (n: number) => `ingress tcp ${n} from 0.0.0.0/0`,
    placeOf: ({ account }: Scope) => ({ account: account.accountId, region: account.region }),
  };
}
