// For the tests of plans and of applying them: small matrices, and what keeps a plan from being carried out.
import { ModifyManagedPrefixListCommand } from "@aws-sdk/client-ec2";
import type { AwsAccount } from "../../functions/aws/account.ts";
import { iso } from "../../functions/reconcile/draft.ts";
import { planInAccount } from "../../functions/reconcile/matrix-plan.ts";
import { accessKeyOf, callerOf } from "../../local/identities.ts";
import type { Mode } from "../../matrix/document.ts";
import { identityOf } from "../../matrix/exceptions/person.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import type { Pieces } from "./pieces.ts";

/** What these matrices let in. */
export const SSH = "ingress tcp 22 from 10.0.0.0/8";
/** What they do not. */
export const STRAY = "ingress tcp 9000 from 203.0.113.9/32";
const HOUR = 3_600_000;

/** A matrix by which ssh comes in to the group `web`, which is acted on, and what more it says. */
export const webMatrix = (id: string, ...more: string[]): string =>
  [
    "matrix: test",
    "mode: enforce",
    `groups: { web: { id: ${id}, egress: listed } }`,
    "flows:",
    "  - { from: 10.0.0.0/8, to: web, ports: tcp 22 }",
    ...more,
  ].join("\n");

/** A matrix by which ssh comes in to groups named `g0`, `g1`, …, each in its mode, and more flows. */
export const modesMatrix = (modes: Readonly<Record<string, Mode>>, ...flows: string[]): string =>
  [
    "matrix: test",
    "mode: observe",
    "groups:",
    ...Object.entries(modes).map(
      ([id, mode], index) => `  g${index}: { id: ${id}, mode: ${mode}, egress: listed }`,
    ),
    "flows:",
    ...Object.keys(modes).map((_, n) => `  - { from: 10.0.0.0/8, to: g${n}, ports: tcp 22 }`),
    ...flows.map(flow => `  - ${flow}`),
  ].join("\n");

/** Plans a matrix in YAML. */
export const planOf = (aws: AwsAccount, text: string) =>
  planInAccount(aws, parseMatrix([{ name: "m.yaml", text }]));

/** Permits the stray rule on a group, for an hour from a time on. */
export async function exceptStray(aws: AwsAccount, group: string, start: number): Promise<void> {
  const { account, region } = aws.config;
  const kept = await aws.exceptions.create({
    ask: {
      ...{ start, end: start + HOUR, groups: [group], open: false, reason: "release" },
      ...{ rule: STRAY, breakGlass: true },
    },
    requester: identityOf(callerOf(accessKeyOf("tester"), account, region).arn),
    ...{ personKey: `p-${group}`, perRequester: 9 },
  });
  if (!("id" in kept)) throw new Error(kept.because);
}

/** Pauses a group or all of them, or puts one on hold, for a day; the stores have a clock of their own. */
export const stopWriting = (aws: AwsAccount, kind: "pause" | "hold", group?: string) =>
  aws.pauses.start({
    ...{ kind, ...(group === undefined ? {} : { group }), toldAt: 0 },
    is: { until: iso(Date.now() + 24 * HOUR), by: "li", reason: "moving house", at: iso(0) },
  });

/** Puts a block into a list as a person does, or takes it out. */
export async function changeList(
  { aws, as }: Pieces,
  list: string,
  block: string,
  way: "in" | "out" = "in",
): Promise<void> {
  const [read] = await aws.lists.read([list]);
  const blocks = [{ Cidr: block }];
  await as("tester").send(
    new ModifyManagedPrefixListCommand({
      ...{ PrefixListId: list, CurrentVersion: read?.version },
      ...(way === "in" ? { AddEntries: blocks } : { RemoveEntries: blocks }),
    }),
  );
}
