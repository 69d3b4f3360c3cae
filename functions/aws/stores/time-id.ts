// Ids whose order is that of time: a prefix and a ULID, https://github.com/ulid/spec.
import { randomBytes } from "node:crypto";

const BASE32 = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_LETTERS = 10;

/**
 * Draws an id.
 *
 * @example newTimeId("x-", Date.now()) // "x-01kam2v9c4q8v6w0d3e5f7g9h1"
 */
export function newTimeId(prefix: string, now: number): string {
  const drawn = [...randomBytes(16)].map(byte => BASE32[byte % 32]).join("");
  return `${prefix}${timeText(now)}${drawn}`;
}

/** When an id was drawn, in milliseconds. */
export const timeOfId = (id: string): number =>
  [...id.slice(2, 2 + TIME_LETTERS)].reduce(
    (time, letter) => time * 32 + BASE32.indexOf(letter),
    0,
  );

/** What the ids drawn at a time begin with, after their prefix. */
export function timeText(now: number): string {
  let time = "";
  for (let left = now; time.length < TIME_LETTERS; left = Math.floor(left / 32)) {
    time = `${BASE32[left % 32]}${time}`;
  }
  return time;
}
