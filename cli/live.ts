// A live group judged: by matrix files, for which nothing need be installed in the account, or by
// the matrix and the exceptions that are stored there. It only reads.
import type { AccountReader } from "../functions/aws/identity.ts";
import type { MatrixDocument } from "../matrix/document.ts";
import { inputError } from "../matrix/errors.ts";
import type { Exception } from "../matrix/exception.ts";
import { resolvePins } from "../matrix/flows/selection.ts";
import type { SecurityGroup } from "../matrix/group.ts";
import { makePolicy, type Policy } from "../matrix/policy.ts";
import type { ListView } from "../matrix/verdict.ts";
import { type Explanation, explainGroup } from "./explanation.ts";
import { listsNamed } from "./named.ts";
import type { Target } from "./target.ts";

/** What to judge by; what is absent is read from the account. */
export interface LiveRequest {
  readonly document?: MatrixDocument;
  readonly exceptions?: readonly Exception[];
  readonly now: number;
}

/** Reads a live group and judges it. */
export async function explainLive(
  target: Target,
  id: string,
  request: LiveRequest,
): Promise<{ explanation: Explanation; name: string }> {
  const reader = await target.reader();
  const [read, { policy, exceptions }] = await Promise.all([
    reader.groups.read(id),
    request.document
      ? filePolicy(reader, request.document, request.exceptions)
      : storedPolicy(target, id, request),
  ]);
  if (!read) throw inputError("group.unknown", `there is no security group ${id}`);
  const { group } = read;
  const vpcs = group.vpcId === undefined ? [] : [group.vpcId];
  const [lists, withIpv6] = await Promise.all([
    readLists(reader, group, policy.document, target.account),
    reader.groups.ipv6Vpcs(vpcs),
  ]);
  const ipv6 = withIpv6.has(group.vpcId ?? "");
  const explanation = explainGroup(group, policy, { ipv6, exceptions, now: request.now, lists });
  return { explanation, name: group.name };
}

interface Judges {
  readonly policy: Policy;
  readonly exceptions: readonly Exception[];
}

async function filePolicy(
  reader: AccountReader,
  document: MatrixDocument,
  exceptions: readonly Exception[] = [],
): Promise<Judges> {
  const [groups, lists] = await Promise.all([
    reader.groups.list(),
    reader.lists.read(listsNamed(document)),
  ]);
  return { policy: makePolicy(document, resolvePins(document, groups, lists), "file"), exceptions };
}

async function storedPolicy(target: Target, id: string, request: LiveRequest): Promise<Judges> {
  const { policy: store } = await target.connect();
  const { active } = await store.readPolicy(id);
  if (!active) {
    const cure = "name a matrix with --matrix FILE, or apply one";
    throw inputError("matrix.none", "no matrix is applied in this account", cure);
  }
  const [stored, bound] = await Promise.all([
    store.readMatrix(active),
    request.exceptions ?? store.exceptionsFor(id, request.now),
  ]);
  const { document, pins, version } = stored;
  return { policy: makePolicy(document, pins, String(version)), exceptions: bound };
}

/** The lists the group's rules refer to and those the matrix names, with what they hold. */
async function readLists(
  reader: AccountReader,
  group: SecurityGroup,
  document: MatrixDocument,
  account: string,
): Promise<ListView> {
  const referred = group.rules.flatMap(({ rule }) =>
    rule.peer.kind === "prefix-list" ? [rule.peer.id] : [],
  );
  const lists = await reader.lists.read([...new Set([...referred, ...listsNamed(document)])]);
  const known = new Map(lists.map(list => [list.id, list]));
  return { account, get: id => known.get(id) };
}
