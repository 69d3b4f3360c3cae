// What the oracle is asked about: a matrix as its file says it, what is live, and one group's rules.
// Plain data only, so that a failing case can be read, kept and pasted.

export type Mode = "observe" | "revoke" | "enforce";
export type Need = "required" | "allowed" | "on-demand" | "advised";

/** A peer as a matrix writes it: a name, a rule-text peer, or a prefix list held to its bounds. */
export type PeerText = string | { readonly list: string; readonly within: readonly string[] };

export interface FlowText {
  readonly from: PeerText | readonly PeerText[];
  readonly to: PeerText | readonly PeerText[];
  readonly ports: string | readonly string[];
  readonly need?: Need;
  readonly sides?: "both" | "ingress" | "egress";
}

export interface ForbidText {
  readonly from: PeerText | readonly PeerText[];
  readonly to: PeerText | readonly PeerText[];
  readonly ports: string | readonly string[];
  readonly except?: readonly PeerText[];
}

export interface EntryText {
  readonly id?: string;
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly members?: readonly string[];
  readonly egress?: "open" | "listed";
  readonly by?: "address" | "group";
  readonly mode?: Mode;
  readonly adopt?: "auto";
}

/** A matrix as parsed from its file, before anything of it is checked. */
export interface MatrixText {
  readonly matrix: string;
  readonly mode?: Mode;
  readonly vpc?: string | readonly string[];
  readonly networks?: Readonly<Record<string, readonly PeerText[]>>;
  readonly groups: Readonly<Record<string, EntryText>>;
  readonly flows: readonly FlowText[];
  readonly forbid?: readonly ForbidText[];
}

export interface GroupState {
  readonly id: string;
  readonly owner: string;
  readonly vpcId: string;
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ListState {
  readonly id: string;
  readonly owner: string;
  readonly state: string;
  readonly entries: readonly string[];
}

/** An exception that is active now: a flow in the words of the matrix, or one rule text. */
export interface ExceptionText {
  readonly ask: { readonly rule: string } | FlowText;
  readonly open: boolean;
}

export interface Case {
  readonly account: string;
  readonly matrix: MatrixText;
  readonly groups: readonly GroupState[];
  /** VPCs that have IPv6. */
  readonly ipv6Vpcs: readonly string[];
  readonly lists: readonly ListState[];
  /** What an apply has pinned of this account's lists: list id to the blocks it held then. */
  readonly listPins: Readonly<Record<string, readonly string[]>>;
  /** Entry name to the ids of the groups an apply has pinned. */
  readonly pins: Readonly<Record<string, readonly string[]>>;
  readonly exceptions: readonly ExceptionText[];
  /** The group that is judged, one of `groups`. */
  readonly subject: GroupState;
  /** Its rules, as rule texts. */
  readonly rules: readonly string[];
}

/** A list of one, where the matrix lets a list of one be written without brackets. */
export function asList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
