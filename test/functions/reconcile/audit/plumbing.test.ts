// Whether Portward itself is as it has to be: each thing that is not is a finding, and so is what cannot
// be looked at.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import type { EventRule, LoggingTrail } from "../../../../functions/aws/plumbing.ts";
import type { KeptException } from "../../../../functions/aws/stores/exception-item.ts";
import { plumbingFindings } from "../../../../functions/reconcile/audit/plumbing.ts";
import { auditId } from "../../../../functions/reconcile/audit/state.ts";
import type { Deps } from "../../../../functions/reconcile/deps.ts";
import {
  attachmentEventPattern,
  groupEventPattern,
} from "../../../../functions/wiring/triggers.ts";
import { identityOf } from "../../../../matrix/exceptions/person.ts";
import { putInForce } from "../../../support/in-force.ts";
import { ownPieces } from "../../../support/pieces.ts";

const QUEUE = "portward-remediate";
const DAY = 24 * 3_600_000;
const pieces = ownPieces();
let aws: AwsAccount;
beforeEach(async () => {
  aws = pieces.fresh();
  await aws.lastEvent.note({ at: aws.clock(), heardAt: aws.clock() });
});

const rule = (pattern: object, given: Partial<EventRule> = {}): EventRule => ({
  ...{ name: "a rule", isEnabled: true, pattern: JSON.stringify(pattern), targets: [QUEUE] },
  ...given,
});
const groupRule = (given?: Partial<EventRule>) => rule({ ...groupEventPattern() }, given);
const attachmentRule = (given?: Partial<EventRule>) =>
  rule({ ...attachmentEventPattern() }, { targets: ["attachments"], ...given });
const trail = (given: Partial<LoggingTrail> = {}): LoggingTrail => ({
  ...{ name: "all", isLogging: true, logsWrites: true },
  ...given,
});

interface World {
  readonly rules?: readonly EventRule[];
  readonly trails?: readonly LoggingTrail[];
  readonly deadLetters?: number;
}

/** An account in which all is well but for what is given; `matrix` is checked by itself. */
function deployed(world: World, given: Partial<Deps> = {}): Deps {
  const { rules = [groupRule(), attachmentRule()], trails = [trail()], deadLetters = 0 } = world;
  return {
    ...aws,
    plumbing: {
      rules: async () => [...rules],
      trails: async () => [...trails],
      deadLetters: async () => deadLetters,
    },
    regions: { ...aws.regions, enabled: async () => [] },
    ...given,
  };
}

async function faults(world: World, given: Partial<Deps> = {}): Promise<string[]> {
  const found = await plumbingFindings(deployed(world, given));
  return found
    .filter(one => one.rule !== "matrix")
    .map(one => `${one.rule} ${one.severity}: ${one.because}`);
}

describe("the plumbing", () => {
  it("that is as it has to be has no fault", async () => {
    await putInForce(aws, "matrix: test\nmode: observe\ngroups: { a: { name: nobody } }\n");
    expect(await plumbingFindings(deployed({}))).toEqual([]);
    expect(await plumbingFindings(aws)).toEqual([]);
  });
  it("has faults that are findings about no group", async () => {
    const found = await plumbingFindings(deployed({ deadLetters: 2 }));
    expect(found.filter(one => one.rule === "dead letters")).toEqual([
      {
        id: auditId(aws.config.scope, { kind: "plumbing", group: "", rule: "dead letters" }),
        ...{ kind: "plumbing", severity: "high", group: "", rule: "dead letters" },
        because: "2 message(s) nobody could work on are in the dead-letter queue",
      },
    ]);
  });
  it("of another account is not looked at where only its own deployment could", async () => {
    const config = { ...aws.config, isMember: true as const };
    const broken: World = { rules: [], trails: [], deadLetters: 1 };
    const rules = (await plumbingFindings(deployed(broken, { config }))).map(one => one.rule);
    expect(rules).toEqual(["dead letters", "matrix"]);
    const regions = { ...aws.regions, enabled: async () => ["eu-west-3"] };
    const looks = { ...regions, look: async () => ({ isUsed: true }) };
    const own = await plumbingFindings(deployed(broken, { regions: looks }));
    expect(own.map(one => one.rule)).toEqual([
      ...["event rule", "attachment rule", "trail", "regions", "dead letters", "matrix"],
    ]);
  });
  it.each([
    ["event rule", "plumbing", "rules"],
    ["trail", "plumbing", "trails"],
    ["dead letters", "plumbing", "deadLetters"],
    ["regions", "regions", "seen"],
    ["last event", "lastEvent", "read"],
    ["matrix", "policy", "readPolicy"],
    ["histories", "exceptions", "list"],
  ] as const)("that cannot be looked at is told: %s", async (what, part, call) => {
    const fail = async () => {
      throw Object.assign(new Error("no"), { name: "AccessDenied" });
    };
    const own = deployed({});
    const found = await plumbingFindings({ ...own, [part]: { ...own[part], [call]: fail } });
    const lines = found.map(one => `${one.rule} ${one.severity}: ${one.because}`);
    expect(lines).toContain(`${what} medium: it could not be looked at: AccessDenied: no`);
    expect(lines.some(line => line.startsWith("attachment rule"))).toBe(call === "rules");
  });
});

