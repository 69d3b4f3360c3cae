// What does EC2 answer to this request? The security-group part of EC2 as an in-process engine that
// speaks the Query protocol (form in, XML out, 2016-11-15), with EC2's own strictness. It opens no
// socket, checks no signature, and shares no code with what it is used to test.

import { createHandler } from "./handle.ts";
import { createSeed } from "./seed.ts";
import { createStore } from "./state.ts";

/** Plain JSON, as journals and snapshots hold it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Who signed the request. */
export interface Caller {
  account: string;
  arn: string;
  accessKeyId: string;
  type: "IAMUser" | "AssumedRole" | "Root";
  principalId: string;
  userName?: string;
  issuer?: { arn: string; userName: string; principalId: string };
}

/** Everything about a request that is not in its form. */
export interface CallContext {
  caller: Caller;
  region: string;
  sourceIp: string;
  userAgent: string;
}

/** An HTTP answer: its status and its XML text. */
export interface Answer {
  status: number;
  body: string;
  /** What EC2 sends as the x-amzn-requestid header; the SDK shows no other request id. */
  requestId: string;
}

/** One CloudTrail record (the `detail` of the EventBridge event). */
export interface CloudTrailRecord {
  eventVersion: string;
  userIdentity: { [key: string]: Json };
  eventTime: string;
  eventSource: "ec2.amazonaws.com";
  eventName: string;
  awsRegion: string;
  sourceIPAddress: string;
  userAgent: string;
  errorCode?: string;
  errorMessage?: string;
  requestParameters: { [key: string]: Json } | null;
  responseElements: { [key: string]: Json } | null;
  requestID: string;
  eventID: string;
  readOnly: false;
  eventType: "AwsApiCall";
  managementEvent: true;
  recipientAccountId: string;
  eventCategory: "Management";
}

export interface Ec2Options {
  /** Milliseconds since the epoch. */
  clock: () => number;
  /**
   * Called once per mutating call, also for failed and dry-run ones, before the answer is returned.
   */
  onRecord?: (record: CloudTrailRecord) => void;
  /**
   * A journal line, called before the change is made and the answer returned: when it throws,
   * nothing changes. Replaying all lines rebuilds the state. It is live state: write it out at once.
   */
  onChange?: (entry: Json) => void;
  /** Quota per direction and address family; 60 unless told. */
  rulesPerGroup?: number;
}

/** The account and region a thing is in: state is kept apart for each. */
export interface Place {
  account: string;
  region: string;
}

export interface VpcSeed {
  vpcId?: string;
  cidr: string;
  /** An IPv6 block of the VPC, such as 2001:db8:1200::/56. */
  ipv6?: string;
  /** Makes this the default VPC instead of the one made on first use. */
  isDefault?: boolean;
  tags?: Record<string, string>;
}

/** One rule, one peer. Ports are left out where the protocol has none. */
export interface RuleSeed {
  ruleId?: string;
  egress?: boolean;
  protocol: string;
  from?: number;
  to?: number;
  cidr?: string;
  prefixListId?: string;
  /** A group's id, or the id of a group of a peered VPC with its account. */
  groupId?: string;
  account?: string;
  description?: string;
  tags?: Record<string, string>;
}

export interface GroupSeed {
  groupId?: string;
  name: string;
  description?: string;
  /** The default VPC unless told. */
  vpcId?: string;
  tags?: Record<string, string>;
  rules?: RuleSeed[];
  /** false leaves out the allow-all egress rules that EC2 gives a new group. */
  defaultEgress?: boolean;
}

export interface PrefixListSeed {
  prefixListId?: string;
  name: string;
  entries: { cidr: string; description?: string }[];
  maxEntries?: number;
  family?: "IPv4" | "IPv6";
  /** "AWS" makes an AWS-managed list: no version, and maxEntries is its weight. */
  owner?: string;
  tags?: Record<string, string>;
}

export interface InterfaceSeed {
  networkInterfaceId?: string;
  /** Either of the two; with a VPC only, a subnet that holds the address is found or made. */
  subnetId?: string;
  vpcId?: string;
  address?: string;
  ipv6Addresses?: string[];
  publicIp?: string;
  /** The VPC's default group unless told. */
  groupIds?: string[];
  description?: string;
  instanceId?: string;
  tags?: Record<string, string>;
}

/** An active peering connection between two VPCs of one region, of one or two accounts. */
export interface PeeringSeed {
  peeringId?: string;
  vpcId: string;
  peerVpcId: string;
  peerAccount?: string;
}

/** Plants things with chosen ids: journalled like any change, but without a CloudTrail record. */
export interface Seed {
  vpc(place: Place, seed: VpcSeed): string;
  group(place: Place, seed: GroupSeed): string;
  prefixList(place: Place, seed: PrefixListSeed): string;
  interface(place: Place, seed: InterfaceSeed): string;
  peering(place: Place, seed: PeeringSeed): string;
}

export interface Ec2 {
  /** Answers one request, also a wrong one; throws only what onRecord throws. */
  handle(form: URLSearchParams, from: CallContext): Answer;
  /** Applies one journal line; calls no callback. */
  replay(entry: Json): void;
  snapshot(): Json;
  /** Replaces the whole state; calls no callback. */
  restore(snapshot: Json): void;
  /** Eventual consistency: describes show the state as of `ms` ago (0 = off). */
  lagReads(ms: number): void;
  seed: Seed;
}

/** Makes an empty EC2. */
export function createEc2(options: Ec2Options): Ec2 {
  const store = createStore(options.clock, entry => options.onChange?.(entry));
  return {
    handle: createHandler(store, options),
    replay: store.replay,
    snapshot: store.snapshot,
    restore: store.restore,
    lagReads: store.setLag,
    seed: createSeed(store),
  };
}
