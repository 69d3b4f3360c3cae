// An alert as the custom notification of Amazon Q Developer: the whole message, and its bounds.
import { describe, expect, it } from "vitest";
import { chatbotMessage } from "../../matrix/alert/chatbot-message.ts";
import { sampleAlert } from "../../matrix/alert/test-alert.ts";
import { chatAlert, jsonOf, withoutFields } from "../support/chat-alerts.ts";

const exception = {
  ...{ id: "x-1", state: "requested", what: "office -> deploy tcp 7002", groups: ["sg-0a"] },
  ...{ start: "2026-11-21T12:00:00.000Z", end: "2026-11-21T13:00:00.000Z", hash: "h" },
  ...{ requester: "li", reason: "release" },
};

it("the sample is markdown in which every fact is code", () => {
  expect(jsonOf(chatbotMessage(sampleAlert()))).toMatchInlineSnapshot(`
    "{
     "version": "1.0",
     "source": "custom",
     "id": "f-abcdefghijkl",
     "content": {
      "textType": "client-markdown",
      "title": "CLOSED ingress tcp 22 from 0.0.0.0/0",
      "description": "*Before* \`ingress tcp 22 from 0.0.0.0/0 (sgr-0a1b2c3d4e5f60718)\`\\n*After* \`nothing of it is open any more\`\\n*Group* \`deploy: funai-deploy (sg-0f0a1b2c3d4e50100) in vpc-0f0a1b2c3d4e5f607\`\\n*Account* \`111122223333 ap-southeast-1\`\\n*Who* \`bob (AssumedRole, a name the caller chose, account 111122223333) by AuthorizeSecurityGroupIngress\`\\n\`arn:aws:iam::111122223333:role/deployer\`\\n*From* \`203.0.113.9 with aws-cli, by its own word\`\\n*Opened* \`2026-11-21 11:59:50 UTC\`\\n*Seen* \`2026-11-21 12:00:00 UTC\`\\n*Closed* \`2026-11-21 12:00:01 UTC, open for 11 s\`\\n*Why* \`nothing permits it; it breaks the forbid public -&gt; deploy runner all; nearest flow: api runner runtime -&gt; deploy tcp 7002; differs in port tcp 22, not tcp 7002\`\\n*Reached* \`1 interface, 1 with a public address\`\\n\`i-0a1b2c3d4e5f60718 eni-0a1b2c3d4e5f60718 172.21.138.100 public 198.51.100.7\`\\n*Limits* \`connections opened through it are tracked and go on until they time out\`\\n*Finding* \`f-abcdefghijkl, mode enforce, matrix version 12\`",
      "nextSteps": [
       "\`If it is needed: \\"portward finding undo f-abcdefghijkl --aws\\" asks for an exception, which somebody else approves and which ends by itself. If it is needed for good, put the flow into the matrix and apply it.\`",
       "\`If it was not bob: revoke the sessions of arn:aws:iam::111122223333:role/deployer, and look in CloudTrail for what else it did.\`"
      ],
      "keywords": [
       "closed",
       "medium"
      ]
     },
     "metadata": {
      "threadId": "sg-0f0a1b2c3d4e50100",
      "summary": "CLOSED ingress tcp 22 from 0.0.0.0/0 on deploy sg-0f0a1b2c3d4e50100, 111122223333 ap-southeast-1",
      "eventType": "closed",
      "enableCustomActions": false
     }
    }"
  `);
});

describe("its id and its thread", () => {
  const group = { id: "sg-0a", name: "" };
  const ids = (...given: Parameters<typeof chatAlert>) => {
    const { id, metadata } = chatbotMessage(chatAlert(...given));
    return [id, metadata.threadId];
  };
  it.each([
    ["are the exception's", { exception, group, findings: [{ id: "f-1" }] }, ["x-1", "x-1"]],
    ["are the finding's and the group's", { group, findings: [{ id: "f-1" }] }, ["f-1", "sg-0a"]],
    ["are none without a finding", { group, findings: [] }, [undefined, "sg-0a"]],
    ["are none where a finding has none", { group, findings: [{ id: "" }] }, [undefined, "sg-0a"]],
    ["are none where it is no text", { group, findings: [{ id: 7 }] }, [undefined, "sg-0a"]],
    ["are none where there is no group", { group: { id: "", name: "" }, findings: [] }, []],
  ])("%s", (_, given, expected) => {
    expect(ids(given)).toEqual([...expected, undefined, undefined].slice(0, 2));
    expect(JSON.stringify(chatbotMessage(chatAlert(given)))).not.toContain('""');
  });
});

describe("its description", () => {
  const described = (lines: string[]) =>
    chatbotMessage(chatAlert({ facts: [{ label: "L", lines }] })).content.description;

  it("has the label before the first line only, and no backtick within", () => {
    expect(described(["a `b`", "c", ""])).toBe("*L* `a 'b'`\n`c`\n`-`");
  });

  it("has as many whole lines as fit in 4,000 characters, each cut at 500", () => {
    const lines = described(Array.from({ length: 12 }, () => "x".repeat(600))).split("\n");
    expect(lines).toHaveLength(7);
    expect(lines[1]).toBe(`\`${"x".repeat(497)}…\``);
    // Each line takes one more for its end, and the first its label.
    const fitting = [...Array.from({ length: 7 }, () => "x".repeat(498)), "y".repeat(486)];
    expect(described(fitting)).toHaveLength(3_999);
    expect(described([...fitting.slice(0, 7), "y".repeat(487)]).split("\n")).toHaveLength(7);
  });

  it("has no more bytes than fit, whatever the letters", () => {
    const wide = described(Array.from({ length: 12 }, () => "名".repeat(498)));
    expect(new TextEncoder().encode(wide).length).toBeLessThan(12_000);
    expect(wide.split("\n")).toHaveLength(7);
    const flags = described(Array.from({ length: 12 }, () => "\\".repeat(498)));
    expect(flags.split("\n").length).toBeLessThan(12);
  });

  it("is the subject where there are no facts", () => {
    const bare = withoutFields(chatAlert({}, "SUBJECT"), "facts", "title", "advice");
    const { content } = chatbotMessage(bare);
    expect(content.description).toBe("`SUBJECT`");
    expect(content.title).toBe("SUBJECT");
    expect(content.nextSteps).toEqual([]);
  });
});

describe("its title and steps", () => {
  it("have nothing that marks up or links", () => {
    const alert = chatAlert({ title: "*a* _b_ ~c~ [d](https://e) `f` | <g>" }, "http://s");
    const { content, metadata } = chatbotMessage(alert);
    expect(content.title).toBe("'a' 'b' 'c' 'd'(https:/ /e) 'f' ' &lt;g&gt;");
    expect(metadata.summary).toBe("http:/ /s");
  });

  it("are never empty, and three steps at most, as code", () => {
    const advice = ["one", "two", "three", "four"];
    const { content } = chatbotMessage(chatAlert({ title: "", advice }));
    expect(content.title).toBe("-");
    expect(content.nextSteps).toEqual(["`one`", "`two`", "`three`"]);
    const [step = ""] = chatbotMessage(chatAlert({ advice: ["x".repeat(500)] })).content.nextSteps;
    expect(step).toBe(`\`${"x".repeat(397)}…\``);
  });
});