describe("the rule that hands events over", () => {
  it.each([
    ["is there", [groupRule()], []],
    ["is there twice, once disabled", [groupRule({ isEnabled: false }), groupRule()], []],
    [
      ...(["is disabled", [groupRule({ isEnabled: false, name: "ours" })]] as const),
      ["event rule critical: ours is disabled: no event arrives"],
    ],
    [
      ...(["goes to another queue", [groupRule({ targets: ["other"] })]] as const),
      [
        `event rule critical: no rule of the bus default hands events to ${QUEUE}: no event arrives`,
      ],
    ],
    [
      "has another pattern",
      [rule({ source: ["aws.ec2"] }, { name: "a" }), rule({ source: [] }, { name: "b" })],
      ["event rule critical: a, b has another pattern than this version needs"],
    ],
  ])("%s", async (_, rules, expected) => {
    expect(await faults({ rules: [...rules, attachmentRule()] })).toEqual(expected);
  });
});

describe("the rule of attachments", () => {
  const gone =
    "attachment rule high: no rule of the bus default has the pattern of attachments: audits only notice them";
  const off = (name: string) =>
    `attachment rule high: ${name} is disabled or has no target: an attachment is noticed by audits only`;
  it.each([
    ["is there", [attachmentRule()], []],
    ["is not there", [], [gone]],
    ["has another pattern", [rule({ source: ["aws.ec2"] }, { targets: ["x"] })], [gone]],
    ["is disabled", [attachmentRule({ isEnabled: false, name: "first" })], [off("first")]],
    ["has no target", [attachmentRule({ targets: [], name: "second" })], [off("second")]],
    ["is there beside one that is not", [attachmentRule({ targets: [] }), attachmentRule()], []],
  ])("%s", async (_, rules, expected) => {
    expect(await faults({ rules: [groupRule(), ...rules] })).toEqual(expected);
  });
});

describe("the trail", () => {
  const none = (names: string) =>
    `trail critical: no trail logs calls that change something (${names}): no event arrives`;
  it.each([
    ["logs", [trail({ isLogging: false }), trail()], []],
    [
      ...(["is not there", []] as const),
      ["trail critical: no trail covers this region: CloudTrail hands no events to the bus"],
    ],
    ["stopped", [trail({ isLogging: false, name: "a" })], [none("a")]],
    [
      "logs reads only, or nothing",
      [trail({ logsWrites: false, name: "a" }), trail({ isLogging: false, name: "b" })],
      [none("a, b")],
    ],
  ])("%s", async (_, trails, expected) => {
    expect(await faults({ trails })).toEqual(expected);
  });
});

describe("the last event", () => {
  const heard = (heardAt: number) => ({
    lastEvent: { note: async () => undefined, read: async () => ({ at: 0, heardAt }) },
  });
  const now = Date.parse("2026-11-28T07:00:00.000Z");
  const clock = () => now;

  it("is of the last seven days, or told", async () => {
    expect(await faults({}, { ...heard(now - 7 * DAY + 1), clock })).toEqual([]);
    expect(await faults({}, { ...heard(now - 7 * DAY), clock })).toEqual([
      "last event medium: the last event was heard 2026-11-21T07:00:00.000Z",
    ]);
  });
  it("is told where there never was one", async () => {
    aws = pieces.fresh();
    expect(await faults({})).toEqual(["last event low: no event was ever heard of"]);
  });
});

