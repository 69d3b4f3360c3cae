// The second half of the demo: what was closed is needed after all. Alice asks for it through the API,
// may not approve it herself, bob follows the link in his mail, and the clock closes it.
import type { KeptException } from "../../functions/aws/stores/exception-item.ts";
import { accessKeyOf, secretOf } from "../../local/identities.ts";
import { addressOf } from "../../local/people.ts";
import type { Stage } from "./stage.ts";

/** One thing that happened, as a label and what is said beside it. */
export interface Step {
  readonly label: string;
  readonly text: string;
}

/** What became of the exception; `wrong` is empty where it went as it has to. */
export interface Exceptional {
  readonly id: string;
  readonly rule: string;
  readonly steps: readonly Step[];
  readonly alerts: readonly string[];
  readonly wrong: readonly string[];
}

const RULE = "ingress tcp 7002 from 172.21.138.0/24";
const MINUTES = 30;
const MINUTE = 60_000;

/** Plays it, on the finding of the rule that was widened in place. */
export async function playException(stage: Stage): Promise<Exceptional> {
  const { account, groups, deployment } = stage;
  const told = account.inbox.messages().length;
  const steps: Step[] = [];
  const wrong: string[] = [];
  const expectRule = async (isOpen: boolean, when: string) => {
    const found = (await stage.tester.rules(groups.deploy)).some(({ rule }) => rule === RULE);
    if (found !== isOpen) wrong.push(`${RULE} is ${found ? "open" : "not open"} ${when}`);
    return found;
  };
  const pass = async (minutes: number) => {
    account.clock.advance(minutes * MINUTE);
    await stage.quiet();
  };
  const step = (label: string, text: string) => void steps.push({ label, text });

  const findings = await deployment.aws.findings.forGroup(groups.deploy);
  const finding = findings.find(({ rule }) => rule === RULE);
  if (!finding) throw new Error(`nothing was recorded of ${RULE}`);
  const wish = { minutes: MINUTES, reason: "two more hosts are moved today", open: true };
  const ask = await apiAs(stage, "alice");
  const asked = (await ask("POST", `/findings/${finding.id}/undo`, wish)) as KeptException;
  step("asks", `POST /findings/${finding.id}/undo, signed by alice: ${RULE} for ${MINUTES} min`);

  const refusal = await ask("POST", `/exceptions/${asked.id}/approve`, {
    hash: asked.askHash,
  }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (refusal === undefined) wrong.push("alice approved her own request");
  step("herself", `POST /exceptions/${asked.id}/approve, signed by alice: ${refusal}`);
  await expectRule(false, "before anybody approved it");

  const link = linkOf(stage, "bob");
  const page = await fetch(link);
  step("mail", "bob gets a link of his own, good for one hour and one decision; alice gets none");
  step("page", `GET shows "${titleOf(await page.text())}" and changes nothing`);
  await expectRule(false, "after the link was looked at");
  const decided = await fetch(link, {
    method: "POST",
    body: new URLSearchParams({ decision: "approve" }),
  });
  step("approves", `POST answers ${decided.status} "${titleOf(await decided.text())}"`);
  const again = await fetch(link, {
    method: "POST",
    body: new URLSearchParams({ decision: "approve" }),
  });
  step("once", `the same link a second time: ${again.status} "${titleOf(await again.text())}"`);

  await pass(0.1);
  if (await expectRule(true, "after it was approved")) step("opens", `${RULE} is open`);
  await pass(MINUTES - 14);
  step("clock", `${MINUTES - 14} minutes later people are reminded that it ends soon`);
  await pass(15);
  if (!(await expectRule(false, "after its end"))) step("closes", "at its end, by itself");
  const kept = await deployment.aws.exceptions.get(asked.id);
  if (kept?.state !== "expired") wrong.push(`the exception ${asked.id} is ${kept?.state}`);
  const history = await deployment.aws.exceptions.history(asked.id);
  step(
    "history",
    history.map(({ action, by }) => `${action} by ${by.split("/").at(-1)}`).join(", "),
  );
  const alerts = account.inbox
    .messages()
    .slice(told)
    .filter(({ topicArn }) => topicArn === deployment.config.topicArn);
  return { id: asked.id, rule: RULE, steps, alerts: alerts.map(one => one.subject ?? ""), wrong };
}

async function apiAs({ account }: Stage, name: "alice") {
  const { apiClient } = await import("../../functions/aws/api-client.ts");
  const accessKeyId = accessKeyOf(name);
  const credentials = { accessKeyId, secretAccessKey: secretOf(accessKeyId) };
  return apiClient({ url: account.url, region: account.region, credentials });
}

/** The link in the newest mail to somebody. */
function linkOf({ account }: Stage, name: string): string {
  const mail = account.inbox.mails().findLast(({ to }) => to === addressOf(name));
  const link = mail?.text.split("\n").find(line => line.includes("/approvals/"));
  if (link === undefined) throw new Error(`no mail with a link went to ${name}`);
  return link;
}

const titleOf = (html: string): string => /<h1>([^<]*)<\/h1>/.exec(html)?.[1] ?? "no page";
