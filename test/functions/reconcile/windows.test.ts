// Exceptions whose time has come: what is done on their groups, where they go on to, and what is left
// for the next sweep.
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import type { KeptException } from "../../../functions/aws/stores/exception-item.ts";
import { passWindow, passWindows } from "../../../functions/reconcile/windows.ts";
import { approved, asked, MINUTE, stepped, withdrawn } from "../../support/exception-pieces.ts";
import { findingOf, without } from "../../support/findings.ts";
import { governed as governedGroup } from "../../support/governed.ts";
import { logged } from "../../support/logged.ts";
import { ownPieces } from "../../support/pieces.ts";
import { plantGroup } from "../../support/planted.ts";
import { toldSince } from "../../support/told-since.ts";

const RULE = "ingress tcp 7002 from 10.1.2.3/32";

const pieces = ownPieces();

const { mark, subjects, calls } = toldSince(() => pieces.account);

/** Portward with a matrix that permits nothing on a group of its own. */
async function governed(rules: readonly string[] = [], mode = "enforce") {
  const made = await governedGroup(pieces, { rules, mode });
  mark();
  return made;
}

const stateOf = async (aws: AwsAccount, { id }: KeptException) =>
  (await aws.exceptions.get(id))?.state;

/** The same, so many minutes later. */
const later = (aws: AwsAccount, minutes: number): AwsAccount => {
  const at = aws.clock() + minutes * MINUTE;
  return { ...aws, clock: () => at };
};

const started = async (aws: AwsAccount, kept: KeptException) =>
  stepped(aws, kept, { action: "start", to: "active" });

describe("an exception whose start has come", () => {
  it("opens what it permits, and is active", async () => {
    const { aws, group } = await governed();
    const kept = await approved(aws, { groups: [group] });
    expect(await passWindows(aws)).toEqual({ due: 1, failed: 0 });
    expect(await pieces.rules(group)).toEqual([RULE]);
    expect(await stateOf(aws, kept)).toBe("active");
    const [finding] = await aws.findings.forGroup(group);
    expect(finding).toMatchObject({ rule: RULE, trigger: { id: `${kept.id}-start` } });
  });
  it("is told of by what it opens alone", async () => {
    const { aws, group } = await governed();
    const { deps, lines } = logged(aws);
    await approved(aws, { groups: [group] });
    await passWindows(deps);
    expect(subjects()).toEqual([expect.stringMatching(/^EXCEPTION OPENED /)]);
    expect(lines).toEqual([]);
  });
  it("is not what other drift on its group is laid at", async () => {
    const { aws, group } = await governed([RULE, "ingress tcp 22 from 10.9.9.9/32"]);
    await approved(aws, { groups: [group] });
    await passWindows(aws);
    const [finding, ...more] = await aws.findings.forGroup(group);
    expect(more).toEqual([]);
    expect(finding?.rule).toBe("ingress tcp 22 from 10.9.9.9/32");
    expect(finding?.trigger).toEqual({ kind: "sweep", id: expect.stringMatching(/^sweep-.+/) });
  });
  it("ends at once where its end has come as well", async () => {
    const { aws, group } = await governed();
    const kept = await approved(aws, { groups: [group] });
    await passWindows(later(aws, 60));
    expect(await stateOf(aws, kept)).toBe("expired");
  });
  it("looks at a group once, however many start there", async () => {
    const { aws, group } = await governed([RULE]);
    await approved(aws, { groups: [group] });
    await approved(aws, { groups: [group] });
    mark();
    expect(await passWindows(aws)).toEqual({ due: 2, failed: 0 });
    expect(calls("ec2").filter(action => action === "DescribeSecurityGroupRules")).toHaveLength(1);
  });
});

describe("an exception whose end has come", () => {
  it("is closed, and expires", async () => {
    const { aws, group } = await governed([RULE]);
    const kept = await started(aws, await approved(aws, { groups: [group] }));
    expect(await passWindows({ ...aws, clock: () => kept.end })).toEqual({ due: 1, failed: 0 });
    expect(await pieces.rules(group)).toEqual([]);
    expect(await stateOf(aws, kept)).toBe("expired");
  });
  it("goes on until then", async () => {
    const { aws, group } = await governed([RULE]);
    const kept = await started(aws, await approved(aws, { groups: [group] }));
    expect(await passWindows({ ...aws, clock: () => kept.end - 1 })).toEqual({ due: 0, failed: 0 });
    expect(await pieces.rules(group)).toEqual([RULE]);
    expect(await stateOf(aws, kept)).toBe("active");
  });
});

describe("an exception that was withdrawn while it was open", () => {
  it("is closed, is due no more, and stays withdrawn", async () => {
    const { aws, group } = await governed([RULE]);
    const kept = await withdrawn(aws, await approved(aws, { groups: [group] }));
    expect(await passWindows(aws)).toEqual({ due: 1, failed: 0 });
    expect(await pieces.rules(group)).toEqual([]);
    expect(await passWindows(aws)).toEqual({ due: 0, failed: 0 });
    expect(await stateOf(aws, kept)).toBe("withdrawn");
  });
});

