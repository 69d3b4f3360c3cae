// What exists, and what changed? Tables of immutable records per account and region; every change
// goes through commit, which journals it first. It knows no rule of EC2.

import type { Json, Place } from "./ec2.ts";
import type { Rule } from "./rules/rule.ts";

export type Tags = { [key: string]: string };

export interface Vpc {
  vpcId: string;
  cidrs: string[];
  ipv6: string[];
  isDefault: boolean;
  tags: Tags;
}

export interface Group {
  groupId: string;
  name: string;
  description: string;
  vpcId: string;
  rules: readonly Rule[];
  tags: Tags;
}

export interface Subnet {
  subnetId: string;
  vpcId: string;
  cidr: string;
  zone: string;
  defaultForAz: boolean;
  tags: Tags;
}

export interface NetworkInterface {
  networkInterfaceId: string;
  subnetId: string;
  vpcId: string;
  zone: string;
  description: string;
  mac: string;
  address: string;
  ipv6Addresses: string[];
  groupIds: string[];
  publicIp?: string;
  instanceId?: string;
  requesterId: string;
  clientToken?: string;
  tags: Tags;
}

export interface PrefixList {
  prefixListId: string;
  name: string;
  family: "IPv4" | "IPv6";
  maxEntries: number;
  owner: string;
  version: number;
  verb: "create" | "modify" | "restore";
  stateMessage?: string;
  /** Until then the change is in progress and the version before it is what readers see. */
  settlesAt: number;
  before: { version: number; maxEntries: number };
  clientToken?: string;
  tags: Tags;
}

export interface Entry {
  cidr: string;
  description?: string;
}

export interface PrefixListVersion {
  prefixListId: string;
  version: number;
  entries: Entry[];
}

export interface Peering {
  peeringId: string;
  vpcId: string;
  peerVpcId: string;
  peerAccount: string;
}

interface Records {
  vpcs: Vpc;
  groups: Group;
  subnets: Subnet;
  interfaces: NetworkInterface;
  prefixLists: PrefixList;
  versions: PrefixListVersion;
  peerings: Peering;
}

export type Table = keyof Records;
export type RecordOf<T extends Table> = Records[T];
export type Tables = { readonly [T in Table]: ReadonlyMap<string, Records[T]> };
type MutableTables = { [T in Table]: Map<string, Records[T]> };

/** One record put (or, with null, removed). */
export type Change = { [T in Table]: { table: T; id: string; value: Records[T] | null } }[Table];

export interface Region extends Place {
  readonly tables: Tables;
}

interface StoredRegion extends Place {
  tables: MutableTables;
  history: { until: number; tables: MutableTables }[];
}

export interface Store {
  /** The region of an account, made empty when it is new. */
  region(place: Place): Region;
  /** Every region of an account in which there is something. */
  places(): Place[];
  /** Journals the changes, then applies them. */
  commit(place: Place, changes: readonly Change[]): void;
  /** The tables as a describe sees them: those of a while ago when reads lag. */
  view(place: Place): Tables;
  lag(): number;
  setLag(ms: number): void;
  replay(entry: Json): void;
  snapshot(): Json;
  restore(snapshot: Json): void;
}

const tableNames: readonly Table[] = [
  "vpcs",
  "groups",
  "subnets",
  "interfaces",
  "prefixLists",
  "versions",
  "peerings",
];

/** Makes a store without any region. */
export function createStore(clock: () => number, onChange: (entry: Json) => void): Store {
  let regions = new Map<string, StoredRegion>();
  let lag = 0;

  const region = ({ account, region: name }: Place): StoredRegion => {
    const key = `${account}/${name}`;
    const known = regions.get(key);
    if (known !== undefined) return known;
    const made = { account, region: name, tables: emptyTables(), history: [] };
    regions.set(key, made);
    return made;
  };

  const restore = (snapshot: Json) => {
    regions = new Map();
    for (const entry of (snapshot as { entries: Json[] }).entries) replay(entry);
  };

  const replay = (entry: Json) => {
    const { changes, ...place } = entry as unknown as Place & { changes: Change[] };
    applyAll(region(place).tables, changes);
  };

  return {
    region,
    replay,
    restore,
    lag: () => lag,
    places: () =>
      [...regions.values()].map(({ account, region: name }) => ({ account, region: name })),
    commit(place, changes) {
      if (changes.length === 0) return;
      onChange(entryOf(place, changes));
      const stored = region(place);
      if (lag > 0) remember(stored, clock(), lag);
      applyAll(stored.tables, changes);
    },
    view(place) {
      const stored = region(place);
      if (lag === 0) return stored.tables;
      const seen = clock() - lag;
      return (stored.history.find(past => past.until > seen) ?? stored).tables;
    },
    setLag(ms) {
      lag = ms;
      for (const stored of regions.values()) stored.history = [];
    },
    snapshot() {
      return { entries: [...regions.values()].map(stored => entryOf(stored, contentsOf(stored))) };
    },
  };
}

function entryOf(place: Place, changes: readonly Change[]): Json {
  return { account: place.account, region: place.region, changes: changes as unknown as Json };
}

function contentsOf(region: Region): Change[] {
  return tableNames.flatMap(table =>
    [...region.tables[table]].map(([id, value]) => ({ table, id, value }) as Change),
  );
}

function remember(stored: StoredRegion, now: number, lag: number): void {
  stored.history = stored.history.filter(past => past.until > now - lag);
  stored.history.push({ until: now, tables: copyOf(stored.tables) });
}

function applyAll(tables: MutableTables, changes: readonly Change[]): void {
  for (const { table, id, value } of changes) {
    const records = tables[table] as Map<string, RecordOf<Table>>;
    if (value === null) records.delete(id);
    else records.set(id, value);
  }
}

function emptyTables(): MutableTables {
  return {
    vpcs: new Map(),
    groups: new Map(),
    subnets: new Map(),
    interfaces: new Map(),
    prefixLists: new Map(),
    versions: new Map(),
    peerings: new Map(),
  };
}

function copyOf(tables: MutableTables): MutableTables {
  return {
    vpcs: new Map(tables.vpcs),
    groups: new Map(tables.groups),
    subnets: new Map(tables.subnets),
    interfaces: new Map(tables.interfaces),
    prefixLists: new Map(tables.prefixLists),
    versions: new Map(tables.versions),
    peerings: new Map(tables.peerings),
  };
}
