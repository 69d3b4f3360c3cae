// Who is who across kinds of login, and what the matrix says about exceptions. Whether somebody may
// approve a request is decided where one is made; here only the words are read.
import type { ExceptionTerms } from "../document.ts";
import { type Problem, quoted } from "../errors.ts";
import type { Reader } from "./peer-text.ts";
import {
  fieldOf,
  itemsOf,
  type Located,
  type LocatedMap,
  pairsOf,
  problemAt,
  refuse,
  textOf,
} from "./positions.ts";
import { choiceCure } from "./spelling.ts";

/**
 * The forms of an identity. A JWT's issuer has no fragment (OpenID Connect Core 2), so `#` ends it;
 * a role session is a person only under Identity Center, where its name is not the caller's choice.
 */
const IDENTITIES: readonly RegExp[] = [
  /^sso:AWSReservedSSO_[\w+=,.@-]+\/[^\s/]+$/,
  /^slack:[A-Z0-9]+\/[A-Z0-9]+$/,
  /^mail:[^\s@]+@[^\s@]+$/,
  /^jwt:[^\s#]+#\S+$/,
  /^arn:aws[a-z-]*:iam::\d{12}:user\/[\w+=,.@/-]+$/,
];

const FORMS =
  "sso:AWSReservedSSO_SET/NAME, slack:TEAM/USER, mail:ADDRESS, jwt:ISSUER#SUBJECT or an IAM user's ARN";

const ARN = /^arn:aws[a-z-]*:(iam|sts)::\d{12}:[\w+=,.@/-]+$/;

/** Reads who has which identities; one identity is one person's. */
export function readPeople(root: LocatedMap, reader: Reader): Record<string, string[]> {
  const ownerOf = new Map<string, string>();
  return Object.fromEntries(
    pairsOf(fieldOf(root, "people")).map(([name, { value }]) => {
      const identities = value.kind === "list" ? value.items : [];
      return [name, identities.flatMap(item => readIdentity(item, name, ownerOf, reader.problems))];
    }),
  );
}

function readIdentity(
  node: Located,
  person: string,
  ownerOf: Map<string, string>,
  problems: Problem[],
): string[] {
  const text = textOf(node);
  if (!text) return []; // the structure check names it
  if (!IDENTITIES.some(form => form.test(text))) {
    return refuse(
      problems,
      problemAt(node.at, "identity", `${quoted(text)} is no identity`, FORMS),
    );
  }
  // Only a token's subject tells upper from lower case.
  const key = text.startsWith("jwt:") ? text : text.toLowerCase();
  const owner = ownerOf.get(key);
  if (owner === person) return [];
  if (owner !== undefined) {
    const message = `${quoted(text)} is an identity of ${owner} and of ${person}`;
    const cure = "one identity is one person, else a person could approve their own request";
    return refuse(problems, problemAt(node.at, "identity.twice", message, cure));
  }
  ownerOf.set(key, person);
  return [text];
}

const DEFAULTS = { maxDurationMinutes: 480, perRequester: 5, breakGlassMinutes: 0 } as const;

/** Reads the terms of exceptions: 8 hours, 5 for each requester and no break-glass unless said. */
export function readTerms(root: LocatedMap, reader: Reader): ExceptionTerms {
  const node = fieldOf(root, "exceptions");
  const minutes = (key: string) => readDuration(fieldOf(node, key), reader.problems);
  const limit = fieldOf(node, "perRequester");
  const terms = {
    approvers: readApprovers(fieldOf(node, "approvers"), reader),
    maxDurationMinutes: minutes("maxDuration") ?? DEFAULTS.maxDurationMinutes,
    perRequester:
      limit?.kind === "scalar" && typeof limit.value === "number"
        ? limit.value
        : DEFAULTS.perRequester,
    breakGlassMinutes: minutes("breakGlass") ?? DEFAULTS.breakGlassMinutes,
  };
  const glass = fieldOf(node, "breakGlass");
  if (glass && terms.breakGlassMinutes > terms.maxDurationMinutes) {
    const message = "breakGlass, which nobody approves, is longer than maxDuration";
    const cure = "shorten it, or write a longer maxDuration";
    reader.problems.push(problemAt(glass.at, "break-glass", message, cure));
  }
  return terms;
}

function readApprovers(node: Located | undefined, reader: Reader): string[] {
  const { names, problems } = reader;
  const approvers = itemsOf(node).flatMap(item => {
    const text = textOf(item);
    if (!text) return [];
    if (text.startsWith("arn:") ? ARN.test(text) : names.people.has(text)) return [text];
    const [message, cure] = text.startsWith("arn:")
      ? ["is no exact ARN of a user or role", "write it whole, without wildcards"]
      : ["is nobody of people", choiceCure(text, [...names.people])];
    return refuse(problems, problemAt(item.at, "approver", `${quoted(text)} ${message}`, cure));
  });
  return [...new Set(approvers)];
}

const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 };

/** Reads `30m`, `8h` or `2d` as minutes. */
function readDuration(node: Located | undefined, problems: Problem[]): number | undefined {
  const text = textOf(node);
  if (node === undefined || text === undefined) return undefined;
  const unit = MINUTES[text.slice(-1)];
  if (unit !== undefined && /^[1-9]\d{0,3}.$/.test(text)) return Number(text.slice(0, -1)) * unit;
  const cure = "write 30m, 8h or 2d: whole minutes, hours or days";
  problems.push(problemAt(node.at, "duration", `${quoted(text)} is no duration`, cure));
  return undefined;
}