describe("a request that nobody answered", () => {
  it("expires, which people are told, and no group is looked at for it", async () => {
    const { aws, group } = await governed();
    const kept = await asked(aws, { groups: [group] });
    const [telling] = await aws.exceptions.untold();
    if (telling) await aws.exceptions.told(telling);
    expect(await passWindows(later(aws, 60))).toEqual({ due: 1, failed: 0 });
    expect(await stateOf(aws, kept)).toBe("expired");
    expect(calls("ec2")).toEqual([]);
    expect(subjects()).toEqual([expect.stringMatching(/^EXCEPTION UNANSWERED /)]);
  });
  it("expires although its group has something left to do", async () => {
    const { aws, group } = await governed();
    const [request, open] = [
      await asked(aws, { groups: [group] }),
      await approved(aws, { groups: [group] }),
    ];
    await paused(aws, group);
    expect(await passWindows(later(aws, 60))).toEqual({ due: 2, failed: 1 });
    expect(await stateOf(aws, request)).toBe("expired");
    expect(await stateOf(aws, open)).toBe("approved");
  });
});

async function paused(aws: AwsAccount, group: string): Promise<void> {
  const [at, until] = [0, 2].map(hours => new Date(aws.clock() + hours * 3_600_000).toISOString());
  const is = { by: "alice", reason: "a test", at: at ?? "", until: until ?? "" };
  await aws.pauses.start({ kind: "pause", group, is, toldAt: aws.clock() });
}

/** What keeps a group from being brought to what an exception says. */
const hindrances: readonly {
  name: string;
  make: (aws: AwsAccount, group: string) => Promise<void>;
}[] = [
  { name: "is paused", make: paused },
  {
    name: "cannot be written",
    make: async () =>
      pieces.account.faults.failNext("ec2", "AuthorizeSecurityGroupIngress", "InternalError", 50),
  },
  {
    name: "was throttled",
    make: async () =>
      pieces.account.faults.failNext(
        "ec2",
        "AuthorizeSecurityGroupIngress",
        "RequestLimitExceeded",
      ),
  },
  {
    name: "cannot be read",
    make: async () =>
      pieces.account.faults.failNext("ec2", "DescribeSecurityGroupRules", "InternalError", 50),
  },
  {
    name: "has a finding that another run is about to tell",
    async make(aws, group) {
      const missing = findingOf({
        ...{ kind: "missing", rule: RULE, outcome: "left-open" },
        ...{ group: { id: group, name: "" }, account: aws.config.account },
      });
      const lease = { by: "another", now: aws.clock() };
      const own = without(missing, "ruleId", "closedAt");
      await aws.findings.recordAndClaim(own, aws.clock(), lease);
    },
  },
];

describe("an exception whose group", () => {
  it.each(hindrances)("$name is due again, and no state is moved", async ({ make }) => {
    const { aws, group } = await governed();
    const kept = await approved(aws, { groups: [group] });
    await make(aws, group);
    expect(await passWindows(aws)).toEqual({ due: 1, failed: 1 });
    expect(await stateOf(aws, kept)).toBe("approved");
  });
  it("has no matrix is due again", async () => {
    const aws = pieces.fresh();
    const kept = await approved(aws, { groups: [plantGroup(pieces, [], { name: "lawless" })] });
    expect(await passWindows(aws)).toEqual({ due: 1, failed: 1 });
    expect(await stateOf(aws, kept)).toBe("approved");
  });
  it.each(["observe", "revoke"])("is in mode %s is moved on", async mode => {
    const { aws, group } = await governed([], mode);
    const kept = await approved(aws, { groups: [group] });
    expect(await passWindows(aws)).toEqual({ due: 1, failed: 0 });
    expect(await stateOf(aws, kept)).toBe("active");
  });
  it("is one of several that are not all done is due again", async () => {
    const { aws, group } = await governed();
    const other = plantGroup(pieces, [], { name: `other ${aws.config.scope}` });
    const kept = await approved(aws, { groups: [other, group] });
    await paused(aws, group);
    expect(await passWindows(aws)).toEqual({ due: 1, failed: 1 });
    expect(await stateOf(aws, kept)).toBe("approved");
  });
  it("cannot be read keeps no other from its turn, and is named in the log", async () => {
    const { aws, group } = await governed();
    const { deps, lines } = logged(aws);
    const request = await asked(aws, { groups: [group] });
    await started(aws, await approved(aws, { groups: [group] }));
    pieces.account.faults.failNext("ec2", "DescribeSecurityGroupRules", "InternalError", 50);
    expect(await passWindows(later(deps, 60))).toEqual({ due: 2, failed: 1 });
    expect(await stateOf(aws, request)).toBe("expired");
    const errors = lines.filter(({ level }) => level === "error");
    expect(errors.map(({ fields }) => fields.groupId)).toEqual([group]);
    expect(errors[0]?.fields.error).toMatch(/^InternalError/);
  });
});

