// An alert in Slack: the whole message, and what is left out where it does not fit.
import { describe, expect, it } from "vitest";
import { slackLimits, slackMessage } from "../../matrix/alert/slack-message.ts";
import { sampleAlert } from "../../matrix/alert/test-alert.ts";
import { chatAlert, factsOf, jsonOf, withoutFields } from "../support/chat-alerts.ts";

interface Text {
  readonly text: string;
}

interface Block {
  readonly type: string;
  readonly text?: Text;
  readonly fields?: readonly Text[];
  readonly elements?: readonly Text[];
}

const blocksOf = (...given: Parameters<typeof slackMessage>): readonly Block[] =>
  slackMessage(...given).blocks as readonly Block[];
const sections = (blocks: readonly Block[]) => blocks.filter(({ type }) => type === "section");

it("the sample is a heading, short facts, long facts and what to do", () => {
  expect(jsonOf(slackMessage(sampleAlert()))).toMatchInlineSnapshot(`
    "{
     "text": "CLOSED ingress tcp 22 from 0.0.0.0/0 on deploy sg-0f0a1b2c3d4e50100, 111122223333 ap-southeast-1",
     "blocks": [
      {
       "type": "header",
       "text": {
        "type": "plain_text",
        "text": "CLOSED ingress tcp 22 from 0.0.0.0/0",
        "emoji": false
       }
      },
      {
       "type": "section",
       "fields": [
        {
         "type": "mrkdwn",
         "text": "*Before*\\ningress tcp 22 from 0.0.0.0/0 (sgr-0a1b2c3d4e5f60718)",
         "verbatim": true
        },
        {
         "type": "mrkdwn",
         "text": "*After*\\nnothing of it is open any more",
         "verbatim": true
        },
        {
         "type": "mrkdwn",
         "text": "*Group*\\ndeploy: funai-deploy (sg-0f0a1b2c3d4e50100) in vpc-0f0a1b2c3d4e5f607",
         "verbatim": true
        },
        {
         "type": "mrkdwn",
         "text": "*Account*\\n111122223333 ap-southeast-1",
         "verbatim": true
        },
        {
         "type": "mrkdwn",
         "text": "*From*\\n203.0.113.9 with aws-cli, by its own word",
         "verbatim": true
        },
        {
         "type": "mrkdwn",
         "text": "*Opened*\\n2026-11-21 11:59:50 UTC",
         "verbatim": true
        },
        {
         "type": "mrkdwn",
         "text": "*Seen*\\n2026-11-21 12:00:00 UTC",
         "verbatim": true
        },
        {
         "type": "mrkdwn",
         "text": "*Closed*\\n2026-11-21 12:00:01 UTC, open for 11 s",
         "verbatim": true
        },
        {
         "type": "mrkdwn",
         "text": "*Why*\\nnothing permits it; it breaks the forbid public -&gt; deploy runner all; nearest flow: api runner runtime -&gt; deploy tcp 7002; differs in port tcp 22, not tcp 7002",
         "verbatim": true
        },
        {
         "type": "mrkdwn",
         "text": "*Limits*\\nconnections opened through it are tracked and go on until they time out",
         "verbatim": true
        }
       ]
      },
      {
       "type": "section",
       "fields": [
        {
         "type": "mrkdwn",
         "text": "*Finding*\\nf-abcdefghijkl, mode enforce, matrix version 12",
         "verbatim": true
        }
       ]
      },
      {
       "type": "section",
       "text": {
        "type": "mrkdwn",
        "text": "*Who*\\nbob (AssumedRole, a name the caller chose, account 111122223333) by AuthorizeSecurityGroupIngress\\narn:aws:iam::111122223333:role/deployer",
        "verbatim": true
       }
      },
      {
       "type": "section",
       "text": {
        "type": "mrkdwn",
        "text": "*Reached*\\n1 interface, 1 with a public address\\ni-0a1b2c3d4e5f60718 eni-0a1b2c3d4e5f60718 172.21.138.100 public 198.51.100.7",
        "verbatim": true
       }
      },
      {
       "type": "context",
       "elements": [
        {
         "type": "mrkdwn",
         "text": "severity medium",
         "verbatim": true
        },
        {
         "type": "mrkdwn",
         "text": "If it is needed: \\"portward finding undo f-abcdefghijkl --aws\\" asks for an exception, which somebody else approves and which ends by itself. If it is needed for good, put the flow into the matrix and apply it.",
         "verbatim": true
        },
        {
         "type": "mrkdwn",
         "text": "If it was not bob: revoke the sessions of arn:aws:iam::111122223333:role/deployer, and look in CloudTrail for what else it did.",
         "verbatim": true
        }
       ]
      }
     ],
     "unfurl_links": false,
     "unfurl_media": false
    }"
  `);
});

