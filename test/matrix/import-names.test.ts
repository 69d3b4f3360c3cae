// The names of an import: entries after their groups, networks after what people wrote or what they are
// for, each a name that a matrix can have, and one thing's only.
import { describe, expect, it } from "vitest";
import { newNaming } from "../../matrix/import/import-names.ts";
import { group, ids, imported, sectionOf } from "../support/imported.ts";

const A = "10.0.0.1/32";
const B = "10.0.0.2/32";
const C = "10.0.3.0/24";

/** Rules that let peers in on these ports, with one description. */
const from = (ports: string, peers: readonly string[], description = "") =>
  Object.fromEntries(peers.map(peer => [`ingress ${ports} from ${peer}`, description]));
const to = (ports: string, peers: readonly string[], description = "") =>
  Object.fromEntries(peers.map(peer => [`egress ${ports} to ${peer}`, description]));

const networksOf = (...groups: Parameters<typeof imported>) =>
  sectionOf(imported(...groups), "networks");
const flowsOf = (...groups: Parameters<typeof imported>) => sectionOf(imported(...groups), "flows");

describe("a network of blocks that nobody described", () => {
  it.each([
    ["tcp 22", "ssh"],
    ["udp 53", "dns"],
    ["tcp 80", "web"],
    ["tcp 443", "web"],
    ["tcp 3306", "mysql"],
    ["tcp 3389", "rdp"],
    ["tcp 5432", "postgres"],
    ["tcp 6379", "redis"],
    ["tcp 27017", "mongo"],
    ["tcp 9000", "9000"],
    ["tcp 9000-9010", "9000-9010"],
    ["icmp 8/0", "proto-1"],
    ["proto 47", "proto-47"],
    ["all", "all"],
  ])("of %s is named after its group and %s", (ports, word) => {
    const network = `api-${word}-clients: [10.0.0.1, 10.0.0.2]`;
    expect(networksOf(group("api", from(ports, [A, B])))).toEqual([network]);
  });

  it("is named after its first port, unless there are more than three", () => {
    const named = (...ports: readonly number[]) =>
      networksOf(
        group("api", Object.assign({}, ...ports.map(port => from(`tcp ${port}`, [A, B])))),
      );
    expect(named(7, 8, 9)).toEqual(["api-7-clients: [10.0.0.1, 10.0.0.2]"]);
    expect(named(7, 8, 9, 10)).toEqual(["api-many-clients: [10.0.0.1, 10.0.0.2]"]);
  });

  it("is named after several groups as shared, and after where it is", () => {
    expect(networksOf(group("api", to("tcp 22", [A, B])))).toEqual([
      "api-ssh-targets: [10.0.0.1, 10.0.0.2]",
    ]);
    expect(
      networksOf(group("api", from("tcp 22", [A, B])), group("db", from("tcp 22", [B, A]))),
    ).toEqual(["shared-ssh-clients: [10.0.0.1, 10.0.0.2]"]);
  });

  it("is one network for two flows with the same blocks", () => {
    const groups = [group("api", from("tcp 22", [A, B])), group("db", from("tcp 23", [B, A]))];
    expect(networksOf(...groups)).toEqual(["api-ssh-clients: [10.0.0.1, 10.0.0.2]"]);
    expect(flowsOf(...groups)).toEqual([
      "- { from: api-ssh-clients, to: api, ports: tcp 22, need: allowed }",
      "- { from: api-ssh-clients, to: db, ports: tcp 23, need: allowed }",
    ]);
  });

  it("is none for a single block, for everybody, or for groups", () => {
    const rules = { ...from("tcp 22", [A]), ...from("tcp 23", ["0.0.0.0/0", "::/0"]) };
    const api = group("api", { ...rules, ...from("tcp 24", [ids.db, ids.web]) });
    const text = imported(api, group("db", {}), group("web", {}));
    expect(text).not.toContain("networks:");
    expect(sectionOf(text, "flows")[0]).toBe(
      "- { from: 10.0.0.1, to: api, ports: tcp 22, need: allowed }",
    );
  });
});