describe("the matrix", () => {
  it("is told where none is in force, or what is stored cannot be read", async () => {
    const found = async (given: Partial<Deps> = {}) => {
      const all = await plumbingFindings(deployed({}, given));
      return all.map(one => `${one.rule} ${one.severity}: ${one.because}`);
    };
    expect(await found()).toEqual([
      "matrix high: no matrix is in force: nothing is judged or changed",
    ]);
    await putInForce(aws, "matrix: test\nmode: observe\ngroups: { a: { name: nobody } }\n");
    const readMatrix = async () => {
      throw new Error("its hash is another");
    };
    expect(await found({ policy: { ...aws.policy, readMatrix } })).toEqual([
      "matrix medium: it could not be looked at: Error: its hash is another",
    ]);
  });
});

describe("the history of an exception", () => {
  async function asked(): Promise<KeptException> {
    const now = aws.clock();
    const requester = identityOf("arn:aws:iam::111122223333:user/li");
    const made = await aws.exceptions.create({
      ask: {
        ...{ start: now, end: now + DAY, groups: ["sg-0000000a"], open: true, reason: "release" },
        rule: "ingress tcp 22 from 203.0.113.7/32",
      },
      ...{ requester, personKey: "li", perRequester: 5 },
    });
    if ("kind" in made) throw new Error(made.because);
    return made;
  }
  const broken = ({ id }: KeptException) =>
    `${id} critical: its history is not what was written: somebody changed it in the table`;
  const lost: Deps["exceptions"]["history"] = async () => [];
  /** The exception as it is after another step of somebody's. */
  const moved = (kept: KeptException, steps = 1): KeptException => ({
    ...kept,
    rev: kept.rev + steps,
  });

  it("that is whole has no fault", async () => {
    await asked();
    expect(await faults({})).toEqual([]);
  });
  it("that was changed is told, beside one that is whole", async () => {
    const [one, two] = [await asked(), await asked()];
    const history: Deps["exceptions"]["history"] = id =>
      id === two.id ? lost(id) : aws.exceptions.history(id);
    expect(await faults({}, { exceptions: { ...aws.exceptions, history } })).toEqual([broken(two)]);
    expect(one.id).not.toBe(two.id);
  });
  it("that somebody goes on with meanwhile is read again", async () => {
    const kept = await asked();
    let reads = 0;
    const history: Deps["exceptions"]["history"] = id => {
      reads += 1;
      return reads === 1 ? lost(id) : aws.exceptions.history(id);
    };
    const get = async () => moved(kept);
    expect(await faults({}, { exceptions: { ...aws.exceptions, history, get } })).toEqual([]);
    expect(reads).toBe(2);
  });
  it("that somebody goes on with all the time is left to the next audit, after three looks", async () => {
    const kept = await asked();
    let steps = 0;
    const get = async () => {
      steps += 1;
      return moved(kept, steps);
    };
    const exceptions = { ...aws.exceptions, history: lost, get };
    expect(await faults({}, { exceptions })).toEqual([]);
    expect(steps).toBe(3);
  });
  it("is told where it is broken after a step too", async () => {
    const kept = await asked();
    const exceptions = { ...aws.exceptions, history: lost, get: async () => moved(kept) };
    expect(await faults({}, { exceptions })).toEqual([broken(kept)]);
  });
  it("of an exception that is gone is none", async () => {
    await asked();
    const exceptions = { ...aws.exceptions, history: lost, get: async () => undefined };
    expect(await faults({}, { exceptions })).toEqual([]);
  });
  it("of what ended a week ago has been looked at often enough", async () => {
    let since = 0;
    const list: Deps["exceptions"]["list"] = async wish => {
      since = wish?.since ?? 0;
      return [];
    };
    const clock = () => 20 * DAY;
    await faults({}, { clock, exceptions: { ...aws.exceptions, list } });
    expect(since).toBe(13 * DAY);
  });
});
