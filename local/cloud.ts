// What local accounts have in common, as the accounts of one AWS partition do: roles that can be assumed
// from one account into another, their sessions, and event buses that other accounts may send to. It
// keeps no policies: a session may do what its account serves. Nothing of it outlives the process.
import { randomBytes } from "node:crypto";
import type { Envelope } from "./bus.ts";
import type { Caller } from "./ec2/ec2.ts";
import { roleSession, secretOf } from "./identities.ts";

/** Who may take a role on: ARNs of roles, users or accounts' roots, and what they have to say. */
export interface Trust {
  readonly principals: readonly string[];
  readonly externalId?: string;
}

/** A role by its ARN. */
export interface Role {
  readonly arn: string;
  readonly trust: Trust;
  /** The longest session, in seconds; an hour unless told. */
  readonly maxSeconds?: number;
}

/** A session of a role, and until when it may call. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly token: string;
  readonly caller: Caller;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

export type Cloud = ReturnType<typeof createCloud>;

/** Makes a cloud without roles. */
export function createCloud() {
  const roles = new Map<string, Role>();
  const sessions = new Map<string, Session>();
  const buses = new Map<string, (envelope: Envelope) => void>();

  return {
    /** Makes a role, or changes its trust. */
    putRole(role: Role): void {
      roles.set(role.arn, role);
    },
    removeRole: (arn: string): boolean => roles.delete(arn),

    /** The role a caller may take on; undefined too where there is none, as STS does not tell which. */
    roleFor(arn: string, caller: Caller, externalId: string | undefined): Role | undefined {
      const role = roles.get(arn);
      return role && isTrusted(role.trust, caller, externalId) ? role : undefined;
    },

    /** Begins a session of a role. */
    begin(role: Role, name: string, endsAt: number): Session {
      const accessKeyId = `ASIAEXAMPLE${randomBytes(8).toString("hex").toUpperCase()}`;
      const session = {
        accessKeyId,
        secretAccessKey: secretOf(accessKeyId),
        token: randomBytes(48).toString("base64"),
        caller: roleSession(role.arn, name, accessKeyId),
        endsAt,
      };
      sessions.set(accessKeyId, session);
      return session;
    },
    session: (accessKeyId: string): Session | undefined => sessions.get(accessKeyId),

    /** Opens a bus to other accounts; what they forward to it is handed over. */
    openBus(arn: string, take: (envelope: Envelope) => void): void {
      buses.set(arn, take);
    },
    /** Forwards an event; false when there is no such bus. */
    forward(arn: string, envelope: Envelope): boolean {
      const take = buses.get(arn);
      take?.(envelope);
      return take !== undefined;
    },
  };
}

function isTrusted(trust: Trust, caller: Caller, externalId: string | undefined): boolean {
  const root = caller.arn.replace(/^(arn:[\w-]+:)\w+::(\d+):.*$/, "$1iam::$2:root");
  const names = [caller.arn, caller.issuer?.arn, root];
  const isNamed = trust.principals.some(principal => names.includes(principal));
  return isNamed && (trust.externalId === undefined || trust.externalId === externalId);
}
