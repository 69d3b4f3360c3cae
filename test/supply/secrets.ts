// What looks like a secret in a text: keys and tokens by their issuers' forms, and names like
// `password` that are given something too random to be a word. A few strong forms rather than many
// weak ones, so that every hit is looked at.
import { createHash } from "node:crypto";
import type { Published } from "./repository.ts";

/** Something that looks like a secret. It carries a digest, so that lists and logs need not repeat it. */
export interface Suspect {
  readonly kind: string;
  readonly where: string;
  readonly line: number;
  readonly digest: string;
}

const forms: Readonly<Record<string, RegExp>> = {
  "AWS access key id": /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g,
  "private key": /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----/g,
  "Slack token": /\bx(?:ox[abeoprs]|app)-[0-9A-Za-z-]{10,}/g,
  "Slack webhook":
    /hooks\.slack\.com\/(?:services|workflows)\/T[0-9A-Z]{6,}\/[0-9A-Z]{6,}\/\w{16,}/g,
  "chat webhook": /\b(?:access_token=[0-9a-f]{64}|open-apis\/bot\/v2\/hook\/[0-9a-f-]{36})\b/g,
  "JSON web token": /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g,
  "GitHub token": /\b(?:gh[opsur]_\w{36}|github_pat_\w{22,})/g,
  "npm token": /\bnpm_\w{36}\b/g,
};

const assigned =
  /(?:passw(?:or)?d|secret|token|api_?key|access_?key|private_?key|credential)\w*["']?\s*[:=]\s*["'`]?([\w+/=-]{20,})/gi;

/** Bits per character from which a value is no word, path or name any more. */
const RANDOM = 4;

/** Finds what looks like a secret in a text. */
export function suspectsIn({ where, text }: Published): Suspect[] {
  const suspects: Suspect[] = [];
  const note = (kind: string, value: string, index: number) =>
    suspects.push({ kind, where, line: lineAt(text, index), digest: digestOf(value) });
  for (const [kind, form] of Object.entries(forms)) {
    for (const { 0: value, index } of text.matchAll(form)) note(kind, value, index);
  }
  for (const { 1: value = "", index } of text.matchAll(assigned)) {
    if (isRandom(value)) note("random value", value, index);
  }
  return suspects;
}

const digestOf = (value: string): string =>
  createHash("sha256").update(value).digest("hex").slice(0, 16);

const lineAt = (text: string, index: number): number => text.slice(0, index).split("\n").length;

// Digits among the letters tell a key from camel case, which is nearly as even.
const isRandom = (value: string): boolean =>
  /\d/.test(value) && /[a-z]/i.test(value) && entropyOf(value) >= RANDOM;

function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const letter of value) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const shares = [...counts.values()].map(count => count / value.length);
  return -shares.reduce((sum, share) => sum + share * Math.log2(share), 0);
}
