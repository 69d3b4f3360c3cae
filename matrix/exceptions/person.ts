// Who is a person, and whether two identities are the same one. A role session whose name its caller
// chose is nobody: whoever may assume the role may call himself anything. Who may do what to an
// exception is exception-life.ts.
import type { Actor } from "../trigger.ts";

/** Who acts, as far as what he signed in with tells. */
export type Identity =
  | { readonly kind: "user"; readonly account: string; readonly arn: string }
  /**
   * A session of an Identity Center role. `isReserved` where the role's own ARN was seen under the
   * path that only Identity Center writes to; STS leaves the path out.
   */
  | {
      readonly kind: "sso";
      readonly account: string;
      readonly role: string;
      readonly name: string;
      readonly arn: string;
      readonly isReserved?: boolean;
    }
  | { readonly kind: "jwt"; readonly issuer: string; readonly subject: string }
  | { readonly kind: "slack"; readonly team: string; readonly user: string }
  /** Whoever used a link that was sent to this address alone. */
  | { readonly kind: "mail"; readonly address: string }
  | { readonly kind: "nobody"; readonly name: string; readonly because: string };

/** What the active matrix says about people, and whose account it is. */
export interface Directory {
  readonly account: string;
  readonly people: Readonly<Record<string, readonly string[]>>;
  readonly approvers: readonly string[];
}

export type Same = "yes" | "no" | "unknown";

const USER = /^arn:aws[a-z-]*:iam::(\d{12}):user\/[\w+=,.@/-]+$/;
const SESSION = /^arn:aws[a-z-]*:sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/([\w+=,.@-]+)$/;
const SSO_ROLE = /^AWSReservedSSO_[\w+=,.@-]+$/;
/** https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html */
const RESERVED =
  /^arn:aws[a-z-]*:iam::(\d{12}):role\/aws-reserved\/sso\.amazonaws\.com\/(?:[a-z0-9-]+\/)?(AWSReservedSSO_[\w+=,.@-]+)$/;
const SUFFIX = /_[0-9a-f]{16}$/;

/**
 * Reads who has an ARN; `roleArn` is the role behind a session, where it is known with its path.
 *
 * @example identityOf("arn:aws:iam::111122223333:user/wang").kind // "user"
 */
export function identityOf(arn: string, roleArn?: string): Identity {
  const account = USER.exec(arn)?.[1];
  if (account !== undefined) return { kind: "user", account, arn };
  const session = SESSION.exec(arn);
  if (!session) {
    const because = arn.endsWith(":root")
      ? "the root user is whoever holds its password"
      : "it is no user and no session of a person";
    return { kind: "nobody", name: arn, because };
  }
  const [, owner = "", role = "", name = ""] = session;
  const chosen = "a role session's name is its caller's choice, so it is nobody";
  const sso = { kind: "sso", account: owner, role, name, arn } as const;
  if (SSO_ROLE.test(role) && roleArn === undefined) return sso;
  if (roleArn !== undefined && isRoleOf(roleArn, sso)) return { ...sso, isReserved: true };
  return { kind: "nobody", name: arn, because: chosen };
}

/** Reads who made a call that CloudTrail recorded. */
export function identityOfActor({ type, arn, name, roleArn }: Actor): Identity {
  const isKnown = (type === "IAMUser" || type === "AssumedRole") && arn !== undefined;
  if (isKnown) return identityOf(arn, roleArn);
  return { kind: "nobody", name, because: `a call as ${type} tells no person` };
}

/** Names an identity as `people` does; equal names are one identity. */
export function identityKey(identity: Identity): string {
  switch (identity.kind) {
    case "user":
      return identity.arn.toLowerCase();
    case "sso":
      return `sso:${identity.role}/${identity.name}`.toLowerCase();
    case "jwt":
      return `jwt:${identity.issuer}#${identity.subject}`;
    case "slack":
      return `slack:${identity.team}/${identity.user}`.toLowerCase();
    case "mail":
      return `mail:${identity.address}`.toLowerCase();
    case "nobody":
      return `nobody:${identity.name}`;
  }
}

/** Names an identity for people. */
export function identityText(identity: Identity): string {
  if (identity.kind === "user" || identity.kind === "sso") return identity.arn;
  return identity.kind === "nobody" ? identity.name : identityKey(identity);
}

/** Why an identity is no person here; undefined when it is one. */
export function whyNobody(identity: Identity, directory: Directory): string | undefined {
  if (identity.kind === "nobody") return identity.because;
  if (identity.kind === "mail") return whyUnknown(identityKey(identity), directory);
  if (identity.kind !== "sso") return undefined;
  if (identity.account !== directory.account) {
    return `the session is of account ${identity.account}, whose roles nobody here can vouch for`;
  }
  if (identity.isReserved || isPinned(identity, directory)) return undefined;
  return (
    `whether ${identity.role} is Identity Center's own role is not known: ` +
    "name it whole under people, or its ARN under approvers"
  );
}

