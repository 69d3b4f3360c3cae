// The plan of what the brake holds back: its id, who is told of it, and what becomes of it when somebody
// applies it.
import { beforeEach, describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../../functions/aws/account.ts";
import { marksOf } from "../../../../functions/reconcile/audit/brake.ts";
import {
  applyHeld,
  type HeldGroup,
  heldOn,
  keepHeld,
  planIdOf,
  release,
} from "../../../../functions/reconcile/audit/held.ts";
import type { Finding } from "../../../../matrix/finding.ts";
import { putInForce } from "../../../support/in-force.ts";
import { ownPieces } from "../../../support/pieces.ts";
import { plantGroup } from "../../../support/planted.ts";

const SSH = "ingress tcp 22 from 10.1.0.0/16";
const WIDE = "ingress tcp 443 from 10.0.0.0/7";
const PERMITTED = "ingress tcp 443 from 10.0.0.0/8";
const WORLD = "ingress tcp 22 from 0.0.0.0/0";
const HOUR = 3_600_000;
const matrix = (id: string, more = "") => `
matrix: test
mode: enforce
groups: { web: { id: ${id}, egress: listed } }
flows:
  - { from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }
${more}`;

const pieces = ownPieces();
let aws: AwsAccount;
let before = 0;
beforeEach(() => {
  aws = pieces.fresh();
  before = pieces.account.inbox.messages().length;
});

const told = () => pieces.account.inbox.messages().slice(before);

/** A group whose marked rules an audit saw permitted. */
async function braked(
  rules: readonly string[],
  marked: readonly string[] = rules,
): Promise<string> {
  const id = plantGroup(pieces, rules);
  await putInForce(aws, matrix(id));
  await aws.brake.mark(id, marksOf(marked), 0);
  return id;
}

describe("what is held back on a group", () => {
  it("is what would be done with it, and what that is made from", async () => {
    const id = await braked([WIDE, WORLD, SSH], [SSH, WIDE]);
    const rules = (await aws.groups.read(id))?.group.rules ?? [];
    const ruleIds = new Map(rules.map(({ rule: { shape }, ruleId = "" }) => [ruleId, shape]));
    const held = await heldOn(aws, id);
    expect(held).toMatchObject({
      group: id,
      steps: [`narrow ${WIDE} to ${PERMITTED}`, `revoke ${SSH}`],
      held: [SSH, WIDE],
      matrix: (await aws.policy.readPolicy()).active?.sha,
    });
    expect(held?.matrix).toMatch(/^[0-9a-f]{64}$/);
    expect(held?.rules.map(line => line.replace(/^\S+ /, ""))).toEqual([WORLD, SSH, WIDE]);
    for (const line of held?.rules ?? []) expect(ruleIds.has(line.split(" ")[0] ?? "")).toBe(true);
  });
  it("is nothing where nothing drifts, or nothing was marked", async () => {
    expect(await heldOn(aws, await braked([PERMITTED]))).toBeUndefined();
    aws = pieces.fresh();
    expect(await heldOn(aws, await braked([SSH], []))).toBeUndefined();
  });
  it("is nothing where the group is gone, or no entry selects it, or no matrix is in force", async () => {
    const id = plantGroup(pieces, [SSH]);
    expect(await heldOn(aws, id)).toBeUndefined();
    await putInForce(aws, matrix("sg-00000000000000001"));
    expect(await heldOn(aws, id)).toBeUndefined();
    expect(await heldOn(aws, "sg-00000000000000001")).toBeUndefined();
  });
  it("is in the order of the steps too, whatever becomes of a rule", async () => {
    const split = "ingress tcp 443-444 from 10.0.0.0/7";
    const id = plantGroup(pieces, ["ingress tcp 445 from 10.0.0.0/7", split]);
    const flows = ["11.0.0.0/8, to: web, ports: tcp 444", "10.0.0.0/8, to: web, ports: tcp 445"];
    await putInForce(
      aws,
      matrix(id, flows.map(flow => `  - { from: ${flow}, need: allowed }\n`).join("")),
    );
    await aws.brake.mark(id, marksOf([split, "ingress tcp 445 from 10.0.0.0/7"]), 0);
    expect((await heldOn(aws, id))?.steps).toEqual([
      "authorize ingress tcp 443 from 10.0.0.0/8",
      "authorize ingress tcp 444 from 11.0.0.0/8",
      "narrow ingress tcp 445 from 10.0.0.0/7 to ingress tcp 445 from 10.0.0.0/8",
      `revoke ${split}`,
    ]);
  });
  it("is in the order of the texts, whatever that of the rules", async () => {
    const rules = ["egress tcp 9 to 10.9.0.0/16", "ingress tcp 100 from 10.9.0.0/16", SSH];
    const held = await heldOn(aws, await braked(rules));
    expect(held?.held).toEqual([...rules].sort());
    expect(held?.steps).toEqual([...rules].sort().map(rule => `revoke ${rule}`));
  });
});

describe("the id of a plan", () => {
  const held = (group: string, given: Partial<HeldGroup> = {}): HeldGroup => ({
    ...{ group, steps: ["revoke a"], held: ["a"], rules: ["sgr-1 a"], matrix: "m" },
    ...given,
  });

  it("is the same whatever the order of the groups", () => {
    const id = planIdOf([held("sg-1"), held("sg-2"), held("sg-3")]);
    expect(id).toBe("p-dd3049c7ec5e");
    expect(planIdOf([held("sg-3"), held("sg-1"), held("sg-2")])).toBe(id);
  });
  it("changes with whatever the plan is made from", () => {
    const ids = [
      [held("sg-1")],
      [held("sg-2")],
      [held("sg-1"), held("sg-2")],
      [held("sg-1", { steps: ["revoke b"] })],
      [held("sg-1", { held: ["b"] })],
      [held("sg-1", { rules: ["sgr-2 a"] })],
      [held("sg-1", { matrix: "n" })],
    ].map(planIdOf);
    expect(new Set(ids).size).toBe(7);
  });
});

describe("a plan", () => {
  it("is kept before people are told of it, once a day", async () => {
    const id = await braked([SSH]);
    const first = await keepHeld(aws, [id]);
    const planId = first?.planId ?? "";
    expect(first?.groups.map(({ group, held }) => [group, held])).toEqual([[id, [SSH]]]);
    const [message, ...more] = told();
    expect(more).toEqual([]);
    expect(message?.subject).toContain(`AUDIT HELD BACK 1 rule, plan ${planId}`);
    const kept = await aws.brake.plan(planId);
    expect(kept).toMatchObject({ id: planId, groups: [id] });
    expect(kept?.toldAt).toBeGreaterThan(0);
    const at = (time: number) => ({ ...aws, clock: () => (kept?.toldAt ?? 0) + time });
    expect(await keepHeld(at(24 * HOUR - 1), [id])).toEqual(first);
    expect(told()).toHaveLength(1);
    expect(await keepHeld(at(24 * HOUR), [id])).toEqual(first);
    expect(told()).toHaveLength(2);
    expect((await aws.brake.plan(planId))?.toldAt).toBeGreaterThan(kept?.toldAt ?? 0);
  });
  it("is there when people are told of it", async () => {
    const id = await braked([SSH]);
    const there: unknown[] = [];
    const publish: typeof aws.publish = async ({ detail: { findings } }) => {
      for (const one of findings as { planId: string }[]) {
        there.push(await aws.brake.plan(one.planId));
      }
    };
    const kept = await keepHeld({ ...aws, publish }, [id]);
    expect(there).toEqual([{ id: kept?.planId, groups: [id], toldAt: 0 }]);
  });
  it("is told by the next audit where the message was lost", async () => {
    const id = await braked([SSH]);
    pieces.account.faults.failNext("sns", "Publish", "InternalError", 1);
    await expect(keepHeld(aws, [id])).rejects.toThrow();
    pieces.account.faults.clear();
    expect(told()).toEqual([]);
    const kept = await keepHeld(aws, [id]);
    expect(told()).toHaveLength(1);
    expect(await aws.brake.plan(kept?.planId ?? "")).toMatchObject({ groups: [id] });
  });
  it("is of all groups that hold something back, and none where none does", async () => {
    const ids = [plantGroup(pieces, [SSH]), plantGroup(pieces, [WIDE])];
    const clean = plantGroup(pieces);
    const [a, b] = ids;
    await putInForce(
      aws,
      `
matrix: test
mode: enforce
groups: { a: { id: ${a}, egress: listed }, b: { id: ${b}, egress: listed }, c: { id: ${clean}, egress: listed } }
`,
    );
    for (const id of ids) await aws.brake.mark(id, marksOf([SSH, WIDE]), 0);
    const kept = await keepHeld(aws, [...ids, clean]);
    expect(kept?.groups.map(({ group }) => group).sort()).toEqual([...ids].sort());
    expect((await aws.brake.plan(kept?.planId ?? ""))?.groups.toSorted()).toEqual([...ids].sort());
    expect(await keepHeld(aws, [clean])).toBeUndefined();
    expect(await keepHeld(aws, [])).toBeUndefined();
    expect(told()).toHaveLength(1);
  });
});

describe("a plan that is applied", () => {
  const ended = (findings: readonly Finding[]) =>
    findings.map(({ rule, outcome }) => [rule, outcome]);
  async function applied(id: string) {
    const kept = await keepHeld(aws, [id]);
    return applyHeld(aws, kept?.planId ?? "", "audit-j-1");
  }

  it("closes exactly what it holds back, as the audit's doing", async () => {
    const id = await braked([SSH, WIDE, WORLD], [SSH, WIDE]);
    const answer = await applied(id);
    if (answer.kind !== "applied") throw new Error(answer.because);
    expect((await pieces.rules(id)).toSorted()).toEqual([WORLD, PERMITTED].toSorted());
    const findings = answer.runs.flatMap(run => run.findings);
    const done = findings.filter(({ rule }) => rule !== WORLD);
    expect(ended(done).toSorted()).toEqual([
      [SSH, "closed"],
      [WIDE, "narrowed"],
    ]);
    for (const finding of done) {
      expect(finding.trigger).toMatchObject({ kind: "audit", id: "audit-j-1" });
    }
  });
  it("writes what is left of a rule that is split, and restores nothing", async () => {
    const split = "ingress tcp 443-444 from 10.0.0.0/7";
    const flows =
      "  - { from: 11.0.0.0/8, to: web, ports: tcp 444, need: allowed }\n  - { from: 10.3.0.0/16, to: web, ports: tcp 9000 }\n";
    const id = plantGroup(pieces, [split]);
    await putInForce(aws, matrix(id, flows));
    await aws.brake.mark(id, marksOf([split]), 0);
    const calls = pieces.account.calls.list().length;
    const answer = await applied(id);
    expect(answer.kind).toBe("applied");
    // At once, not after the next look.
    const since = pieces.account.calls.list().slice(calls);
    const actions = since.filter(({ service }) => service === "ec2").map(({ action }) => action);
    const isWrite = (action: string) => !action.startsWith("Describe");
    const writes = actions.slice(actions.findIndex(isWrite), actions.findLastIndex(isWrite) + 1);
    expect(writes.toSorted()).toEqual([
      ...["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"],
    ]);
    expect((await pieces.rules(id)).toSorted()).toEqual([
      PERMITTED,
      "ingress tcp 444 from 11.0.0.0/8",
    ]);
  });
  it("leaves alone what would be split and is not held", async () => {
    const split = "ingress tcp 443-444 from 10.0.0.0/7";
    const flows = "  - { from: 11.0.0.0/8, to: web, ports: tcp 444, need: allowed }\n";
    const id = plantGroup(pieces, [split, SSH, "ingress tcp 443 from 12.0.0.0/7"]);
    await putInForce(
      aws,
      matrix(id, `${flows}  - { from: 12.0.0.0/8, to: web, ports: tcp 443, need: allowed }\n`),
    );
    await aws.brake.mark(id, marksOf([SSH]), 0);
    expect((await applied(id)).kind).toBe("applied");
    expect((await pieces.rules(id)).toSorted()).toEqual(
      [split, "ingress tcp 443 from 12.0.0.0/7"].toSorted(),
    );
  });
  it("forgets that its rules were permitted, so that whoever opens one opens it anew", async () => {
    const id = await braked([SSH], [SSH, PERMITTED]);
    await applied(id);
    const kept = await aws.brake.marks(id);
    expect(kept && Buffer.from(kept.marks)).toEqual(Buffer.from(marksOf([PERMITTED])));
    expect(kept?.rev).toBe(2);
  });
  it("is refused where nobody knows it", async () => {
    expect(await applyHeld(aws, "p-000000000000", "audit-j-1")).toEqual({
      ...{ kind: "refused", code: "unknown-plan" },
      because: "no audit has held back a plan p-000000000000",
    });
  });
  it("is refused where the account has moved since", async () => {
    const id = await braked([SSH]);
    const planId = (await keepHeld(aws, [id]))?.planId ?? "";
    await pieces.open(id, WORLD);
    expect(await applyHeld(aws, planId, "audit-j-1")).toEqual({
      ...{ kind: "refused", code: "moved" },
      because: `the account or the matrix has moved since ${planId}: run the audit again`,
    });
    expect((await pieces.rules(id)).toSorted()).toEqual([SSH, WORLD].toSorted());
  });
});

describe("the marks of a group", () => {
  it("are released where there are some", async () => {
    const held = { group: "sg-0000000a", held: [SSH], steps: [], rules: [], matrix: "" };
    await release(aws, held);
    expect(await aws.brake.marks("sg-0000000a")).toBeUndefined();
    await aws.brake.mark("sg-0000000a", marksOf([SSH, WORLD]), 0);
    await release(aws, held);
    const kept = await aws.brake.marks("sg-0000000a");
    expect(kept && Buffer.from(kept.marks)).toEqual(Buffer.from(marksOf([WORLD])));
  });
});
