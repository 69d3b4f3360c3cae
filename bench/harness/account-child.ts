// Starts a local account in a process of its own and asks it for what only it knows: the events its
// calls made, and which calls came.
import { type ChildProcess, fork } from "node:child_process";
import type { Config } from "../../functions/wiring/config.ts";
import type { SeededGroups } from "../../local/seed.ts";

export type AccountQuestion =
  | { readonly kind: "follow"; readonly matrix: string }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "events" }
  | { readonly kind: "calls" };

export interface AccountAnswer {
  readonly url?: string;
  readonly groups?: SeededGroups;
  readonly config?: Config;
  readonly events?: readonly string[];
  readonly calls?: readonly string[];
}

export interface AccountChild {
  readonly url: string;
  readonly groups: SeededGroups;
  readonly config: Config;
  /** Delays every call from now on. */
  delay(ms: number): Promise<void>;
  /** The bodies of the events since it was last asked. */
  events(): Promise<readonly string[]>;
  /** The actions of the calls since it was last asked. */
  calls(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Starts the account with the five servers under a matrix. */
export async function startAccountChild(matrix: string): Promise<AccountChild> {
  const child = fork(new URL("account-process.ts", import.meta.url), { stdio: "inherit" });
  const ask = questions(child);
  await ask.ready;
  const { url, groups, config } = await ask({ kind: "follow", matrix });
  if (!url || !groups || !config) throw new Error("the account does not say where it is");
  await ask({ kind: "events" });
  return {
    ...{ url, groups, config },
    delay: async ms => void (await ask({ kind: "delay", ms })),
    events: async () => (await ask({ kind: "events" })).events ?? [],
    calls: async () => (await ask({ kind: "calls" })).calls ?? [],
    async stop() {
      const ended = new Promise(resolve => child.once("exit", resolve));
      child.disconnect();
      await ended;
    },
  };
}

function questions(child: ChildProcess) {
  const waiting = new Map<number, (value: AccountAnswer) => void>();
  let last = 0;
  child.on("message", ({ id, value }: { id: number; value: AccountAnswer }) => {
    waiting.get(id)?.(value);
    waiting.delete(id);
  });
  const ended = new Promise<never>((_, reject) =>
    child.once("exit", code => reject(new Error(`the account ended with ${code}`))),
  );
  // Heard of by whoever asks; nobody may be asking when it is stopped.
  ended.catch(() => undefined);
  const answerTo = (id: number) =>
    Promise.race([new Promise<AccountAnswer>(resolve => waiting.set(id, resolve)), ended]);
  const ask = (question: AccountQuestion): Promise<AccountAnswer> => {
    last += 1;
    const answer = answerTo(last);
    child.send({ id: last, question });
    return answer;
  };
  return Object.assign(ask, { ready: answerTo(0) });
}
