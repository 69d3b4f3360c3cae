// How to read a field of a CloudTrail record whatever encoding it came in: both letter cases, four
// forms of a list, numbers as text. It knows no call; hostile input costs bounded work, no throw.

/** A record is delivered with at most 256 KB; these bounds leave room and end the rest early. */
const MOST_CHARACTERS = 2_000_000;
const MOST_VALUES = 100_000;
const DEEPEST = 64;

/** Tells whether the value is an object that is no list. */
export function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads an object's own field by its lower-camel name, which newer calls write in Pascal case. */
export function field(value: unknown, name: string): unknown {
  if (!isFields(value)) return undefined;
  if (Object.hasOwn(value, name)) return value[name];
  const pascal = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return Object.hasOwn(value, pascal) ? value[pascal] : undefined;
}

/** Reads text or a number as text; newer calls wrap an element of a list as `{tag, content}`. */
export function text(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : undefined;
  const content = field(value, "content");
  return typeof content === "string" && content !== "" ? content : undefined;
}

/**
 * Reads a list in any of its forms.
 *
 * @example list({ items: [1, 2] }); list({ item: 1 }); list([1]); list({ tag: 1, a: 2 }); list({})
 * // [1, 2]; [1]; [1]; [{ tag: 1, a: 2 }]; []
 */
export function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (value === undefined || value === null || value === "") return [];
  if (!isFields(value)) return [value];
  for (const name of ["items", "item", "member"]) {
    if (Object.hasOwn(value, name)) {
      const inner = value[name];
      return isFields(inner) ? (isEmpty(inner) ? [] : [inner]) : list(inner);
    }
  }
  return isEmpty(value) ? [] : [value];
}

const isEmpty = (value: Record<string, unknown>): boolean => Object.keys(value).length === 0;

/** Reads a port, ICMP type or code, given as number or text; undefined where it is none. */
export function port(value: unknown): number | undefined {
  const digits = text(value);
  if (digits === undefined || !/^(?:-1|\d{1,5})$/.test(digits)) return undefined;
  const number = Number(digits);
  return number <= 65_535 ? number : undefined;
}

/** Says why a value is too deep or too large for a record; undefined where it is not. */
export function excess(value: unknown): string | undefined {
  const rest: { value: unknown; depth: number }[] = [{ value, depth: 1 }];
  let values = 1;
  let characters = 0;
  for (let next = rest.pop(); next; next = rest.pop()) {
    if (next.depth > DEEPEST) return `it is nested deeper than ${DEEPEST} levels`;
    if (typeof next.value === "string") characters += next.value.length;
    if (typeof next.value === "object" && next.value !== null) {
      const keys = isFields(next.value) ? Object.keys(next.value) : [];
      values += Array.isArray(next.value) ? next.value.length : keys.length;
      if (values > MOST_VALUES) return `it holds more than ${MOST_VALUES} values`;
      characters += keys.reduce((sum, key) => sum + key.length, 0);
      const depth = next.depth + 1;
      for (const inner of Object.values(next.value)) rest.push({ value: inner, depth });
    }
    if (characters > MOST_CHARACTERS) return `it holds more than ${MOST_CHARACTERS} characters`;
  }
  return undefined;
}
