// Which records does a describe return? Filters, and pages with a token that stays good while other
// records come and go.

import { Ec2Error, invalidValue } from "./errors.ts";
import type { Tags } from "./state.ts";
import { type Input, intOf, structsOf, textOf, textsOf } from "./wire/query.ts";
import type { Fields, Xml } from "./wire/xml.ts";

/** The filters of one describe: a name and the record's values it is compared with. */
export type Filters<R> = { [name: string]: (record: R) => readonly string[] };

const maxFilterValues = 200;

/** The records that match every filter of the request; a filter matches any of its values. */
export function filtered<R extends { tags?: Tags }>(
  input: Input,
  records: Iterable<R>,
  filters: Filters<R>,
): R[] {
  const tests = structsOf(input, "Filter").map(filter => testOf(filter, filters));
  return [...records].filter(record => tests.every(test => test(record)));
}

function testOf<R extends { tags?: Tags }>(
  filter: Input,
  filters: Filters<R>,
): (record: R) => boolean {
  const name = textOf(filter, "Name") ?? "";
  const values = textsOf(filter, "Value");
  if (values.length === 0) throw invalidValue(`The filter '${name}' needs a value`);
  if (values.length > maxFilterValues) {
    throw new Ec2Error(
      "FilterLimitExceeded",
      `The maximum number of filter values specified on a single call is ${maxFilterValues}`,
    );
  }
  const read = readerOf(name, filters);
  const exact = new Set(values);
  const patterns = values.filter(value => /[*?\\]/.test(value)).map(wildcard);
  return record =>
    read(record).some(value => exact.has(value) || patterns.some(pattern => pattern(value)));
}

function readerOf<R extends { tags?: Tags }>(
  name: string,
  filters: Filters<R>,
): (record: R) => readonly string[] {
  if (name === "tag-key") return record => Object.keys(record.tags ?? {});
  if (name.startsWith("tag:")) {
    const key = name.slice(4);
    return ({ tags = {} }) => (Object.hasOwn(tags, key) ? [tags[key] ?? ""] : []);
  }
  const read = Object.hasOwn(filters, name) ? filters[name] : undefined;
  if (read === undefined) throw invalidValue(`The filter '${name}' is invalid`);
  return read;
}

type Token = { literal: string } | "any" | "one";

/** EC2's wildcards: * is any text, ? one character, a backslash takes the next one as it is. */
function wildcard(value: string): (text: string) => boolean {
  const tokens: Token[] = [];
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === "*") tokens.push("any");
    else if (character === "?") tokens.push("one");
    else if (character === "\\" && at + 1 < value.length)
      tokens.push({ literal: value.charAt(++at) });
    else tokens.push({ literal: character });
  }
  return text => matches(text, tokens);
}

// Goes back to the last * only, so that no filter can take exponential time.
function matches(text: string, tokens: readonly Token[]): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    const token = tokens[next];
    if (token === "any") {
      star = next++;
      resume = at;
    } else if (token === "one" || (token !== undefined && token.literal === text.charAt(at))) {
      at++;
      next++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++resume;
    } else return false;
  }
  return tokens.slice(next).every(token => token === "any");
}

/** How many records a page of this describe may hold. */
export interface PageSize {
  min: number;
  max: number;
}

export const usualPage: PageSize = { min: 5, max: 1000 };

/** One page of records, in the order of their ids, and the token of the next one. */
export function page<R>(
  input: Input,
  records: readonly R[],
  idOf: (record: R) => string,
  size: PageSize = usualPage,
): { records: R[]; token: string | undefined } {
  const keyed = records.map(record => ({ key: idOf(record), record }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const after = afterOf(textOf(input, "NextToken"));
  const rest = after === undefined ? keyed : keyed.filter(({ key }) => key > after);
  const max = pageSize(intOf(input, "MaxResults"), size) ?? rest.length;
  const shown = rest.slice(0, max);
  const last = shown.at(-1);
  return {
    records: shown.map(({ record }) => record),
    token: rest.length > max && last !== undefined ? tokenOf(last.key) : undefined,
  };
}

function pageSize(asked: number | undefined, { min, max }: PageSize): number | undefined {
  if (asked !== undefined && (asked < min || asked > max)) {
    throw invalidValue(
      `Value ( ${asked} ) for parameter maxResults is invalid. Expecting a value from ${min} to ${max}.`,
    );
  }
  return asked;
}

function tokenOf(key: string): string {
  return Buffer.from(`after ${key}`).toString("base64url");
}

function afterOf(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const text = Buffer.from(token, "base64url").toString();
  if (!text.startsWith("after ") || tokenOf(text.slice(6)) !== token) {
    throw new Ec2Error("InvalidNextToken", "The token is not valid");
  }
  return text.slice(6);
}

/** The fields of a paged answer. */
export function pageFields(name: string, items: Xml[], token: string | undefined): Fields {
  return { [name]: items, nextToken: token };
}
