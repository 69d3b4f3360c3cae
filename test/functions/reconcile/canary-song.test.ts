// Which findings are the canary's own, and so no news to people.
import { describe, expect, it } from "vitest";
import type { AwsAccount } from "../../../functions/aws/account.ts";
import { withoutSong } from "../../../functions/reconcile/canary-song.ts";
import { canaryRule } from "../../../functions/wiring/canary.ts";
import type { Reach } from "../../../matrix/alert/reach.ts";
import type { Finding } from "../../../matrix/finding.ts";
import { actor, findingOf, without } from "../../support/findings.ts";
import { ownPieces } from "../../support/pieces.ts";

const pieces = ownPieces();

const roleArn = "arn:aws:iam::111122223333:role/portward-canary-function";
const canary = { groupId: "sg-0a1b2c3d", roleArn };
const nothing: Reach = { kind: "known", carriers: [], isWhole: true };
const song = findingOf({ rule: canaryRule, actor: { ...actor, roleArn } });
const drift = findingOf();

function deps(more: { canary?: typeof canary } = { canary }): AwsAccount {
  const aws = pieces.fresh();
  return { ...aws, config: { ...aws.config, ...more } };
}
const record = (aws: AwsAccount, finding: Finding) =>
  aws.findings.record(finding, Date.parse(finding.seenAt));
const heard = () => pieces.account.bus.events().length;

describe("what the canary does", () => {
  it("is no news: machines hear of it, and it is done", async () => {
    const aws = deps();
    const [own, other] = [await record(aws, song), await record(aws, drift)];
    const before = heard();
    expect(await withoutSong(aws, [own, other], async () => nothing)).toEqual([other]);
    expect(heard()).toBe(before + 1);
    const detail = pieces.account.bus.events().at(-1)?.detail as { findings: { id: string }[] };
    expect(detail.findings.map(({ id }) => id)).toEqual([own.id]);
    expect(await aws.findings.get(own.id)).toHaveProperty("publishedAt");
    expect(await aws.findings.get(other.id)).not.toHaveProperty("publishedAt");
  });

  it.each<[string, Partial<Finding>]>([
    ["another kind", { kind: "missing" }],
    ["another rule", { rule: "ingress tcp 22 from 192.0.2.2/32" }],
    ["another end", { outcome: "could-not-close" }],
    ["another group", { group: { id: "sg-0a1b2c3e", name: "funai-deploy" } }],
    ["another role", { actor }],
  ])("is told as anything else is where it has %s", async (_, given) => {
    const aws = deps();
    const kept = await record(aws, { ...song, ...given });
    const asked: number[] = [];
    const before = heard();
    const told = await withoutSong(aws, [kept], async () => {
      asked.push(1);
      return nothing;
    });
    expect(told).toEqual([kept]);
    expect(heard()).toBe(before);
    expect(asked, "what could be reached is not read for nothing").toEqual([]);
    expect(await aws.findings.get(kept.id)).not.toHaveProperty("publishedAt");
  });

  it("is told where nobody knows who made it", async () => {
    const aws = deps();
    const kept = await record(aws, without(song, "actor"));
    expect(await withoutSong(aws, [kept], async () => nothing)).toEqual([kept]);
  });

  it("is told where there is no canary", async () => {
    const aws = deps({});
    const kept = await record(aws, song);
    expect(await withoutSong(aws, [kept], async () => nothing)).toEqual([kept]);
  });

  it.each<[string, Reach]>([
    ["something could be reached", { ...nothing, carriers: [{ interfaceId: "eni-1" }] }],
    ["more could be reached than was read", { ...nothing, isWhole: false }],
    ["nobody knows what could be reached", { kind: "unknown" }],
  ])("is told where %s", async (_, reach) => {
    const aws = deps();
    const kept = await record(aws, song);
    const before = heard();
    expect(await withoutSong(aws, [kept], async () => reach)).toEqual([kept]);
    expect(heard()).toBe(before);
    expect(await aws.findings.get(kept.id)).not.toHaveProperty("publishedAt");
  });
});
