// Who is a person, who two identities are, and who may approve.
import { describe, expect, it } from "vitest";
import {
  type Directory,
  type Identity,
  identityKey,
  identityOf,
  identityOfActor,
  identityText,
  isApprover,
  personKey,
  personName,
  samePerson,
  whyNobody,
} from "../../matrix/exceptions/person.ts";

const ACCOUNT = "111122223333";
const OTHER = "444455556666";
const ROLE = "AWSReservedSSO_Security_0123456789abcdef";
const RESERVED = `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/${ROLE}`;

const session = (name: string, role = ROLE, account = ACCOUNT): string =>
  `arn:aws:sts::${account}:assumed-role/${role}/${name}`;
const user = (name: string, account = ACCOUNT): Identity =>
  identityOf(`arn:aws:iam::${account}:user/${name}`);
const slack = (team: string, name: string): Identity => ({ kind: "slack", team, user: name });
const jwt = (issuer: string, subject: string): Identity => ({ kind: "jwt", issuer, subject });
const mail = (address: string): Identity => ({ kind: "mail", address });
const reserved = (name: string): Identity => identityOf(session(name), RESERVED);

const directory: Directory = {
  account: ACCOUNT,
  people: {
    wang: ["sso:AWSReservedSSO_Security/wang@example.com", "slack:T01/U02", "mail:w@example.com"],
    li: [`arn:aws:iam::${ACCOUNT}:user/li`, "jwt:https://id.example.com#Li"],
    sun: ["mail:sun@example.com"],
    gao: ["mail:i#a@example.com"],
  },
  approvers: ["wang", `arn:aws:iam::${ACCOUNT}:user/chen`],
};

describe("a person", () => {
  it.each<[string, string, string | undefined, boolean]>([
    ["an IAM user", `arn:aws:iam::${ACCOUNT}:user/path/li`, undefined, true],
    ["an Identity Center session whose role is seen whole", session("a@b.c"), RESERVED, true],
    ["one whose role was not seen", session("a@b.c"), undefined, false],
    [
      "one whose role only has such a name",
      session("a"),
      `arn:aws:iam::${ACCOUNT}:role/${ROLE}`,
      false,
    ],
    [
      "one of another account",
      session("a@b.c", ROLE, "444455556666"),
      RESERVED.replace(ACCOUNT, "444455556666"),
      false,
    ],
    ["a role session", session("wang@example.com", "Admin"), undefined, false],
    ["the root user", `arn:aws:iam::${ACCOUNT}:root`, undefined, false],
    ["a federated user", `arn:aws:sts::${ACCOUNT}:federated-user/li`, undefined, false],
    ["a role", `arn:aws:iam::${ACCOUNT}:role/Admin`, undefined, false],
    ["no ARN", "wang", undefined, false],
  ])("%s", (_, arn, roleArn, isPerson) => {
    expect(whyNobody(identityOf(arn, roleArn), directory) === undefined).toBe(isPerson);
  });

  it.each([
    ["people name the role whole", { people: { a: [`sso:${ROLE}/a@b.c`] } }],
    ["the role's ARN is under approvers", { approvers: [RESERVED] }],
    ["a session of it is under approvers", { approvers: [session("boss@b.c")] }],
  ])("an Identity Center session is one where %s", (name, more) => {
    const pinned = { ...directory, ...more };
    const isExact = name.startsWith("a session");
    const who = identityOf(session(isExact ? "boss@b.c" : "x@b.c"));
    expect(whyNobody(who, pinned)).toBeUndefined();
    const forged = identityOf(session("x@b.c", "AWSReservedSSO_Security_ffffffffffffffff"));
    expect(whyNobody(forged, pinned)).toMatch(/is not known/);
  });

  it.each([
    ["AWSService", undefined, true],
    ["Root", `arn:aws:iam::${ACCOUNT}:root`, true],
    ["IAMUser", `arn:aws:iam::${ACCOUNT}:user/li`, false],
    ["AssumedRole", session("ci", "Deploy"), true],
    ["AssumedRole", session("li"), false],
    ["AssumedRole", undefined, true],
    ["IAMUser", undefined, true],
    ["FederatedUser", `arn:aws:iam::${ACCOUNT}:user/li`, true],
  ])("an actor of type %s", (type, arn, isNobody) => {
    const actor = { type, name: "n", nameChosenByCaller: false, ...(arn ? { arn } : {}) };
    expect(identityOfActor(actor).kind === "nobody").toBe(isNobody);
  });

  it.each([
    ["a permission set's role, whatever its suffix", reserved("Wang@example.com"), "wang"],
    ["Slack", slack("T01", "U02"), "wang"],
    ["an IAM user", user("li"), "li"],
    ["a token", jwt("https://id.example.com", "Li"), "li"],
    ["a token of another subject", jwt("https://id.example.com", "li"), undefined],
    ["a name that people do not have", user("zhao"), undefined],
    ["a mail address in any case", mail("W@Example.com"), "wang"],
    ["an address that people do not have", mail("zhao@example.com"), undefined],
    ["an address that only contains one", mail("w@example.com.evil.example"), undefined],
    [
      "a session of another account",
      identityOf(session("wang@example.com", ROLE, OTHER)),
      undefined,
    ],
    ["nobody", identityOf(session("wang@example.com", "Admin")), undefined],
  ])("is named by people: %s", (_, identity, name) => {
    expect(personName(identity, directory)).toBe(name);
  });
});

