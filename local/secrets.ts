// The account's secrets: a text by name, with the version it is. Older versions are not kept.
import { randomBytes, randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { AccountScope } from "./scope.ts";

/** A secret as it is stored; without a value until one is put. */
export interface Secret {
  name: string;
  arn: string;
  value?: string;
  versionId?: string;
  /** When this version was put, in the account's milliseconds. */
  at: number;
}

/** One change of the secrets, as a line of the journal. */
export interface SecretChange {
  op: "put";
  secret: Secret;
}

/** The secrets of the account. */
export type Secrets = ReturnType<typeof createSecrets>;

/** Makes the list of secrets, none at first. */
export function createSecrets(
  scope: AccountScope,
  clock: Clock,
  onChange?: (change: SecretChange) => void,
) {
  const secrets = new Map<string, Secret>();

  function apply(entry: SecretChange): void {
    secrets.set(entry.secret.name, entry.secret);
  }

  /** A new secret's ARN ends in six random letters, so that one made again is another one. */
  function newArn(name: string): string {
    const letters = randomBytes(3).toString("hex");
    return `arn:aws:secretsmanager:${scope.region}:${scope.account}:secret:${name}-${letters}`;
  }

  return {
    /** Creates a secret, or gives it a new value. */
    put(name: string, value?: string, versionId: string = randomUUID()): Secret {
      const arn = secrets.get(name)?.arn ?? newArn(name);
      const version = value === undefined ? {} : { value, versionId };
      const entry: SecretChange = {
        op: "put",
        secret: { name, arn, ...version, at: clock.now() },
      };
      onChange?.(entry);
      apply(entry);
      return entry.secret;
    },
    /** Finds a secret by its name, its ARN, or its ARN without the random letters. */
    find: (reference: string) =>
      secrets.get(reference) ??
      [...secrets.values()].find(({ arn }) => [arn, arn.slice(0, -7)].includes(reference)),
    apply,
    snapshot: (): Secret[] => [...secrets.values()],
    restore(saved: Secret[]): void {
      for (const secret of saved) apply({ op: "put", secret });
    },
  };
}
