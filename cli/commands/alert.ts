// Looks whether alerts arrive: publishes one that is marked as a test and says to whom, or prints a
// sample in one of the forms without sending anything.
import { Command, Option } from "commander";
import type { ChatAlert } from "../../matrix/alert/chat-text.ts";
import { chatbotMessage } from "../../matrix/alert/chatbot-message.ts";
import { slackMessage } from "../../matrix/alert/slack-message.ts";
import { sampleAlert, testAlert } from "../../matrix/alert/test-alert.ts";
import { webhookMessage } from "../../matrix/alert/webhook-message.ts";
import { plainText } from "../../matrix/plain-text.ts";
import { action, CLEAN, type ExitCode } from "../exit-code.ts";
import { type AccountOptions, withAccount, withJson } from "../option.ts";
import { print, printAccount, printJson, printLines, table } from "../output.ts";
import { openTarget } from "../target.ts";

const FORMS = ["slack", "mail", "chatbot", "webhook"] as const;

interface TestOptions extends AccountOptions {
  readonly print?: (typeof FORMS)[number];
}

const EXAMPLES = `
Examples:
  $ npx portward alert test
  $ npx portward alert test --print slack`;

const test = withAccount(withJson(new Command("test")))
  .description("Publish a test alert and say where it went, or print a sample and send nothing.")
  .addOption(
    new Option("--print <form>", "print a sample in this form and send nothing").choices(FORMS),
  )
  .addHelpText("after", EXAMPLES)
  .action(action(run));

export const command = new Command("alert")
  .description("See that alerts arrive, and what they look like.")
  .addCommand(test);

async function run(options: TestOptions): Promise<ExitCode> {
  if (options.print) {
    printSample(options.print);
    return CLEAN;
  }
  const target = await openTarget(options);
  const aws = await target.connect();
  const { account, region, topicArn } = aws.config;
  const by = await target.caller();
  const at = new Date(aws.clock()).toISOString();
  const alert = testAlert({ account, region, by, at });
  await aws.publish(alert);
  const { subscribersOf } = await import("../../functions/aws/subscribers.ts");
  const subscribers = await subscribersOf(topicArn, target.access);
  printAccount(target.title, options.json);
  if (options.json) {
    printJson({ topic: topicArn, subject: alert.subject, subscribers });
    return CLEAN;
  }
  print(`published "${alert.subject}" to ${topicArn}`);
  if (subscribers.length === 0) {
    print("nobody is subscribed: subscribe mail or a queue to the topic, see docs/alerts.md");
    return CLEAN;
  }
  const rows = subscribers.map(({ protocol, endpoint, isConfirmed }) => [
    protocol,
    plainText(endpoint, 200),
    isConfirmed ? "gets it" : "does not get it: the subscription is not confirmed",
  ]);
  printLines(table(rows));
  return CLEAN;
}

function printSample(form: (typeof FORMS)[number]): void {
  const { subject, text, detail } = sampleAlert();
  const alert: ChatAlert = { subject, detail };
  if (form === "mail") print(`Subject: ${subject}\n\n${text}`);
  else if (form === "slack") printJson(slackMessage(alert, { withButtons: true }));
  else if (form === "chatbot") printJson(chatbotMessage(alert));
  else printJson(webhookMessage(alert, "generic"));
}