it.each<[string, string, boolean]>([
  ["that people have", "w@example.com", true],
  ["that people have, in another case", "SUN@EXAMPLE.COM", true],
  ["that nobody has", "zhao@example.com", false],
  ["that is the name of a session and no mail", "wang@example.com", false],
  ["that is empty", "", false],
])("a mail address %s is a person: %#", (_, address, isPerson) => {
  expect(whyNobody(mail(address), directory) === undefined).toBe(isPerson);
  expect(identityKey(mail(address))).toBe(`mail:${address.toLowerCase()}`);
  expect(identityText(mail(address))).toBe(`mail:${address.toLowerCase()}`);
});

describe("an identity", () => {
  const chosen = "a role session's name is its caller's choice, so it is nobody";
  const forged = RESERVED.replace(ACCOUNT, OTHER);
  it.each<[string, string, string | undefined, Partial<Identity>]>([
    ["a user", `arn:aws:iam::${ACCOUNT}:user/li`, undefined, { kind: "user", account: ACCOUNT }],
    [
      "a session",
      session("a"),
      undefined,
      { kind: "sso", account: ACCOUNT, role: ROLE, name: "a" },
    ],
    ["a session and its role", session("a"), RESERVED, { kind: "sso", isReserved: true }],
    [
      "a session and its role of another account",
      session("a"),
      forged,
      { kind: "nobody", because: chosen },
    ],
    [
      "a session and another role",
      session("a"),
      RESERVED.replace("Security", "Dev"),
      { kind: "nobody", because: chosen },
    ],
    [
      "a session of some role",
      session("a", "Admin"),
      undefined,
      { kind: "nobody", because: chosen },
    ],
    [
      "the root user",
      `arn:aws:iam::${ACCOUNT}:root`,
      undefined,
      { kind: "nobody", because: "the root user is whoever holds its password" },
    ],
    [
      "a role",
      `arn:aws:iam::${ACCOUNT}:role/Admin`,
      undefined,
      { kind: "nobody", because: "it is no user and no session of a person" },
    ],
  ])("is read from the ARN of %s", (_, arn, roleArn, identity) => {
    const read = identityOf(arn, roleArn);
    expect(read).toMatchObject(identity);
    expect("isReserved" in read).toBe("isReserved" in identity);
    expect(identityText(read)).toBe(arn);
  });

  const nobody = identityOf(session("x", "Admin"));
  it.each<[Identity, string, string]>([
    [user("Li"), `arn:aws:iam::${ACCOUNT}:user/li`, `arn:aws:iam::${ACCOUNT}:user/Li`],
    [reserved("A@b.c"), `sso:${ROLE.toLowerCase()}/a@b.c`, session("A@b.c")],
    [jwt("https://I", "Li"), "jwt:https://I#Li", "jwt:https://I#Li"],
    [slack("T01", "U02"), "slack:t01/u02", "slack:t01/u02"],
    [nobody, `nobody:${session("x", "Admin")}`, session("x", "Admin")],
  ])("%o has a key and a text", (identity, key, text) => {
    expect([identityKey(identity), identityText(identity)]).toEqual([key, text]);
  });

  it("of a call that tells no person says by what it was made", () => {
    const root = { type: "Root", name: "root", nameChosenByCaller: false };
    expect(identityOfActor({ ...root, arn: `arn:aws:iam::${ACCOUNT}:root` })).toEqual({
      ...{ kind: "nobody", name: "root", because: "a call as Root tells no person" },
    });
  });

  it("counts as the person that people name, else as itself", () => {
    expect(personKey(slack("T01", "U02"), directory)).toBe("wang");
    expect(personKey(slack("T01", "U09"), directory)).toBe("slack:t01/u09");
  });

  it.each<[string, Identity, RegExp]>([
    ["nobody", nobody, /^a role session's name is its caller's choice/],
    ["a mail address that nobody has", mail("x@b.c"), /^nobody under people has mail:x@b\.c$/],
    [
      "another account",
      identityOf(session("a", ROLE, OTHER)),
      /^the session is of account 444455556666/,
    ],
    ["a role that nothing names whole", identityOf(session("a")), /: name it whole under people/],
  ])("says why it is no person: %s", (_, identity, why) => {
    expect(whyNobody(identity, directory)).toMatch(why);
  });

  it("is pinned by the role's ARN of its own account and name only, whatever stands beside it", () => {
    const pinned = (...approvers: string[]) =>
      whyNobody(identityOf(session("a")), { ...directory, approvers }) === undefined;
    expect(pinned("wang", RESERVED)).toBe(true);
    expect(pinned(RESERVED.replace(ACCOUNT, OTHER))).toBe(false);
    expect(pinned(RESERVED.replace("Security", "Dev"))).toBe(false);
    const people = { a: ["slack:T01/U02", `sso:${ROLE}/x`], b: ["slack:T01/U03"] };
    expect(whyNobody(identityOf(session("a")), { ...directory, people })).toBeUndefined();
    // A set named without its suffix may have a role of that very name that is somebody's own.
    const short = identityOf(session("a", "AWSReservedSSO_Security"));
    const set = { ...directory, people: { a: ["sso:AWSReservedSSO_Security/a"] } };
    expect(whyNobody(short, set)).toMatch(/is not known/);
    const exact = session("a", "AWSReservedSSO_Security");
    expect(whyNobody(short, { ...directory, approvers: [exact] })).toMatch(/is not known/);
  });
});

