// What people and machines were told, and what was called, since a mark: for tests that share one account.
import type { Account } from "../../local/account.ts";
import { isWrite } from "./write.ts";

/** Listens to the account that there is by the time it is asked. */
export function toldSince(accountNow: () => Account) {
  let [told, events, called] = [0, 0, 0];
  const messages = () => accountNow().inbox.messages().slice(told);
  const subjects = () => messages().map(({ subject = "" }) => subject);
  const requests = (service: string) =>
    accountNow()
      .calls.list()
      .slice(called)
      .filter(call => call.service === service);
  const calls = (service: string) => requests(service).map(({ action }) => action);
  return {
    /** Forgets everything so far. */
    mark(): void {
      const { inbox, bus, calls } = accountNow();
      told = inbox.messages().length;
      events = bus.events().length;
      called = calls.list().length;
    },
    messages,
    subjects,
    /** What each subject begins with: the word for what happened. */
    words: () => subjects().map(subject => /^[A-Z ]+(?= )/.exec(subject)?.[0]),
    /** The details of the alerts that machines got. */
    machines: () =>
      accountNow()
        .bus.events()
        .slice(events)
        .filter(event => event["detail-type"] === "Portward Finding")
        .map(({ detail }) => detail as Record<string, unknown>),
    /** The calls that a service was asked for, and their actions. */
    requests,
    calls,
    /** The calls to EC2 that change something. */
    writes: () => calls("ec2").filter(isWrite),
  };
}
