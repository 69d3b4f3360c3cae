// What an audit says beside drift, once all groups were read.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import type { KeptException } from "../../../../functions/aws/stores/exception-item.ts";
import { marksOf } from "../../../../functions/reconcile/audit/brake.ts";
import { auditRest } from "../../../../functions/reconcile/audit/standing.ts";
import { type AuditState, auditId, newState } from "../../../../functions/reconcile/audit/state.ts";
import type { Deps } from "../../../../functions/reconcile/deps.ts";
import { iso } from "../../../../functions/reconcile/draft.ts";
import type { AuditFinding, AuditKind } from "../../../../matrix/audit/report.ts";
import type { Ask } from "../../../../matrix/exceptions/exception-life.ts";
import { identityOf } from "../../../../matrix/exceptions/person.ts";
import { auditOf, NOW, SCOPE } from "../../../support/auditing.ts";
import { findingOf } from "../../../support/findings.ts";
import { putInForce } from "../../../support/in-force.ts";
import { ownPieces } from "../../../support/pieces.ts";
import { plantGroup } from "../../../support/planted.ts";

const GONE = "sg-0000000a";
const RULE = "ingress tcp 22 from 10.1.0.0/16";
const HOUR = 3_600_000;

const pieces = ownPieces();
let aws: AwsAccount;
beforeEach(() => {
  aws = pieces.fresh();
});

async function rest(given: Partial<AuditState> = {}, deps: Deps = aws): Promise<AuditState> {
  const state = { ...newState(NOW), ...given };
  const audit = auditOf({}, { deps, marks: await deps.brake.all() });
  await auditRest(audit, state);
  return state;
}
const of = ({ findings }: AuditState, kind: AuditKind): AuditFinding[] =>
  Object.values(findings).filter(finding => finding.kind === kind);

describe("an entry of the matrix", () => {
  const matrix = `
matrix: test
mode: enforce
groups:
  web: { name: web }
  db: { name: db }
  others: {}
`;
  const orphans = async (played: string[], text: string | undefined = matrix) => {
    const state = { ...newState(NOW), played };
    await auditRest(auditOf({}, text === "" ? {} : { matrix: text }), state);
    return Object.values(state.findings);
  };

  it("that no live group plays is named, but not the one for all others", async () => {
    expect(await orphans(["web"])).toEqual([
      {
        id: auditId(SCOPE, { kind: "orphan-entry", group: "", rule: "db" }),
        ...{ kind: "orphan-entry", severity: "medium", group: "", rule: "db", parts: ["db"] },
        because: "no live group plays db",
      },
    ]);
    expect((await orphans([])).map(({ rule }) => rule)).toEqual(["web", "db"]);
    expect(await orphans(["db", "web"])).toEqual([]);
  });
  it("is none without a matrix in force", async () => {
    expect(await orphans([], "")).toEqual([]);
  });
});

describe("a group that is gone", () => {
  const stood = async (id: string) => {
    await aws.brake.mark(id, marksOf([RULE]), 0);
    const drift = findingOf({ group: { id, name: "web" }, rule: RULE, outcome: "left-open" });
    await aws.findings.record(drift, aws.clock());
  };
  const outcomes = async (id: string) =>
    (await aws.findings.forGroup(id)).map(({ outcome }) => outcome);

  it("has its findings ended, and is forgotten", async () => {
    await stood(GONE);
    await rest();
    expect(await outcomes(GONE)).toEqual(["gone"]);
    expect(await aws.brake.marks(GONE)).toBeUndefined();
  });
  it("leaves what was over as it was", async () => {
    await aws.brake.mark(GONE, marksOf([RULE]), 0);
    const closed = findingOf({ group: { id: GONE, name: "web" }, rule: RULE, outcome: "closed" });
    const kept = await aws.findings.record(closed, aws.clock());
    await rest();
    expect(await aws.findings.forGroup(GONE)).toEqual([kept]);
  });
  it("is none that this audit has read", async () => {
    await stood(GONE);
    const audited = { id: GONE, name: "web", parts: [], rules: 0, interfaces: 0 };
    await rest({ audited: { [GONE]: audited } });
    expect(await outcomes(GONE)).toEqual(["left-open"]);
    expect(await aws.brake.marks(GONE)).toBeDefined();
  });
  it("is none that came after its page was read", async () => {
    const id = plantGroup(pieces);
    await stood(id);
    const audit = auditOf({}, { deps: aws, marks: await aws.brake.all() });
    await auditRest(audit, newState(NOW));
    expect(await outcomes(id)).toEqual(["left-open"]);
    expect(await aws.brake.marks(id)).toBeDefined();
    expect(audit.waited).toEqual([400]);
  });
});

describe("what the brake holds back", () => {
  it("is the plan that the report names", async () => {
    const id = plantGroup(pieces, [RULE]);
    await putInForce(
      aws,
      `matrix: test\nmode: enforce\ngroups: { web: { id: ${id}, egress: listed } }\n`,
    );
    await aws.brake.mark(id, marksOf([RULE]), 0);
    const audited = { id, name: "web", parts: [], rules: 1, interfaces: 0 };
    const state = await rest({ heldGroups: [id], audited: { [id]: audited } });
    expect(state.planId).toMatch(/^p-[0-9a-f]{12}$/);
    expect(await aws.brake.plan(state.planId ?? "")).toBeDefined();
    expect(await rest()).not.toHaveProperty("planId");
  });
});