describe("samePerson", () => {
  const foreign = identityOf(session("wang@example.com", ROLE, OTHER));
  it.each<[string, Identity, Identity, string]>([
    ["one identity", user("li"), user("li"), "yes"],
    ["user names in another case", user("Li"), user("lI"), "yes"],
    ["two that people join", slack("T01", "U02"), reserved("wang@example.com"), "yes"],
    [
      "one Identity Center user in two roles",
      reserved("x@b.c"),
      { ...reserved("x@b.c"), role: "AWSReservedSSO_Dev_1" } as Identity,
      "yes",
    ],
    [
      "a mail alias and a session of that name",
      slack("T01", "U02"),
      reserved("w@example.com"),
      "yes",
    ],
    ["two people", user("li"), slack("T01", "U02"), "no"],
    ["two users", user("zhao"), user("qian"), "no"],
    ["two sessions", reserved("a@b.c"), reserved("d@b.c"), "no"],
    ["an unknown colleague in Slack", slack("T01", "U09"), reserved("wang@example.com"), "no"],
    ["two of one issuer", jwt("i", "a"), jwt("i", "b"), "no"],
    ["two issuers", jwt("i", "a"), jwt("j", "a"), "unknown"],
    ["two Slack teams", slack("T01", "U05"), slack("T02", "U05"), "unknown"],
    ["users of two accounts", user("zhao"), user("zhao", "444455556666"), "unknown"],
    ["a session of another account, twice", foreign, foreign, "unknown"],
    [
      "a session and one of that name in another account",
      reserved("wang@example.com"),
      foreign,
      "unknown",
    ],
    ["a Slack user and a token of one realm", slack("T01", "U09"), jwt("t01", "x"), "unknown"],
    [
      "an address and a token that reads like it",
      mail("i#a@example.com"),
      jwt("i", "a@example.com"),
      "unknown",
    ],
    ["somebody and a session of another account", user("zhao"), foreign, "unknown"],
    ["an unknown user and a Slack user of one name", user("u05"), slack("T01", "U05"), "unknown"],
    [
      "two tokens of one issuer with a slash",
      jwt("https://i", "a/b"),
      jwt("https://i", "c/b"),
      "no",
    ],
    ["two tokens of two issuers", jwt("https://i", "a"), jwt("https://i/t", "a"), "unknown"],
    ["two Slack users of one team, nothing alike", slack("T01", "U17"), slack("T01", "U08"), "no"],
    ["two Slack users of one team", slack("T01", "U07"), slack("T01", "U08"), "no"],
    ["an address and another session", mail("sun@example.com"), reserved("x@b.c"), "unknown"],
    [
      "an address and a Slack user of that name",
      mail("sun@example.com"),
      slack("T01", "sun@example.com"),
      "unknown",
    ],
    ["different kinds", user("zhao"), reserved("wang@example.com"), "unknown"],
    ["nobody", user("li"), identityOf(session("li", "Admin")), "unknown"],
    ["one address twice", mail("sun@example.com"), mail("Sun@example.com"), "yes"],
    ["an address and Slack that people join", mail("w@example.com"), slack("T01", "U02"), "yes"],
    [
      "an address and a session of that name",
      mail("sun@example.com"),
      reserved("sun@example.com"),
      "yes",
    ],
    ["two people, one by mail", mail("sun@example.com"), user("li"), "no"],
    ["an address and a user nobody names", mail("sun@example.com"), user("zhao"), "unknown"],
    ["an address that nobody has, twice", mail("x@b.c"), mail("x@b.c"), "unknown"],
    [
      "nobody twice",
      identityOf(session("x", "Admin")),
      identityOf(session("x", "Admin")),
      "unknown",
    ],
  ])("%s", (_, a, b, same) => {
    expect(samePerson(a, b, directory)).toBe(same);
    expect(samePerson(b, a, directory)).toBe(same);
  });
});