it("the buttons say what they do and ask before they do it", () => {
  const blocks = blocksOf(sampleAlert(), { withButtons: true });
  expect(jsonOf(blocks.at(-1))).toMatchInlineSnapshot(`
    "{
     "type": "actions",
     "elements": [
      {
       "type": "button",
       "action_id": "finding:allow:60",
       "value": "{\\"f\\":\\"f-abcdefghijkl\\",\\"m\\":60}",
       "text": {
        "type": "plain_text",
        "text": "Allow for 1 h",
        "emoji": false
       },
       "confirm": {
        "title": {
         "type": "plain_text",
         "text": "Allow for 1 h",
         "emoji": false
        },
        "text": {
         "type": "plain_text",
         "text": "Opens ingress tcp 22 from 203.0.113.9/32 on sg-0f0a1b2c3d4e50100 for 1 h, and nothing else. The one whose rule was closed is the requester; he cannot approve it himself.",
         "emoji": false
        },
        "confirm": {
         "type": "plain_text",
         "text": "Allow for 1 h",
         "emoji": false
        },
        "deny": {
         "type": "plain_text",
         "text": "Cancel",
         "emoji": false
        }
       }
      },
      {
       "type": "button",
       "action_id": "finding:allow:480",
       "value": "{\\"f\\":\\"f-abcdefghijkl\\",\\"m\\":480}",
       "text": {
        "type": "plain_text",
        "text": "Allow for 8 h",
        "emoji": false
       },
       "confirm": {
        "title": {
         "type": "plain_text",
         "text": "Allow for 8 h",
         "emoji": false
        },
        "text": {
         "type": "plain_text",
         "text": "Opens ingress tcp 22 from 203.0.113.9/32 on sg-0f0a1b2c3d4e50100 for 8 h, and nothing else. The one whose rule was closed is the requester; he cannot approve it himself.",
         "emoji": false
        },
        "confirm": {
         "type": "plain_text",
         "text": "Allow for 8 h",
         "emoji": false
        },
        "deny": {
         "type": "plain_text",
         "text": "Cancel",
         "emoji": false
        }
       }
      },
      {
       "type": "button",
       "action_id": "finding:deny",
       "value": "{\\"f\\":\\"f-abcdefghijkl\\"}",
       "text": {
        "type": "plain_text",
        "text": "Leave it closed",
        "emoji": false
       },
       "confirm": {
        "title": {
         "type": "plain_text",
         "text": "Leave it closed",
         "emoji": false
        },
        "text": {
         "type": "plain_text",
         "text": "Nothing is opened; the rule stays closed.",
         "emoji": false
        },
        "confirm": {
         "type": "plain_text",
         "text": "Leave it closed",
         "emoji": false
        },
        "deny": {
         "type": "plain_text",
         "text": "Cancel",
         "emoji": false
        }
       }
      }
     ]
    }"
  `);
});

