// The account as `can` looks at it: every group with its rules, every interface, and the matrix that
// judges: the given files, or what is in force. It only reads.
import type { World } from "../matrix/can-ends.ts";
import type { MatrixDocument } from "../matrix/document.ts";
import { inputError } from "../matrix/errors.ts";
import type { Exception } from "../matrix/exception.ts";
import { resolvePins } from "../matrix/flows/selection.ts";
import type { PrefixList } from "../matrix/group.ts";
import { makePolicy, type Policy } from "../matrix/policy.ts";
import { listsNamed } from "./named.ts";
import type { Target } from "./target.ts";

/** What is judged by, where it is given; the rest is read. */
export interface Given {
  readonly document?: MatrixDocument;
  readonly exceptions?: readonly Exception[];
  readonly now: number;
}

/** Reads an account. */
export async function liveWorld(
  target: Target,
  { document, exceptions, now }: Given,
): Promise<{ world: World; lists: Map<string, PrefixList> }> {
  const reader = await target.reader();
  const [groups, interfaces] = await Promise.all([
    reader.region.groups(),
    reader.region.interfaces(),
  ]);
  const referred = groups.flatMap(({ rules }) =>
    rules.flatMap(({ rule: { peer } }) => (peer.kind === "prefix-list" ? [peer.id] : [])),
  );
  const named = document ? listsNamed(document) : [];
  const vpcs = [...new Set(groups.flatMap(({ vpcId }) => vpcId ?? []))];
  const [read, ipv6Vpcs] = await Promise.all([
    reader.lists.read([...new Set([...referred, ...named])]),
    reader.groups.ipv6Vpcs(vpcs),
  ]);
  const judge = document
    ? { policy: makePolicy(document, resolvePins(document, groups, read), "file"), stored: [] }
    : await storedPolicy(target);
  const world: World = {
    policy: judge.policy,
    ...{ groups, interfaces, now, ipv6Vpcs },
    exceptions: exceptions ?? judge.stored,
    live: new Map(groups.map(group => [group.id, group])),
  };
  return { world, lists: new Map(read.map(list => [list.id, list])) };
}

async function storedPolicy(target: Target): Promise<{ policy: Policy; stored: Exception[] }> {
  const aws = await target.connect();
  const { active } = await aws.policy.readPolicy();
  if (!active) {
    const cure = "name a matrix with --matrix FILE, or apply one";
    throw inputError("matrix.none", "no matrix is applied in this account", cure);
  }
  const [{ document, pins, version }, stored] = await Promise.all([
    aws.policy.readMatrix(active),
    aws.exceptions.list(),
  ]);
  return { policy: makePolicy(document, pins, String(version)), stored };
}
