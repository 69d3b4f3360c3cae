// A stage on which people ask for exceptions and answer: the example matrix with the local account's
// own people, who acts by his access key's name, and minutes that pass with or without schedules.
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import { activate, reconcileGoverned } from "../../functions/reconcile/activate.ts";
import { actOnException, askException, type Wish } from "../../functions/reconcile/exceptions.ts";
import type { Account } from "../../local/account.ts";
import { accessKeyOf, callerOf, type KeyName } from "../../local/identities.ts";
import { withLocalPeople } from "../../local/people.ts";
import { type Identity, identityOf } from "../../matrix/exceptions/person.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import type { Deployed } from "./deployed.ts";
import { type Stage, startStage, studioIn } from "./stage.ts";

/** What a wish is for unless told. */
export const RULE = "ingress tcp 7002 from 10.1.2.3/32";

export interface ExceptionStage extends Stage {
  /** Makes the example in a mode, with terms of its exceptions, or another matrix the active one. */
  applyIn(mode: "observe" | "revoke" | "enforce", terms?: string): Promise<void>;
  applyText(text: string): Promise<void>;
  identity(name: KeyName): Identity;
  wish(more?: Partial<Wish>): Wish;
  /** Asks as the tester. */
  ask(more?: Partial<Wish>): Promise<KeptException>;
  /** Asks as the tester and approves as alice. */
  approved(more?: Partial<Wish>): Promise<KeptException>;
  stateOf(id: string): Promise<string | undefined>;
  /** Takes every schedule away, as if none ever called. */
  forgetSchedules(): void;
  /** Lets minutes pass without any schedule, and the sweep run at the end of them. */
  pass(minutes: number): Promise<void>;
  /** The subjects of what people were told since the mark. */
  subjects(): (string | undefined)[];
}

/** Starts the five servers with the example in enforce. */
export async function startExceptions(): Promise<ExceptionStage> {
  const stage = await startStage(null);
  const { aws, account } = stage;
  const identity = (name: KeyName) => identityIn(account, name);
  const wish = (more: Partial<Wish> = {}) => wishFor(stage.groups.deploy, more);
  const applyText = (text: string) => applyWithPeople(stage, text);
  const ask = async (more?: Partial<Wish>) =>
    done(await askException(aws, wish(more), identity("tester")));
  const own: ExceptionStage = {
    ...stage,
    ...{ identity, wish, applyText, ask },
    forgetSchedules: () => forgetSchedules(account),
    applyIn: (mode, terms = "") =>
      applyText(studioIn(mode).replace("exceptions:", `exceptions:\n${terms}`)),
    async approved(more) {
      const asked = await ask(more);
      return done(await actOnException(aws, asked.id, "approve", identity("alice")));
    },
    stateOf: async id => (await aws.exceptions.get(id))?.state,
    async pass(minutes) {
      forgetSchedules(account);
      await stage.later(minutes * 60);
      await stage.sweep();
    },
    subjects: () => stage.alerts().map(({ subject }) => subject),
  };
  await own.applyIn("enforce");
  return own;
}

/** Takes every schedule away, as if none ever called. */
export function forgetSchedules({ schedules }: Pick<Account, "schedules">): void {
  for (const { arn } of [...schedules.list()]) schedules.remove(arn);
}

/** A wish of the tester for a rule on a group. */
export const wishFor = (group: string, more: Partial<Wish> = {}): Wish => ({
  ...{ what: { rule: RULE }, group, minutes: 60 },
  ...{ reason: "release", open: true, ...more },
});

/** Who somebody of the local account is. */
export function identityIn({ accountId, region }: Account, name: KeyName): Identity {
  return identityOf(callerOf(accessKeyOf(name), accountId, region).arn);
}

/** Makes a matrix the active one, in which the local account's people may ask and approve. */
export async function applyWithPeople(
  { aws, account, idle }: Pick<Deployed, "aws" | "account" | "idle">,
  text: string,
): Promise<void> {
  const document = withLocalPeople(parseMatrix([{ name: "matrix.yaml", text }]), account);
  const { pins, refused } = await activate(aws, document, { by: "test", note: "" });
  if (refused) throw new Error(refused);
  await reconcileGoverned(aws, pins, "apply");
  await idle();
}

/** The exception of an answer that is no refusal. */
export function done(answer: Awaited<ReturnType<typeof askException>>): KeptException {
  if (answer.kind === "refused") throw new Error(`${answer.code}: ${answer.because}`);
  return answer.exception;
}
