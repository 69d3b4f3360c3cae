// Does local/pattern.ts match what AWS's own matcher matches, and refuse what it refuses? On a table,
// on the deployed patterns with the project's records, and on random patterns and events.

import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { attachmentEvents, groupEvents } from "../../functions/wiring/triggers.ts";
import { checkPattern, matches } from "../../local/pattern.ts";
import { enveloped, record, recordNames } from "../support/cloudtrail.ts";
import { seed } from "../support/seed.ts";
import { patternDifferences } from "./differences/patterns.ts";
import { anyQuestion, deployedQuestion } from "./drawn-patterns.ts";
import { askRuler, type Question, type Ruling } from "./event-matcher.ts";

const sample = {
  source: "aws.ec2",
  count: 5,
  flag: true,
  nothing: null,
  tags: ["red", "Blue"],
  empty: [],
  detail: {
    eventName: "AuthorizeSecurityGroupIngress",
    userIdentity: { type: "AssumedRole", userName: "Wang" },
    items: [
      { id: "a", size: 1 },
      { id: "b", size: 9 },
    ],
    deep: [[{ id: "c" }], [["d"]]],
  },
};

/** Patterns asked of the sample event. */
const table: readonly string[] = [
  `{"source":["aws.ec2"]}`,
  `{"source":["aws.s3","aws.ec2"],"count":[5]}`,
  `{"source":["aws.ec2"],"count":[6]}`,
  `{"source":["AWS.EC2"]}`,
  `{"source":[{"equals-ignore-case":"AWS.EC2"}]}`,
  `{"count":["5"]}`,
  `{"count":[5.0]}`,
  `{"count":[{"numeric":["=",5]}]}`,
  `{"count":[{"numeric":[">",0,"<=",5]}]}`,
  `{"count":[{"numeric":[">",5,"<",9]}]}`,
  `{"count":[{"prefix":"5"}]}`,
  `{"count":[{"anything-but":[1,2]}]}`,
  `{"source":[{"anything-but":[1,2]}]}`,
  `{"source":[{"anything-but":"aws.ec2"}]}`,
  `{"tags":[{"anything-but":"red"}]}`,
  `{"source":[{"anything-but":{"prefix":"aws."}}]}`,
  `{"source":[{"anything-but":{"suffix":["s3","ec2"]}}]}`,
  `{"absent":[{"anything-but":"x"}]}`,
  `{"flag":[true]}`,
  `{"flag":["true"]}`,
  `{"nothing":[null]}`,
  `{"absent":[null]}`,
  `{"nothing":[{"exists":true}]}`,
  `{"absent":[{"exists":false}]}`,
  `{"empty":[{"exists":false}]}`,
  `{"empty":[{"exists":true}]}`,
  `{"detail":[{"exists":true}]}`,
  `{"detail":{"errorCode":[{"exists":false}]}}`,
  `{"source":{"errorCode":[{"exists":false}]}}`,
  `{"absent":{"errorCode":[{"exists":false}]}}`,
  `{"tags":["red"]}`,
  `{"tags":["green","Blue"]}`,
  `{"detail":{"items":{"id":["b"],"size":[9]}}}`,
  `{"detail":{"items":{"id":["a"],"size":[9]}}}`,
  `{"detail":{"deep":{"id":["c"]}}}`,
  `{"detail":{"deep":["d"]}}`,
  `{"constructor":[{"exists":true}]}`,
  "{",
  "[]",
  "{}",
  "null",
  `"source"`,
  `{"source":[]}`,
  `{"detail":{}}`,
  `{"source":"aws.ec2"}`,
  `{"source":null}`,
  `{"source":[["aws.ec2"]]}`,
  `{"source":[{}]}`,
  `{"source":[{"Prefix":"a"}]}`,
  `{"source":[{"prefix":"a","suffix":"b"}]}`,
  `{"source":[{"prefix":1}]}`,
  `{"source":[{"equals-ignore-case":["a"]}]}`,
  `{"source":[{"exists":"false"}]}`,
  `{"source":[{"anything-but":[]}]}`,
  `{"source":[{"anything-but":null}]}`,
  `{"source":[{"anything-but":[true]}]}`,
  `{"source":[{"anything-but":{"cidr":"10.0.0.0/8"}}]}`,
  `{"count":[{"numeric":[">","0"]}]}`,
  `{"count":[{"numeric":["!=",0]}]}`,
  `{"count":[{"numeric":[]}]}`,
  `{"count":[{"numeric":[">",0,"<"]}]}`,
];

const tableQuestions = table.map(pattern => ({ pattern, event: sample }));
const deployedPatterns = [groupEvents, attachmentEvents].map(pattern => JSON.stringify(pattern));
const recordQuestions = recordNames.flatMap(name => {
  const { eventSource } = record(name);
  const source = `aws.${String(eventSource).split(".")[0]}`;
  const event = enveloped(record(name), { source });
  return deployedPatterns.map(pattern => ({ pattern, event }));
});
const drawnQuestions = fc.sample(anyQuestion, { numRuns: 1_000, seed });
const likelyQuestions = fc.sample(deployedQuestion, { numRuns: 600, seed });

/** What local/pattern.ts says. */
function localRuling({ pattern, event }: Question): boolean | "refused" {
  try {
    return matches(checkPattern(pattern), event);
  } catch {
    return "refused";
  }
}

const gist = (ruling: Ruling | undefined): boolean | "refused" | undefined =>
  ruling && ("refused" in ruling ? "refused" : ruling.matches);

const rulings = new Map<string, boolean | "refused" | undefined>();
const keyOf = (question: Question) => JSON.stringify([question.pattern, question.event]);
const ruler = (question: Question) => rulings.get(keyOf(question));

beforeAll(async () => {
  const questions = [
    ...tableQuestions,
    ...recordQuestions,
    ...drawnQuestions,
    ...likelyQuestions,
    ...patternDifferences,
  ].map(({ pattern, event }) => ({ pattern, event }));
  const answers = await askRuler(questions);
  for (const [index, question] of questions.entries()) {
    rulings.set(keyOf(question), gist(answers[index]));
  }
});

describe("local/pattern.ts and AWS's matcher", () => {
  it.each(tableQuestions)("agree about $pattern", question => {
    expect(localRuling(question)).toBe(ruler(question));
  });

  it.each([
    ["all records of the project and the deployed patterns", recordQuestions, 10],
    [`random patterns and events (PORTWARD_SEED=${seed})`, drawnQuestions, 30],
    [`the deployed patterns and events like theirs (PORTWARD_SEED=${seed})`, likelyQuestions, 30],
  ] as const)("agree about %s", (_, questions, enough) => {
    const disagreements = questions.filter(question => localRuling(question) !== ruler(question));
    expect(disagreements).toEqual([]);
    // Nothing but misses, or nothing but matches, would compare little.
    expect(questions.filter(question => ruler(question) === true).length).toBeGreaterThan(enough);
    expect(questions.filter(question => ruler(question) === false).length).toBeGreaterThan(enough);
  });

  it.each(patternDifferences)("differ about $behaviour, as is known", difference => {
    expect(ruler(difference)).toBe(difference.aws);
    expect(localRuling(difference)).toBe(difference.local);
  });
});
