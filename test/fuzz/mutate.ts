// Makes what nobody sends out of what somebody does: values of another kind, keys that are gone,
// doubled or mean something to JavaScript, texts cut and spliced. The same seed makes the same.
import { type Random, whole } from "../chaos/draw.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const ODD: readonly Json[] = [
  ...[null, true, false, 0, -1, 65_536, 1e308, 0.5, "", " ", "null", "0", "-0", "[]"],
  ...["\u0000", "\u202egnp.exe", "\ud800", "__proto__", "=cmd()", "../..", "{{7*7}}"],
  ...[
    "sg-0",
    "sg-ffffffffffffffffff",
    "999.999.999.999/99",
    "::/129",
    "tcp 70000",
    "a".repeat(5_000),
  ],
  ...[[], {}, [[]], [null], { items: null }, { items: [] }, { items: {} }],
];

const KEYS = ["__proto__", "constructor", "items", "then", "toJSON", "", "length", "a".repeat(300)];

const pick = <T>(random: Random, of: readonly T[]): T => of[whole(random, of.length)] as T;

/** Changes a JSON value in a few places. */
export function mutateJson(random: Random, value: unknown): Json {
  let mutated = structuredClone(value) as Json;
  for (let n = 1 + whole(random, 4); n > 0; n -= 1) mutated = mutateOnce(random, mutated);
  return mutated;
}

function mutateOnce(random: Random, value: Json): Json {
  if (typeof value !== "object" || value === null || random() < 0.15)
    return replaced(random, value);
  const keys = Object.keys(value);
  const key = pick(random, keys);
  if (key === undefined) return replaced(random, value);
  if (Array.isArray(value)) {
    const at = Number(key);
    if (random() < 0.15) return value.toSpliced(at, 1);
    if (random() < 0.15) return [...value, ...value];
    return value.with(at, mutateOnce(random, value[at] as Json));
  }
  const { [key]: old = null, ...rest } = value;
  const at = random();
  if (at < 0.12) return rest;
  // As parsed JSON has it: a key of its own, whatever it means elsewhere.
  if (at < 0.22)
    return JSON.parse(`{${JSON.stringify(pick(random, KEYS))}:${JSON.stringify(old)}}`);
  return { ...value, [key]: mutateOnce(random, old) };
}

function replaced(random: Random, value: Json): Json {
  if (typeof value === "string" && random() < 0.4) return mutateText(random, value);
  if (typeof value === "number" && random() < 0.4) return value + pick(random, [-1, 1, 0.1, 1e6]);
  return pick(random, ODD);
}

const BITS = [
  "\n",
  "\t",
  '"',
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "- ",
  "&a ",
  "*a",
  "!!js",
  "\u0000",
  "\ufeff",
  "\u202e",
  "0",
  "/",
  "%2f",
  "é",
];

/** Changes a text in a few places. */
export function mutateText(random: Random, text: string): string {
  let mutated = text;
  for (let n = 1 + whole(random, 3); n > 0; n -= 1) {
    const [at, length] = [whole(random, mutated.length + 1), whole(random, 12)];
    const [head, tail] = [mutated.slice(0, at), mutated.slice(at)];
    const what = random();
    if (what < 0.35) mutated = head + tail.slice(length);
    else if (what < 0.7) mutated = head + pick(random, BITS) + tail;
    else if (what < 0.9) mutated = head + tail.slice(0, length) + tail;
    else mutated = head;
  }
  return mutated;
}

/** Changes an XML answer as a newer EC2 might: elements nobody knows, and ones that are not there. */
export function mutateXml(random: Random, xml: string, mayDrop: boolean): string {
  const elements = [...xml.matchAll(/<(\w+)>[^<]*<\/\1>/g)];
  const one = pick(random, elements);
  if (!one) return xml;
  const [whole0] = one;
  const [head, tail] = [xml.slice(0, one.index), xml.slice(one.index + whole0.length)];
  if (mayDrop && random() < 0.5) return head + tail;
  const added = pick(random, [
    "<newField>x</newField>",
    "<newSet><item><id>1</id></item></newSet>",
    "<newFlag/>",
    '<newField xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>',
  ]);
  return head + whole0 + added + tail;
}
