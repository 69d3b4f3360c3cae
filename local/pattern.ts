// Does an event match an EventBridge pattern? Exact values, exists, prefix, suffix, anything-but,
// numeric and equals-ignore-case. A pattern with any other operator is refused, never ignored.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html

/** An event pattern: names to sub-patterns, or to lists of values and operators. */
export interface Pattern {
  readonly [name: string]: Pattern | readonly unknown[];
}

type Operator = (value: unknown, operand: unknown) => boolean;

const maxLength = 2048;

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

const operators: Readonly<Record<string, Operator>> = {
  prefix: (value, operand) => typeof value === "string" && value.startsWith(operand as string),
  suffix: (value, operand) => typeof value === "string" && value.endsWith(operand as string),
  "equals-ignore-case": (value, operand) =>
    typeof value === "string" && value.toLowerCase() === (operand as string).toLowerCase(),
  numeric: (value, operand) => typeof value === "number" && isWithin(value, operand as unknown[]),
  "anything-but": (value, operand) => isAnythingBut(value, operand),
};

/**
 * Tells whether an event matches a pattern that `checkPattern` has passed.
 * @example
 * matches({ detail: { errorCode: [{ exists: false }] } }, { detail: { eventName: "X" } }) // true
 */
export function matches(pattern: Pattern, event: unknown): boolean {
  // All fields of a sub-pattern are met by one element of a list, not by several together.
  if (Array.isArray(event) && event.length > 0) return event.some(one => matches(pattern, one));
  return Object.entries(pattern).every(([name, wanted]) => {
    const value = isRecord(event) && Object.hasOwn(event, name) ? event[name] : undefined;
    if (!Array.isArray(wanted)) return matches(wanted as Pattern, value);
    const values = leavesOf(value);
    return wanted.some(item => matchesItem(item, values));
  });
}

/** Refuses a pattern that EventBridge would refuse, or that this matcher does not understand. */
export function checkPattern(pattern: Pattern | string): Pattern {
  const text = typeof pattern === "string" ? pattern : JSON.stringify(pattern);
  if (text.length > maxLength) {
    throw new Error(`the pattern has ${text.length} characters, more than ${maxLength}`);
  }
  const parsed = parseObject(text);
  checkLevel(parsed, "the pattern");
  return parsed as Pattern;
}

/** The leaf values of a field: `exists` works on leaves only, so an object counts as absent. */
function leavesOf(value: unknown): unknown[] {
  const values = Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value];
  return values.filter(one => one !== undefined && !isRecord(one));
}

function matchesItem(item: unknown, values: unknown[]): boolean {
  if (!isRecord(item)) return values.includes(item);
  const [name, operand] = Object.entries(item)[0] ?? ["", undefined];
  if (name === "exists") return values.length > 0 === operand;
  return values.some(value => operators[name]?.(value, operand) ?? false);
}

function isAnythingBut(value: unknown, operand: unknown): boolean {
  if (Array.isArray(operand)) return !operand.includes(value);
  if (!isRecord(operand)) return value !== operand;
  const [name, inner] = Object.entries(operand)[0] ?? ["", undefined];
  const inners = Array.isArray(inner) ? inner : [inner];
  return !inners.some(one => operators[name]?.(value, one) ?? false);
}

function isWithin(value: number, bounds: unknown[]): boolean {
  for (let index = 0; index < bounds.length; index += 2) {
    const compare = comparisons[String(bounds[index])];
    if (!compare?.(value, bounds[index + 1] as number)) return false;
  }
  return true;
}

function checkLevel(level: object, where: string): void {
  const entries = Object.entries(level);
  if (entries.length === 0) throw new Error(`${where} is empty`);
  for (const [name, wanted] of entries) {
    if (Array.isArray(wanted)) {
      if (wanted.length === 0) throw new Error(`the list of ${name} is empty`);
      for (const item of wanted) checkItem(item, name);
    } else if (isRecord(wanted)) checkLevel(wanted, name);
    else throw new Error(`${name} must be an object or a list`);
  }
}

function checkItem(item: unknown, name: string): void {
  if (Array.isArray(item)) throw new Error(`${name} holds a list within a list`);
  if (!isRecord(item)) return;
  const [[operator, operand] = ["", undefined], ...more] = Object.entries(item);
  if (more.length > 0) throw new Error(`one value of ${name} has several operators`);
  if (!isOperand(operator, operand)) {
    throw new Error(`${name}: ${JSON.stringify(item)} is not an operator this account knows`);
  }
}

function isOperand(operator: string, operand: unknown): boolean {
  switch (operator) {
    case "exists":
      return typeof operand === "boolean";
    case "prefix":
    case "suffix":
    case "equals-ignore-case":
      return typeof operand === "string";
    case "numeric":
      return isBounds(operand);
    case "anything-but":
      return isAnythingButOperand(operand);
    default:
      return false;
  }
}

function isAnythingButOperand(operand: unknown): boolean {
  if (Array.isArray(operand)) return operand.length > 0 && operand.every(isPlain);
  if (!isRecord(operand)) return isPlain(operand);
  const entries = Object.entries(operand);
  const [name, inner] = entries[0] ?? ["", undefined];
  const inners = Array.isArray(inner) ? inner : [inner];
  const isKnown = ["prefix", "suffix", "equals-ignore-case"].includes(name);
  return entries.length === 1 && isKnown && inners.every(one => typeof one === "string");
}

function isBounds(operand: unknown): boolean {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) return false;
  return operand.every((one, index) =>
    index % 2 === 0 ? Object.hasOwn(comparisons, String(one)) : Number.isFinite(one),
  );
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseObject(text: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new Error("the pattern is not JSON", { cause });
  }
  if (!isRecord(parsed)) throw new Error("the pattern is not a JSON object");
  return parsed;
}
