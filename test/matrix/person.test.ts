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
  personName,
  samePerson,
  whyNobody,
} from "../../matrix/exceptions/person.ts";

const ACCOUNT = "111122223333";
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

describe("samePerson", () => {
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
});
