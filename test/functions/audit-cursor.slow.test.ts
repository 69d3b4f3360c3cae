// How an audit of many groups is handed from run to run: every page is read once, and what is handed
// over does not grow with the rules.
import { afterEach, expect, it } from "vitest";
import { activate } from "../../functions/reconcile/activate.ts";
import { runAudit } from "../../functions/reconcile/audit/audit.ts";
import { type AuditState, newState } from "../../functions/reconcile/audit/state.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { bigMatrix, seedBig } from "../support/big-account.ts";
import { type Stage, startStage } from "../support/stage.ts";

const GROUPS = 210;
let stage: Stage;
afterEach(() => stage.stop());

interface Audited {
  readonly state: AuditState;
  readonly runs: number;
  /** The bytes of what was handed over, at most. */
  readonly handed: number;
  /** The tokens of the region's pages of groups, in the order in which they were read. */
  readonly pages: readonly string[];
}

async function audited(rules: number, isLate: () => boolean): Promise<Audited> {
  stage = await startStage(null);
  seedBig(stage.account, { groups: GROUPS, rules, driftEvery: 100 });
  const document = parseMatrix([{ name: "big.yaml", text: bigMatrix }]);
  await activate(stage.aws, document, { by: "test", note: "" });
  const pages: string[] = [];
  const { region } = stage.aws;
  const groupPage: typeof region.groupPage = async request => {
    if (!request?.groupIds) pages.push(request?.token ?? "");
    return region.groupPage(request);
  };
  const deps = { ...stage.aws, region: { ...region, groupPage } };
  let state = newState(stage.aws.clock());
  let [runs, handed] = [0, 0];
  for (; state.phase !== "over"; runs += 1) {
    await runAudit(deps, "audit-test", state, { isLate });
    const text = JSON.stringify(state);
    // What reaches what is said of the rules, in a list that is cut off.
    if (state.reaches.length === 0) handed = Math.max(handed, text.length);
    state = JSON.parse(text);
  }
  return { state, runs, handed, pages };
}

it("reads no page twice however short its runs, and hands over as little for many rules as for few", async () => {
  const few = await audited(3, () => true);
  await stage.stop();
  const many = await audited(23, () => true);
  expect(many.state.rules - few.state.rules).toBe(20 * GROUPS);
  expect(few.runs).toBeGreaterThan(4);
  // One more when a group that drifts is on the last page, and ids are drawn.
  expect(Math.abs(many.runs - few.runs)).toBeLessThanOrEqual(1);
  for (const { pages } of [few, many]) {
    expect(pages).toHaveLength(Math.ceil(GROUPS / 200));
    expect(new Set(pages).size).toBe(pages.length);
  }
  expect(many.handed / few.handed).toBeLessThan(1.05);
  expect(many.handed / GROUPS).toBeLessThan(2_000);
  const found = ({ state }: Audited) => Object.keys(state.findings).sort();
  const drifts = Object.values(many.state.findings).filter(({ kind }) => kind === "drift");
  expect(drifts).toHaveLength(3);
  expect(found(many)).toHaveLength(found(few).length);
}, 60_000);