it("the buttons of a request stand out by what they do", () => {
  const exception = {
    ...{ id: `x-${"0".repeat(26)}`, state: "requested", what: "office -> deploy tcp 7002" },
    ...{ groups: ["sg-0a"], start: "2026-11-21T12:00:00.000Z", end: "noon", hash: "0".repeat(64) },
    ...{ requester: "bob", reason: "release" },
  };
  const actions = blocksOf(chatAlert({ exception }), { withButtons: true }).at(-1);
  expect(actions?.elements).toMatchObject([
    { action_id: "exception:approve", style: "primary" },
    { action_id: "exception:reject", style: "danger" },
  ]);
  const [deny] = blocksOf(sampleAlert(), { withButtons: true }).at(-1)?.elements ?? [];
  expect(deny).not.toHaveProperty("style");
});

describe("a fact", () => {
  const at = (lines: string[]) => sections(blocksOf(chatAlert({ facts: [{ label: "L", lines }] })));

  it.each([
    ["of one line of 200 characters", ["x".repeat(200)], true],
    ["of one line of 201 characters", ["x".repeat(201)], false],
    ["of two lines", ["a", "b"], false],
    ["of no line", [], true],
  ])("%s is a field: %#", (_, lines, isField) => {
    const [section, ...more] = at(lines);
    expect(more).toEqual([]);
    expect(section?.fields !== undefined).toBe(isField);
    expect(section?.text !== undefined).toBe(!isField);
  });

  it("has its lines one under the other, and a dash where there is none", () => {
    expect(at(["a", "b"])[0]?.text?.text).toBe("*L*\na\nb");
    expect(at([])[0]?.fields?.[0]?.text).toBe("*L*\n-");
  });

  it("has as many whole lines as fit, each cut at 500 characters", () => {
    const line = "x".repeat(600);
    const shown = at([line, line, line, line, line, line, line])[0]?.text?.text ?? "";
    expect(shown).toBe(`*L*\n${Array.from({ length: 5 }, () => `${"x".repeat(499)}…`).join("\n")}`);
    // Of the 3,000 the name takes 4, and each line one more for its end.
    const exact = at([line, line, line, line, line, "y".repeat(490)])[0]?.text?.text ?? "";
    expect(exact).toHaveLength(2_999);
    expect(at([line, line, line, line, line, "y".repeat(491)])[0]?.text?.text).toHaveLength(2_508);
  });
});

it("ten short facts are in one section, the eleventh in the next", () => {
  const widths = (count: number) =>
    sections(blocksOf(chatAlert({ facts: factsOf(count) }))).map(
      ({ fields = [] }) => fields.length,
    );
  expect([widths(10), widths(11), widths(21)]).toEqual([[10], [10, 1], [10, 10, 1]]);
  const [, second] = sections(blocksOf(chatAlert({ facts: factsOf(11) })));
  expect(second?.fields?.[0]?.text).toBe("*L10*\nx");
});

it("there are at most fifty blocks, and ten lines of what to do", () => {
  const long = {
    facts: factsOf(80, "x".repeat(300)),
    advice: Array.from({ length: 20 }, () => "do"),
  };
  expect(blocksOf(chatAlert(long))).toHaveLength(slackLimits.blocks);
  const context = blocksOf(chatAlert({ ...long, facts: [] })).at(-1);
  expect(context?.elements).toHaveLength(slackLimits.elements);
});

it("an alert without a heading, facts and advice has its subject and its severity", () => {
  const bare = withoutFields(chatAlert({}, "SUBJECT"), "title", "facts", "advice");
  expect(jsonOf(slackMessage(bare).blocks)).toMatchInlineSnapshot(`
    "[
     {
      "type": "header",
      "text": {
       "type": "plain_text",
       "text": "SUBJECT",
       "emoji": false
      }
     },
     {
      "type": "context",
      "elements": [
       {
        "type": "mrkdwn",
        "text": "severity medium",
        "verbatim": true
       }
      ]
     }
    ]"
  `);
  const [header] = blocksOf(withoutFields(chatAlert({}, ""), "title"));
  expect(header?.text?.text).toBe("-");
});

it("an alert whose buttons are asked for has none where there is nothing to click", () => {
  const kinds = blocksOf(chatAlert({ findings: [] }), { withButtons: true }).map(
    ({ type }) => type,
  );
  expect(kinds).toEqual(["header", "section", "context"]);
});
