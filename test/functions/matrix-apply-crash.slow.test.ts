// An apply that dies at any of its calls, before or after the call took effect: the old version is in
// force or the new one, whole, and the same wish goes through afterwards.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Deps } from "../../functions/reconcile/deps.ts";
import { applyMatrix } from "../../functions/reconcile/matrix-apply.ts";
import { planInAccount } from "../../functions/reconcile/matrix-plan.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { studio } from "../support/deployed.ts";
import { type Gated, startGated } from "../support/gated.ts";
import { stride } from "../support/stride.ts";

const STEP = stride(8);

const STRAY = "ingress tcp 9000 from 203.0.113.9/32";
const parse = (mode: string) =>
  parseMatrix([{ name: "m.yaml", text: studio().replace("mode: observe", `mode: ${mode}`) }]);
const [old, raised] = [parse("observe"), parse("enforce")];

let world: Gated;
beforeAll(async () => {
  world = await startGated();
});
afterAll(() => world.stop());

async function inForce() {
  const { active } = await world.aws.policy.readPolicy();
  if (!active) throw new Error("no version is in force");
  const { document } = await world.aws.policy.readMatrix(active);
  return { version: active.version, mode: document.mode };
}

async function apply(deps: Deps, document: typeof old): Promise<string> {
  const { plan } = await planInAccount(world.aws, document);
  const answer = await applyMatrix(deps, document, { by: "li", note: "", accept: plan.id });
  return answer.kind;
}

it.each(["cut", "cut-after"] as const)(
  "leaves the old version or the new one (%s)",
  async how => {
    const seen = new Set<string>();
    let reached = true;
    for (let at = 0; reached; at += STEP) {
      expect(await apply(world.aws, old)).toBe("applied");
      await world.open(world.groups.deploy, STRAY);
      const before = await inForce();
      const { plan } = await planInAccount(world.aws, raised);
      world.gate.decide(call => (call < at ? "pass" : call === at ? how : "cut"));
      const wish = { by: "li", note: "", accept: plan.id };
      const end = await applyMatrix(world.behind, raised, wish).then(
        ({ kind }) => kind,
        () => "crashed",
      );
      reached = world.gate.count() > at;
      const after = await inForce();
      const isNew = after.version > before.version;
      expect(after.mode, `crash at call ${at}`).toBe(isNew ? "enforce" : "observe");
      const isStanding = (await world.rules(world.groups.deploy)).includes(STRAY);
      // The plan comes before the pointer: whoever reads the new version finds it carried out.
      if (isNew) expect(isStanding, `crash at call ${at}`).toBe(false);
      seen.add(`${end} ${isNew ? "new" : "old"}`);
      if (!isNew) expect(await apply(world.aws, raised), `crash at call ${at}`).toBe("applied");
      expect(await world.rules(world.groups.deploy)).not.toContain(STRAY);
    }
    expect([...seen]).toEqual(expect.arrayContaining(["crashed old", "applied new"]));
  },
  300_000,
);
