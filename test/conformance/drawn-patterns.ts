// Random event patterns and events over few names and values, so that they meet often: what they
// are compared by is pattern.test.ts.
import fc from "fast-check";
import {
  attachmentEvents,
  type EventPattern,
  groupEvents,
} from "../../functions/wiring/triggers.ts";
import type { Question } from "./event-matcher.ts";

const texts = ["a", "b", "ab", "aB", "abc", "", "5"];
const numbers = [0, 1, 5, -1, 2.5, 300];
const text = fc.constantFrom(...texts);
const number = fc.constantFrom(...numbers);
const plain = fc.oneof(text, number, fc.constantFrom(true, false, null));
const names = ["x", "y", "z"] as const;

const oneOrMore = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.array(arbitrary, { minLength: 1, maxLength: 3 });
const some = fc.constantFrom("a", "b", "ab", "AB", "c");

const bounds = fc.oneof(
  fc.tuple(fc.constantFrom("=", "<", "<=", ">", ">="), number),
  fc
    .tuple(fc.constantFrom(">", ">="), number, fc.constantFrom("<", "<="), number)
    .filter(([, bottom, , top]) => bottom < top),
);

const operator: fc.Arbitrary<object> = fc.oneof(
  fc.record({ exists: fc.boolean() }),
  fc.record({ prefix: some }),
  fc.record({ suffix: some }),
  fc.record({ "equals-ignore-case": some }),
  fc.record({ numeric: bounds }),
  fc.record({
    "anything-but": fc.oneof(
      text,
      number,
      oneOrMore(text),
      oneOrMore(number),
      fc.record({ prefix: some }),
      fc.record({ suffix: some }),
      fc.record({ "equals-ignore-case": some }),
      fc.record({ prefix: oneOrMore(some) }),
    ),
  }),
);

const item = fc.oneof(plain, operator);

const level = (depth: number): fc.Arbitrary<object> =>
  fc
    .dictionary(
      fc.constantFrom(...names),
      depth === 0
        ? oneOrMore(item)
        : fc.oneof({ weight: 3, arbitrary: oneOrMore(item) }, level(depth - 1)),
      { minKeys: 1, maxKeys: 2 },
    )
    .map(record => ({ ...record }));

const value = (depth: number): fc.Arbitrary<unknown> =>
  depth === 0
    ? fc.oneof(plain, fc.array(plain, { maxLength: 3 }))
    : fc.oneof(
        { weight: 3, arbitrary: plain },
        { weight: 2, arbitrary: fc.array(value(depth - 1), { maxLength: 3 }) },
        { weight: 3, arbitrary: object(depth - 1) },
      );

const object = (depth: number): fc.Arbitrary<object> =>
  fc
    .dictionary(fc.constantFrom(...names), value(depth), { maxKeys: 3 })
    .map(record => ({ ...record }));

/** Any pattern, any event. */
export const anyQuestion: fc.Arbitrary<Question> = fc
  .tuple(level(2), object(2))
  .map(([pattern, event]) => ({ pattern: JSON.stringify(pattern), event }));

const mostly = <T>(...usual: readonly T[]) => ({
  or: (...other: readonly T[]): fc.Arbitrary<T> =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...usual) },
      { weight: 1, arbitrary: fc.constantFrom(...other) },
    ),
});

function eventFor({ source, detail }: EventPattern): fc.Arbitrary<object> {
  return fc.record({
    source: mostly(...source).or("aws.s3", "portward", "AWS.EC2"),
    "detail-type": mostly("AWS API Call via CloudTrail").or("AWS Service Event via CloudTrail"),
    detail: fc.record(
      {
        eventSource: mostly("ec2.amazonaws.com").or("rds.amazonaws.com"),
        eventName: mostly<string | null>(...detail.eventName).or("DescribeSecurityGroups", null),
        errorCode: fc.constantFrom("Client.DryRunOperation", "", null),
        requestParameters: fc.constantFrom(null, { groupId: "sg-0a1b2c3d" }),
      },
      { requiredKeys: ["eventSource", "eventName"] },
    ),
  });
}

const likely = (pattern: EventPattern, other: EventPattern): fc.Arbitrary<Question> =>
  fc
    .oneof({ weight: 4, arbitrary: eventFor(pattern) }, { weight: 1, arbitrary: eventFor(other) })
    .map(event => ({ pattern: JSON.stringify(pattern), event }));

/** A deployed pattern, and an event much like those that one of them is for. */
export const deployedQuestion: fc.Arbitrary<Question> = fc.oneof(
  likely(groupEvents, attachmentEvents),
  likely(attachmentEvents, groupEvents),
);