describe("a network that people described", () => {
  it("has their word, and its blocks even if others stand beside them", () => {
    const api = group("api", { ...from("tcp 22", [A], "Büro (alt)"), ...from("tcp 22", [B, C]) });
    const db = group("db", from("tcp 23", [A], "Büro (alt)"));
    expect(networksOf(api, db)).toEqual([
      "Büro-alt: [10.0.0.1]",
      "api-ssh-clients: [10.0.0.2, 10.0.3.0/24]",
    ]);
    expect(flowsOf(api, db)).toEqual([
      '- { from: [Büro-alt, api-ssh-clients], to: api, ports: tcp 22, need: allowed, purpose: "Büro (alt)" }',
      '- { from: Büro-alt, to: db, ports: tcp 23, need: allowed, purpose: "Büro (alt)" }',
    ]);
  });

  it("leaves the last block by itself", () => {
    const api = group("api", { ...from("tcp 22", [A], "office"), ...from("tcp 22", [B]) });
    const db = group("db", from("tcp 23", [A], "office"));
    expect(networksOf(api, db)).toEqual(["office: [10.0.0.1]"]);
    expect(flowsOf(api, db)[0]).toBe(
      '- { from: [office, 10.0.0.2], to: api, ports: tcp 22, need: allowed, purpose: "office" }',
    );
  });

  it("is of all blocks together where they come together, and of one where it comes alone", () => {
    const api = group("api", from("tcp 22", [A, B], "office"));
    const db = group("db", from("tcp 23", [A], "office"));
    expect(networksOf(api, db)).toEqual([
      "office: [10.0.0.1, 10.0.0.2]",
      "office-network: [10.0.0.1]",
    ]);
    expect(flowsOf(api, db)).toEqual([
      '- { from: office, to: api, ports: tcp 22, need: allowed, purpose: "office" }',
      '- { from: office-network, to: db, ports: tcp 23, need: allowed, purpose: "office" }',
    ]);
  });

  it("is none for a block that is used once", () => {
    expect(networksOf(group("api", from("tcp 22", [A], "office")))).toEqual([]);
  });

  it.each([
    ["of forty letters", "a".repeat(40), "a".repeat(40)],
    ["of more than forty letters", "a".repeat(41), "api-ssh-clients"],
    ["without a letter", "2026-11", "api-ssh-clients"],
  ])("has a word %s or not", (_, word, name) => {
    expect(networksOf(group("api", from("tcp 22", [A, B], word)))).toEqual([
      `${name}: [10.0.0.1, 10.0.0.2]`,
    ]);
  });

  it("has no word where people wrote several things, or nothing, beside one block", () => {
    const other = (description: string) => group("db", from("tcp 23", [A], description));
    const api = group("api", from("tcp 22", [A, B], "office"));
    const name = ["office", "api-ssh-clients"];
    const names = ["office", "home", ""].map(
      word => networksOf(api, other(word))[0]?.split(":")[0],
    );
    expect(names).toEqual([name[0], name[1], name[1]]);
  });
});

describe("naming", () => {
  it.each([
    ["office", "office"],
    ["Office VPN (old)", "Office-VPN-old"],
    ["  -- a &&& b --.. ", "a-b"],
    ["数据库", "数据库"],
    ["1e5", "1e5"],
    ["", "network"],
    ["()", "network"],
    ["10.0.0.1", "10.0.0.1-network"],
    ["public", "public-network"],
    ["private", "private-network"],
    ["others", "others-network"],
    ["x".repeat(70), "x".repeat(64)],
  ])("makes of %j the name %j", (wish, name) => {
    expect(newNaming().take(wish, "network")).toBe(name);
  });

  it("gives a name once, then beside a second one, then the second one, then that with a number", () => {
    const naming = newNaming();
    const names = Array.from({ length: 5 }, () => naming.take("web", "group"));
    expect(names).toEqual(["web", "web-group", "group", "group-2", "group-3"]);
    const long = "x".repeat(70);
    expect([naming.take(long, "g"), naming.take(long, "g")]).toEqual([
      "x".repeat(64),
      `${"x".repeat(40)}-g`,
    ]);
  });
});