describe("an approver", () => {
  it.each<[string, Identity, boolean]>([
    ["a person of the list", slack("T01", "U02"), true],
    ["an exact ARN", user("chen"), true],
    ["a person who is not on it", user("li"), false],
    ["an ARN that only begins so", user("chen2"), false],
    ["the same name in another account", user("chen", "444455556666"), false],
    ["a person of the list, by mail", mail("W@example.com"), true],
    ["a person who is not on it, by mail", mail("sun@example.com"), false],
    ["an address that nobody has", mail("chen@example.com"), false],
    ["a session that calls itself so", identityOf(session("wang@example.com")), false],
  ])("%s", (_, identity, may) => {
    expect(isApprover(identity, directory)).toBe(may);
  });

  const otherRole = "AWSReservedSSO_Security_ffffffffffffffff";
  it.each<[string, Identity, string, boolean]>([
    ["a session by its role's ARN", reserved("a"), RESERVED, true],
    ["a session by its own ARN", reserved("a"), session("a"), true],
    ["not a session by another's ARN", reserved("a"), session("b"), false],
    [
      "not a session by another role's ARN",
      reserved("a"),
      RESERVED.replace(ROLE, otherRole),
      false,
    ],
    [
      "not a session by a role's ARN of another account",
      reserved("a"),
      RESERVED.replace(ACCOUNT, OTHER),
      false,
    ],
    [
      "not a session of another account by its ARN",
      identityOf(session("a", ROLE, OTHER)),
      session("a", ROLE, OTHER),
      false,
    ],
    ["not nobody by his ARN", identityOf(session("a", "Admin")), session("a", "Admin"), false],
    ["not a user by a role's ARN", user("li"), RESERVED, false],
    ["not Slack by what is no ARN", slack("T01", "U09"), "slack:t01/u09", false],
  ])("is %s", (_, identity, approver, may) => {
    expect(isApprover(identity, { ...directory, people: {}, approvers: [approver] })).toBe(may);
  });
});