describe("an exception that cannot be moved on", () => {
  it("is counted and logged, and keeps no other from its turn", async () => {
    const aws = pieces.fresh();
    const { deps, lines } = logged(aws);
    const both = [await asked(aws), await asked(aws)];
    const [first, second] = both.toSorted((a, b) => a.end - b.end || (a.id < b.id ? -1 : 1));
    pieces.account.faults.failNext("dynamodb", "UpdateItem", "InternalServerError");
    expect(await passWindows(later(deps, 60))).toEqual({ due: 2, failed: 1 });
    const states = await Promise.all([first, second].map(kept => kept && stateOf(aws, kept)));
    expect(states.toSorted()).toEqual(["expired", "requested"]);
    const stuck = states[0] === "requested" ? first : second;
    const errors = lines.filter(({ level }) => level === "error");
    expect(errors.map(({ fields }) => fields.id)).toEqual([stuck?.id]);
    expect(errors[0]?.fields.error).toMatch(/^InternalServerError/);
  });
  it("is told of to nobody where somebody else was faster", async () => {
    const aws = pieces.fresh();
    const kept = await asked(aws);
    const [telling] = await aws.exceptions.untold();
    if (telling) await aws.exceptions.told(telling);
    mark();
    const rejected = () => stepped(aws, kept, { action: "reject", to: "rejected" });
    pieces.account.faults.onNext("dynamodb", "UpdateItem", rejected);
    expect(await passWindows(later(aws, 60))).toEqual({ due: 1, failed: 0 });
    expect(await stateOf(aws, kept)).toBe("rejected");
    expect(subjects()).toEqual([]);
  });
});

describe("an exception that cannot be read", () => {
  it("is counted and logged, and is not due", async () => {
    const aws = pieces.fresh();
    const { deps, lines } = logged(aws);
    const kept = await asked(aws);
    pieces.account.faults.failNext("dynamodb", "GetItem", "InternalServerError");
    expect(await passWindows(later(deps, 60))).toEqual({ due: 0, failed: 1 });
    expect(lines.map(({ level, fields }) => [level, fields.id])).toEqual([["error", kept.id]]);
    expect(lines[0]?.fields.error).toMatch(/^InternalServerError/);
  });
});

describe("the room of a person who may have one exception at a time", () => {
  it("is given back when a crash kept his request from being written", async () => {
    const aws = pieces.fresh();
    pieces.account.faults.failNext("dynamodb", "PutItem", "InternalServerError");
    await expect(asked(aws)).rejects.toThrow();
    const person = (most: number) =>
      aws.exceptions.create({
        ask: {
          ...{ start: aws.clock(), end: aws.clock() + MINUTE, groups: ["sg-0e000000000000001"] },
          ...{ open: true, rule: RULE, reason: "release" },
        },
        ...{ requester: { kind: "user", account: "111122223333", arn: "tester" } },
        ...{ personKey: "tester", perRequester: most },
      });
    expect(await person(1)).toMatchObject({ code: "too-many" });
    await passWindows(later(aws, 11));
    expect(await person(1)).toMatchObject({ state: "requested" });
  });
});

describe("one exception", () => {
  it("that is not there is unknown", async () => {
    expect(await passWindow(pieces.fresh(), "x-01k9z3v5h2m4n6p8q0r1s2t3v4")).toBe("unknown");
  });
  it("that is not due waits, and nothing is looked at", async () => {
    const { aws, group } = await governed();
    const kept = await approved(aws, { groups: [group], start: aws.clock() + MINUTE });
    mark();
    expect(await passWindow(aws, kept.id)).toBe("waiting");
    expect(calls("ec2")).toEqual([]);
    expect(await stateOf(aws, kept)).toBe("approved");
  });
  it("that ends soon is told of", async () => {
    const { aws, group } = await governed([RULE]);
    const kept = await started(aws, await approved(aws, { groups: [group] }));
    mark();
    expect(await passWindow(later(aws, 50), kept.id)).toBe("waiting");
    expect(subjects()).toEqual([expect.stringMatching(/^EXCEPTION ENDING /)]);
  });
  it("that is due is passed, and no other", async () => {
    const { aws, group } = await governed();
    const [kept, other] = [
      await approved(aws, { groups: [group] }),
      await approved(aws, { groups: [group] }),
    ];
    expect(await passWindow(aws, kept.id)).toBe("passed");
    expect(await stateOf(aws, kept)).toBe("active");
    expect(await stateOf(aws, other)).toBe("approved");
  });
  it("that is due and whose group is not done has failed", async () => {
    const { aws, group } = await governed();
    const kept = await approved(aws, { groups: [group] });
    await paused(aws, group);
    expect(await passWindow(aws, kept.id)).toBe("failed");
    expect(await stateOf(aws, kept)).toBe("approved");
  });
});
