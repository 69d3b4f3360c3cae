// Inputs that are read without an account: records, matrices, chat secrets. Each says undefined when
// it was dealt with as promised, or what is wrong.

import { readdirSync, readFileSync } from "node:fs";
import { chatTargets } from "../../functions/aws/chat-targets.ts";
import { readBody, readFile } from "../../functions/aws/cloudtrail.ts";
import { compileMatrix } from "../../matrix/compile.ts";
import { InputError } from "../../matrix/errors.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { parseRule } from "../../matrix/rules/rule.ts";
import { type Random, whole } from "../chaos/draw.ts";
import { enveloped, record, recordNames } from "../support/cloudtrail.ts";
import { mutateJson, mutateText } from "./mutate.ts";

export type Wrong = string | undefined;

const EXAMPLES = readdirSync("matrix/examples").map(name =>
  readFileSync(`matrix/examples/${name}`, "utf8"),
);
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const OUTCOMES = ["reconcile", "sweep", "report", "ignore", "invalid"];

/** A message of the queue out of one of the fixtures. */
export function drawBody(random: Random): string {
  const detail = record(recordNames[whole(random, recordNames.length)] ?? "authorize-ingress");
  const whole0 = random() < 0.7 ? enveloped(detail) : detail;
  const mutated = JSON.stringify(mutateJson(random, whole0));
  return random() < 0.2 ? mutateText(random, mutated) : mutated;
}

/** Reads a message: every reading is one of five, names only ids, and shows nothing hidden. */
export function readsBody(random: Random): Wrong {
  const body = drawBody(random);
  const readings = random() < 0.8 ? readBody(body) : readFile(body);
  for (const { outcome, because, groups, prefixLists } of readings) {
    if (!OUTCOMES.includes(outcome)) return `the outcome ${outcome} of ${body}`;
    if (because === "") return `no reason for ${outcome} of ${body}`;
    if (!groups.every(id => /^sg-[0-9a-f]{8,17}$/.test(id))) return `groups ${groups} of ${body}`;
    if (!prefixLists.every(id => /^pl-[0-9a-f]{8,17}$/.test(id))) return `lists of ${body}`;
  }
  return HIDDEN.test(JSON.stringify(readings)) ? `hidden characters of ${body}` : undefined;
}

/** Parses and compiles a matrix: it is one, or an InputError names what is wrong with its place. */
export function parsesMatrix(random: Random): Wrong {
  const text = mutateText(random, EXAMPLES[whole(random, EXAMPLES.length)] ?? "");
  try {
    const document = parseMatrix([{ name: "fuzz.yaml", text }]);
    compileMatrix(document, { groups: {}, lists: {} });
    return undefined;
  } catch (error) {
    if (!(error instanceof InputError))
      return `${thrown(error)} at the matrix ${JSON.stringify(text)}`;
    const { problems } = error;
    const isSound = problems.length > 0 && problems.every(({ message }) => message !== "");
    return isSound ? undefined : `a refusal without a reason of ${JSON.stringify(text)}`;
  }
}

/** Reads a rule text: a rule whose text is its own, or none. */
export function parsesRule(random: Random): Wrong {
  const text = mutateText(random, "ingress tcp 8000-8100 from 203.0.113.0/24");
  parseRule(text);
  return undefined;
}

const SECRET = {
  slackWebhook: "https://hooks.slack.com/services/T0/B0/x",
  webhooks: [{ url: "https://oapi.dingtalk.com/robot/send?access_token=x", form: "dingtalk" }],
  hosts: ["chat.example.com"],
  signingSecret: "0123456789abcdef",
};

/** Reads the receivers out of a chat secret: whatever is wrong is a problem in words. */
export function readsSecret(random: Random): Wrong {
  const secret = Object(mutateJson(random, SECRET)) as Record<string, unknown>;
  const { targets, problems } = chatTargets(secret);
  if (!targets.every(({ url }) => typeof url === "string")) return `a target without an address`;
  return problems.every(text => text !== "") ? undefined : `a problem without words`;
}

/** What was thrown, with its place. */
export const thrown = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
