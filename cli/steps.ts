// What may be done to exceptions and pauses: in the local account by the same functions that the API
// calls, as whoever --as names; in a real account through the API, which checks who it is.

import type { AwsAccount } from "../functions/aws/account.ts";
import type { ApiClient } from "../functions/aws/api-client.ts";
import type { KeptException } from "../functions/aws/stores/exception-item.ts";
import type { Wish } from "../functions/reconcile/exceptions.ts";
import type { PauseWish } from "../functions/reconcile/pauses.ts";
import { inputError } from "../matrix/errors.ts";
import type { LifeAction } from "../matrix/exceptions/exception-life.ts";
import { type Identity, identityText } from "../matrix/exceptions/person.ts";
import { granted } from "./exception-wish.ts";

/** What is asked for: a flow in the words of the matrix, or a rule on a group. */
export type Words =
  | { readonly from: string; readonly to: string; readonly ports: string }
  | { readonly rule: string; readonly group: string };

export type Terms = Omit<Wish, "what" | "group">;

/** A pause or a hold that was started. */
export interface Stopped {
  readonly until?: string;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

/** The steps there are; each throws an InputError where it is refused. */
export interface Steps {
  request(words: Words, terms: Terms): Promise<KeptException>;
  act(
    id: string,
    action: Exclude<LifeAction, "start" | "end">,
    said: { note?: string; hash?: string },
  ): Promise<KeptException>;
  extend(id: string, terms: Pick<Wish, "minutes" | "reason">): Promise<KeptException>;
  undo(findingId: string, terms: Terms): Promise<KeptException>;
  stop(wish: Omit<PauseWish, "by">): Promise<Stopped>;
  resume(group: string | undefined): Promise<void>;
}

/** Steps by the functions themselves. */
export async function ownSteps(deps: AwsAccount, by: Identity): Promise<Steps> {
  const [exceptions, pauses] = await Promise.all([
    import("../functions/reconcile/exceptions.ts"),
    import("../functions/reconcile/pauses.ts"),
  ]);
  return {
    async request(words, terms) {
      const wish = { ...terms, ...(await readWords(deps, words)) };
      return granted(await exceptions.askException(deps, wish, by));
    },
    act: async (id, action, said) =>
      granted(await exceptions.actOnException(deps, id, action, by, said)),
    extend: async (id, terms) => granted(await exceptions.askLonger(deps, id, terms, by)),
    undo: async (id, terms) => granted(await exceptions.askUndo(deps, id, terms, by)),
    async stop(wish) {
      const started = await pauses.startPause(deps, { ...wish, by: identityText(by) });
      if (!("code" in started)) return started.is;
      throw inputError(`pause.${started.code}`, `refused: ${started.because}`);
    },
    async resume(group) {
      if (await pauses.resume(deps, identityText(by), group)) return;
      const where = group ?? "every group";
      throw inputError("pause.none", `${where} is neither paused nor on hold`);
    },
  };
}

async function readWords(
  { policy }: AwsAccount,
  words: Words,
): Promise<Pick<Wish, "what" | "group">> {
  const { readFlowWords, readRuleWords } = await import("../matrix/exceptions/exception-words.ts");
  if ("rule" in words) return { what: { rule: readRuleWords(words.rule) }, group: words.group };
  const { active } = await policy.readPolicy();
  if (!active) throw inputError("exception.no-matrix", "no matrix is in force", "apply one");
  const { document } = await policy.readMatrix(active);
  return { what: { flow: readFlowWords(words, document) } };
}

/** Steps by the API. */
export function apiSteps(ask: ApiClient): Steps {
  const post = (path: string, body: unknown) => ask("POST", path, body) as Promise<KeptException>;
  const at = (kind: "exceptions" | "findings", id: string) => `/${kind}/${encodeURIComponent(id)}`;
  const said = ({ start, ...terms }: Terms) => ({
    ...terms,
    ...(start === undefined ? {} : { start: new Date(start).toISOString() }),
  });
  return {
    request: (words, terms) => post("/exceptions", { ...words, ...said(terms) }),
    async act(id, action, { note, hash }) {
      const remark = note === undefined ? {} : { note };
      if (action !== "approve") return post(`${at("exceptions", id)}/${action}`, remark);
      // Without --hash what stands there now is approved, as it is read here.
      const shown = hash ?? ((await ask("GET", at("exceptions", id))) as KeptException).askHash;
      return post(`${at("exceptions", id)}/approve`, { hash: shown, ...remark });
    },
    extend: (id, terms) => post(`${at("exceptions", id)}/extend`, terms),
    undo: (id, terms) => post(`${at("findings", id)}/undo`, said(terms)),
    stop({ kind, ...wish }) {
      return ask("POST", "/pauses", { action: kind, ...wish }) as Promise<Stopped>;
    },
    async resume(group) {
      await ask("POST", "/pauses", { action: "resume", ...(group === undefined ? {} : { group }) });
    },
  };
}
