// A local account in a process of its own, so that its CPU is not counted as ours. Portward is deployed
// in it and its matrix active, but its events are kept for whoever asks instead of being delivered.
import { startAccount } from "../../local/account.ts";
import { deploy } from "../../local/portward.ts";
import { seedFiveServers } from "../../local/seed.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import type { AccountAnswer, AccountQuestion } from "./account-child.ts";

const answer = (id: number, value: AccountAnswer): void => {
  process.send?.({ id, value });
};

const account = await startAccount();
const groups = seedFiveServers(account);
const deployment = deploy(account);
let events: string[] = [];
account.bus.deliver({
  drop(envelope) {
    events.push(JSON.stringify(envelope));
    return true;
  },
});

process.on("message", async ({ id, question }: { id: number; question: AccountQuestion }) => {
  if (question.kind === "follow") {
    const { config } = deployment;
    await deployment.follow(parseMatrix([{ name: "matrix.yaml", text: question.matrix }]));
    deployment.stop();
    answer(id, { url: account.url, groups, config });
  } else if (question.kind === "delay") {
    account.faults.delay(question.ms);
    answer(id, {});
  } else if (question.kind === "events") {
    answer(id, { events });
    events = [];
  } else if (question.kind === "calls") {
    answer(id, { calls: account.calls.list().map(({ action }) => action) });
    account.calls.clear();
  }
});
process.on("disconnect", () => process.exit(0));
answer(0, {});
