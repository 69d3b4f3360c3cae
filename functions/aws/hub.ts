// A hub's way into the accounts and regions it looks after: EC2 there by the role of that member, all
// that is kept and told at home, under the keys of that place. A stage without members has no hub.
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import type { Config } from "../wiring/config.ts";
import {
  type Members,
  memberRole,
  type Place,
  placesOf,
  scopeOf,
  strangerBecause,
} from "../wiring/members.ts";
import { type AwsAccount, connect } from "./account.ts";
import { clientOptions, type Surroundings } from "./connection.ts";
import { type MemberSession, memberSession } from "./member-session.ts";
import { roundsQueue } from "./rounds-queue.ts";
import { secretText } from "./secret-text.ts";
import { dirtyList } from "./stores/dirty-list.ts";
import { documentClient } from "./stores/dynamo.ts";

/** What may differ from Lambda's own surroundings. */
export interface HubSurroundings extends Omit<Surroundings, "announce" | "requestHandler"> {
  /** Where the account of a place is reached; local accounts have an endpoint each. */
  readonly endpointOf?: (place: Place) => string;
}

export type Hub = ReturnType<typeof hubOf>;

interface Member {
  readonly account: AwsAccount;
  readonly session: MemberSession;
}

/** Places that stay connected in one function. */
const CONNECTED = 100;

/** Makes the hub of a configuration. */
export function hubOf(config: Config, around: HubSurroundings = {}) {
  const { members } = config;
  if (!members) throw new Error("PORTWARD_MEMBER_ACCOUNTS is not set: this stage is no hub");
  const { endpointOf, ...home } = around;
  const { clock = Date.now } = around;
  const plain = clientOptions(config, home);
  const sts = new STSClient(plain);
  // One pool of connections for the clients of all places.
  const { requestHandler } = sts.config;
  const options = { ...plain, requestHandler };
  const shared = { ...home, requestHandler };
  const rounds = roundsQueue(new SQSClient(options), members);
  const read = secretText(options, members.secret, clock);
  const source = { sts, externalId: () => externalIdIn(read, members), clock };

  const member = lately(CONNECTED, (place: Place): Member => {
    const session = memberSession(source, members, place, `portward-${config.stage}`);
    const at = endpointOf && { endpoint: endpointOf(place) };
    const announce = (_type: string, job: unknown) =>
      rounds.put([{ round: { ...place, does: "job", job: Object(job) }, delay: 0 }]);
    const ways = {
      home: { ...shared, announce },
      there: { ...shared, ...at, credentials: session },
    };
    return { account: memberAccount(config, place, ways), session };
  });

  const own = connect(config, shared);
  return {
    own,
    rounds,
    /** The places that may have something left over, for the sweep. */
    busy: dirtyList(documentClient(options), { scope: "members", tables: config.tables }),

    /** Why a place is none of this hub's; undefined where it is one. */
    strangerBecause(place: Place): string | undefined {
      if (scopeOf(place) !== config.scope) return strangerBecause(members, place);
      return "its envelope is of the hub's own account and region, which have functions of their own";
    },

    /** The places it looks after. */
    places: placesOf(members).filter(place => scopeOf(place) !== config.scope),

    /** Connects to a place; throws what STS says where its role is refused, before anything else. */
    async at(place: Place): Promise<AwsAccount> {
      const { account, session } = member(place);
      await session();
      return account;
    },
  };
}

/** Keeps what is made for a number of places; of more, those asked for least lately are made anew. */
function lately<T>(most: number, make: (place: Place) => T): (place: Place) => T {
  const kept = new Map<string, T>();
  return place => {
    const name = scopeOf(place);
    const found = kept.get(name) ?? make({ account: place.account, region: place.region });
    kept.delete(name);
    kept.set(name, found);
    const [oldest] = kept.keys();
    if (kept.size > most && oldest !== undefined) kept.delete(oldest);
    return found;
  };
}

/** An account that is looked after from another one, in which everything about it is kept. */
export function memberAccount(
  config: Config,
  place: Place,
  { home, there }: { home: Surroundings; there: Surroundings },
): AwsAccount {
  const { members } = config;
  // What needs a door or a function of that account is the hub's own alone.
  const { schedules: _, watchedRegions: __, members: ___, ...rest } = config;
  const own: Config = {
    ...{ ...rest, ...place, scope: scopeOf(place), isMember: true },
    ownRoleArns: members ? [memberRole(members, place)] : config.ownRoleArns,
  };
  // Names of resources are the home's, whose region its clients sign for; keys are the place's.
  const kept = connect({ ...own, region: config.region }, home);
  const { groups, lists, region, interfaces } = connect(own, there);
  return { ...kept, config: own, groups, lists, region, interfaces };
}

async function externalIdIn(
  read: () => Promise<string | undefined>,
  { secret }: Members,
): Promise<string> {
  const text = (await read())?.trim() ?? "";
  // Its text would tell nobody anything, and everybody the secret.
  if (text === "") throw new Error(`the secret ${secret} holds no external id`);
  return text;
}