// Anybody may have an address; only people say whose it is.
function whyUnknown(key: string, { people }: Directory): string | undefined {
  const isNamed = Object.values(people).some(texts => texts.some(text => keyOfText(text) === key));
  return isNamed ? undefined : `nobody under people has ${key}`;
}

type Session = Extract<Identity, { kind: "sso" }>;

/** Tells whether an ARN, with its path, is that of Identity Center's own role behind a session. */
function isRoleOf(roleArn: string, session: Session): boolean {
  const [, account, role] = RESERVED.exec(roleArn) ?? [];
  return account === session.account && role === session.role;
}

// A role's name is its own in its account, so a role named whole, or by its ARN, cannot be another.
function isPinned(session: Session, { people, approvers }: Directory): boolean {
  const { role, arn } = session;
  const isWhole = SUFFIX.test(role);
  const prefix = `sso:${role}/`.toLowerCase();
  const texts = Object.values(people).flat();
  if (isWhole && texts.some(text => text.toLowerCase().startsWith(prefix))) return true;
  return approvers.some(text => (isWhole && text === arn) || isRoleOf(text, session));
}

/** The name that `people` has for an identity. */
export function personName(identity: Identity, directory: Directory): string | undefined {
  if (whyNobody(identity, directory) !== undefined) return undefined;
  const key = identityKey(identity);
  const found = Object.entries(directory.people).find(([, texts]) =>
    texts.some(text => keyOfText(text) === key || isOfSet(text, identity)),
  );
  return found?.[0];
}

/** Names a person for counting: by `people` where they have him, else by his identity. */
export const personKey = (identity: Identity, directory: Directory): string =>
  personName(identity, directory) ?? identityKey(identity);

// Only a token's subject tells upper from lower case.
const keyOfText = (text: string): string => (text.startsWith("jwt:") ? text : text.toLowerCase());

// `sso:SET/NAME` means the role that Identity Center made for a permission set: it adds a suffix.
function isOfSet(text: string, identity: Identity): boolean {
  if (identity.kind !== "sso") return false;
  const set = identity.role.replace(SUFFIX, "");
  return text.toLowerCase() === `sso:${set}/${identity.name}`.toLowerCase();
}

/** Tells whether somebody may approve: a person of `approvers`, or an exact ARN there. */
export function isApprover(identity: Identity, directory: Directory): boolean {
  if (whyNobody(identity, directory) !== undefined) return false;
  const name = personName(identity, directory);
  return directory.approvers.some(approver => {
    if (approver === name) return true;
    if (identity.kind === "user") return approver === identity.arn;
    return identity.kind === "sso" && (approver === identity.arn || isRoleOf(approver, identity));
  });
}

/** Compares two identities; what cannot be compared is unknown, never "no". */
export function samePerson(a: Identity, b: Identity, directory: Directory): Same {
  if (whyNobody(a, directory) !== undefined || whyNobody(b, directory) !== undefined) {
    return "unknown";
  }
  const [left, right] = [personName(a, directory), personName(b, directory)];
  const answers = signsOf(a, left, directory).flatMap(one =>
    signsOf(b, right, directory).map(other => compareSigns(one, other)),
  );
  if (answers.includes("yes")) return "yes";
  if (left !== undefined && right !== undefined) return "no";
  return answers.includes("no") ? "no" : "unknown";
}

/** A name somebody goes by, and where it is the only one of its kind. */
interface Sign {
  readonly kind: string;
  readonly realm: string;
  readonly name: string;
}

function signsOf(identity: Identity, person: string | undefined, directory: Directory): Sign[] {
  const texts = person === undefined ? [] : (directory.people[person] ?? []);
  return [identityKey(identity), ...texts.map(keyOfText)].flatMap(key => signOf(key) ?? []);
}

function signOf(key: string): Sign | undefined {
  const [, kind = "", rest = ""] = /^(sso|slack|mail|jwt):(.*)$/s.exec(key) ?? [];
  if (kind === "sso") return { kind, realm: "", name: rest.slice(rest.indexOf("/") + 1) };
  if (kind === "mail") return { kind, realm: "", name: rest };
  if (kind === "slack" || kind === "jwt") {
    return { kind, realm: rest.slice(0, rest.indexOf(kind === "jwt" ? "#" : "/")), name: rest };
  }
  const account = /^arn:[^:]+:iam::(\d{12}):user\//.exec(key)?.[1];
  return account === undefined ? undefined : { kind: "user", realm: account, name: key };
}

// A mail address can only show that two names are one person's: one person may have several.
function compareSigns(a: Sign, b: Sign): Same {
  const isMail = a.kind === "mail" || b.kind === "mail";
  if (isMail) {
    const isAlias = [a, b].every(({ kind }) => kind === "mail" || kind === "sso");
    return isAlias && a.name === b.name ? "yes" : "unknown";
  }
  if (a.kind !== b.kind || a.realm !== b.realm) return "unknown";
  return a.name === b.name ? "yes" : "no";
}
