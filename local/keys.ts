// The account's HMAC keys and their aliases. Key material is random, never leaves the account, and
// is kept with its state. There are no other kinds of keys, and no key policies.
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { AccountScope } from "./scope.ts";

/** A key as it is stored. */
export interface Key {
  id: string;
  arn: string;
  description: string;
  /** 32 bytes, as base64. */
  material: string;
  /** The account's time in milliseconds. */
  createdAt: number;
}

/** Another name of a key, beginning with `alias/`. */
export interface Alias {
  name: string;
  keyId: string;
  createdAt: number;
}

/** One change of the keys, as a line of the journal. */
export type KeyChange = { op: "key"; key: Key } | { op: "alias"; alias: Alias };

/** The keys of the account. */
export type Keys = ReturnType<typeof createKeys>;

/** Makes the list of keys, none at first. */
export function createKeys(
  scope: AccountScope,
  clock: Clock,
  onChange?: (change: KeyChange) => void,
) {
  const keys = new Map<string, Key>();
  const aliases = new Map<string, Alias>();
  const prefix = `arn:aws:kms:${scope.region}:${scope.account}:`;

  function apply(entry: KeyChange): void {
    if (entry.op === "key") keys.set(entry.key.id, entry.key);
    else aliases.set(entry.alias.name, entry.alias);
  }

  function change(entry: KeyChange): void {
    onChange?.(entry);
    apply(entry);
  }

  return {
    /** The ARN of an alias or a key, by what follows the account. */
    arnOf: (path: string) => prefix + path,
    /** Makes a key with material of its own. */
    create(description = ""): Key {
      const id = randomUUID();
      const material = randomBytes(32).toString("base64");
      const arn = `${prefix}key/${id}`;
      const key = { id, arn, description, material, createdAt: clock.now() };
      change({ op: "key", key });
      return key;
    },
    /** Gives a key another name, or moves the name to it. */
    addAlias: (name: string, keyId: string) =>
      change({ op: "alias", alias: { name, keyId, createdAt: clock.now() } }),
    /** Finds a key by its id, its alias, or the ARN of either. */
    find(reference: string): Key | undefined {
      const path = reference.startsWith(prefix) ? reference.slice(prefix.length) : reference;
      const alias = aliases.get(path);
      return keys.get(alias?.keyId ?? path.replace(/^key\//, ""));
    },
    aliases: (): readonly Alias[] => [...aliases.values()],
    apply,
    snapshot: () => ({ keys: [...keys.values()], aliases: [...aliases.values()] }),
    restore(saved: { keys: Key[]; aliases: Alias[] }): void {
      for (const key of saved.keys) apply({ op: "key", key });
      for (const alias of saved.aliases) apply({ op: "alias", alias });
    },
  };
}

/** The HMAC-SHA-256 of a message under a key. */
export function macOf({ material }: Key, message: Buffer): Buffer {
  return createHmac("sha256", Buffer.from(material, "base64")).update(message).digest();
}