describe("an exception", () => {
  async function asked(given: Partial<Ask> = {}): Promise<KeptException> {
    const now = aws.clock();
    const made = await aws.exceptions.create({
      ask: {
        ...{ start: now, end: now + HOUR, groups: [GONE, "sg-2"], open: true, reason: "release" },
        ...("flow" in given ? {} : { rule: RULE }),
        ...given,
      },
      requester: identityOf("arn:aws:iam::111122223333:user/li"),
      ...{ personKey: "li", perRequester: 5 },
    });
    if ("kind" in made) throw new Error(made.because);
    return made;
  }

  it("that was asked for is named", async () => {
    const { id, end } = await asked();
    expect(of(await rest(), "exception")).toEqual([
      {
        id: auditId(aws.config.scope, { kind: "exception", group: GONE, rule: id }),
        ...{ kind: "exception", severity: "low", group: GONE, rule: id },
        because: `${RULE}: requested until ${iso(end)}, release`,
      },
    ]);
  });
  it("that somebody opened alone stands out", async () => {
    const { id, end } = await asked({ breakGlass: true });
    expect(of(await rest(), "exception")).toMatchObject([
      {
        ...{ severity: "high", rule: id },
        because: `${RULE}: approved by break-glass until ${iso(end)}, release`,
      },
    ]);
  });
  it("of a flow says the flow", async () => {
    const flow = {
      from: [{ kind: "cidr" as const, cidr: "10.0.0.0/8" }],
      to: [{ kind: "entry" as const, name: "web" }],
      ports: [{ protocol: "tcp" as const, from: 22, to: 22 }],
    };
    const { end } = await asked({ flow });
    expect(of(await rest(), "exception").map(({ because }) => because)).toEqual([
      `10.0.0.0/8 to web tcp 22: requested until ${iso(end)}, release`,
    ]);
  });
  it.each([
    ["requested", 1],
    ["approved", 1],
    ["active", 1],
    ["expired", 0],
    ["rejected", 0],
    ["withdrawn", 0],
  ] as const)("that is %s is named %i times", async (state, times) => {
    const kept = await asked();
    const list = async () => [{ ...kept, state }];
    const found = await rest({}, { ...aws, exceptions: { ...aws.exceptions, list } });
    expect(of(found, "exception")).toHaveLength(times);
  });
  it("of which only its id is known is named by that, and by no group", async () => {
    const { rule: _, ...kept } = await asked();
    const list = async () => [{ ...kept, groups: [] }];
    const found = await rest({}, { ...aws, exceptions: { ...aws.exceptions, list } });
    expect(of(found, "exception")).toMatchObject([
      {
        id: auditId(aws.config.scope, { kind: "exception", group: "", rule: kept.id }),
        ...{ group: "", because: `${kept.id}: requested until ${iso(kept.end)}, release` },
      },
    ]);
  });
  it("is looked for by its end from now on", async () => {
    let since = 0;
    const list: Deps["exceptions"]["list"] = async wish => {
      since = Math.max(since, wish?.since ?? 0);
      return [];
    };
    await rest({}, { ...aws, clock: () => NOW, exceptions: { ...aws.exceptions, list } });
    expect(since).toBe(NOW);
  });
});

describe("a pause or a hold", () => {
  it("is named with its end, by whom it is and why", async () => {
    const until = iso(aws.clock() + HOUR);
    const is = { until, by: "li", reason: "a migration", at: iso(aws.clock()) };
    await aws.pauses.start({ kind: "pause", is, toldAt: 0 });
    await aws.pauses.start({ kind: "pause", group: GONE, is, toldAt: 0 });
    const { until: _, ...open } = is;
    await aws.pauses.start({ kind: "hold", group: GONE, is: open, toldAt: 0 });
    const id = (group: string, rule: string) =>
      auditId(aws.config.scope, { kind: "pause", group, rule });
    const about = { kind: "pause", severity: "medium" };
    const found = of(await rest(), "pause");
    expect(found.toSorted((a, b) => (a.rule + a.group < b.rule + b.group ? -1 : 1))).toEqual([
      {
        ...{ ...about, id: id(GONE, "on hold"), group: GONE, rule: "on hold" },
        because: "on hold until further notice by li: a migration",
      },
      {
        ...{ ...about, id: id("", "paused"), group: "", rule: "paused" },
        because: `paused until ${until} by li: a migration`,
      },
      {
        ...{ ...about, id: id(GONE, "paused"), group: GONE, rule: "paused" },
        because: `paused until ${until} by li: a migration`,
      },
    ]);
  });
  it("is looked for only where things are recorded", async () => {
    const state = newState(NOW);
    await auditRest(auditOf({}), state);
    expect(state.findings).toEqual({});
    expect(of(await rest(), "plumbing").map(({ rule }) => rule)).toContain("matrix");
  });
});
