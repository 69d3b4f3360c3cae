// What a checked matrix is, as plain JSON: the form that is stored, hashed and compiled. Reading
// files into it is parse.ts; this file imports nothing, so a reader of stored matrices needs no parser.

export type Mode = "observe" | "revoke" | "enforce";
export type Need = "required" | "allowed" | "on-demand" | "advised";
export type Sides = "both" | "ingress" | "egress";

/** Everything one or several matrix files say, names checked, defaults filled in. */
export interface MatrixDocument {
  readonly matrix: string;
  readonly mode: Mode;
  /** The VPCs it governs; empty for all. */
  readonly vpcs: readonly string[];
  readonly networks: Readonly<Record<string, readonly PeerSpec[]>>;
  readonly groups: Readonly<Record<string, GroupEntry>>;
  readonly flows: readonly Flow[];
  readonly forbids: readonly Forbid[];
  /** A person's identities across kinds of login. */
  readonly people: Readonly<Record<string, readonly string[]>>;
  readonly exceptions: ExceptionTerms;
}

/** A peer as a matrix names it; CIDRs are canonical text. */
export type PeerSpec =
  | { readonly kind: "cidr"; readonly cidr: string }
  /** `within`: the blocks a list of this account may hold at most. */
  | { readonly kind: "prefix-list"; readonly id: string; readonly within?: readonly string[] }
  | { readonly kind: "group"; readonly id: string; readonly owner?: string }
  /** `private` is a network even where the matrix does not define it. */
  | { readonly kind: "network"; readonly name: string }
  | { readonly kind: "entry"; readonly name: string }
  | { readonly kind: "public" };

/** A part that live security groups play: selected by all of id, name and tags that are given. */
export interface GroupEntry {
  readonly name: string;
  readonly id?: string;
  readonly groupName?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The addresses behind the part, as canonical CIDRs. */
  readonly members: readonly string[];
  readonly egress: "open" | "listed";
  /** How other groups refer to it: by its members' addresses or by its group. */
  readonly by: "address" | "group";
  readonly mode?: Mode;
  readonly owner?: string;
  readonly adopt: "manual" | "auto";
  /** Set on the entry for every group that no other entry selects. */
  readonly others?: true;
}

/**
 * One protocol with one port range. For icmp and icmpv6 `from` is the type and `to` the code, -1 for
 * any; a protocol without ports has -1 and -1; tcp and udp without ports are 0 to 65535.
 */
export interface PortSpec {
  readonly protocol: "tcp" | "udp" | "icmp" | "icmpv6" | "all" | number;
  readonly from: number;
  readonly to: number;
}

/** Where a flow or forbid stands in its file. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface Flow {
  /** Its words, whatever its position: "runner -> deploy tcp 7002". */
  readonly id: string;
  readonly from: readonly PeerSpec[];
  readonly to: readonly PeerSpec[];
  readonly ports: readonly PortSpec[];
  readonly need: Need;
  readonly sides?: Sides;
  readonly purpose?: string;
  /** The path that a self-check of the flow asks for. */
  readonly probe?: string;
  readonly source?: Place;
}

export interface Forbid {
  /** Its words: "public -> deploy, runner all". */
  readonly id: string;
  readonly from: readonly PeerSpec[];
  readonly to: readonly PeerSpec[];
  readonly ports: readonly PortSpec[];
  readonly except: readonly PeerSpec[];
  readonly reason?: string;
  readonly source?: Place;
}

/** What the matrix says about exceptions. */
export interface ExceptionTerms {
  /** Names of `people`, or exact ARNs. */
  readonly approvers: readonly string[];
  readonly maxDurationMinutes: number;
  readonly perRequester: number;
  /** 0 where nobody may open anything alone. */
  readonly breakGlassMinutes: number;
}
