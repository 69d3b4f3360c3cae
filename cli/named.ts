// What a matrix names by id: the peers anywhere in it that live in an account.
import type { MatrixDocument, PeerSpec } from "../matrix/document.ts";

/** The ids of the prefix lists a matrix names. */
export function listsNamed(document: MatrixDocument): string[] {
  return distinct(
    peersOf(document).flatMap(peer => (peer.kind === "prefix-list" ? [peer.id] : [])),
  );
}

/** The ids of the account's own groups a matrix names as peers. */
export function peerGroupsNamed(document: MatrixDocument, account: string): string[] {
  const isOwn = (owner?: string) => owner === undefined || owner === account;
  return distinct(
    peersOf(document).flatMap(peer =>
      peer.kind === "group" && isOwn(peer.owner) ? [peer.id] : [],
    ),
  );
}

/** The blocks a prefix list may hold at most, where the matrix bounds it. */
export function boundsOfList(document: MatrixDocument, id: string): readonly string[] {
  return peersOf(document).flatMap(peer =>
    peer.kind === "prefix-list" && peer.id === id ? (peer.within ?? []) : [],
  );
}

function peersOf({ networks, flows, forbids }: MatrixDocument): PeerSpec[] {
  return [
    ...Object.values(networks).flat(),
    ...flows.flatMap(flow => [...flow.from, ...flow.to]),
    ...forbids.flatMap(forbid => [...forbid.from, ...forbid.to, ...forbid.except]),
  ];
}

const distinct = (ids: readonly string[]): string[] => [...new Set(ids)];
