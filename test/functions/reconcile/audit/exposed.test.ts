// An exposure in the words of a finding that is stored, and of an audit's finding.
import { describe, expect, it } from "vitest";
import {
  auditedExposure,
  type Exposure,
  type Sight,
} from "../../../../functions/reconcile/audit/exposed.ts";
import { lookAtSet } from "../../../../functions/reconcile/audit/exposures.ts";
import { auditId } from "../../../../functions/reconcile/audit/state.ts";
import type { AuditedInterface } from "../../../../matrix/audit/report.ts";
import type { SecurityGroup } from "../../../../matrix/group.ts";
import { auditOf, causeOf, NOW, REGION, SCOPE, sightOf } from "../../../support/auditing.ts";
import { actor } from "../../../support/findings.ts";
import { ACCOUNT } from "../../../support/judging.ts";
import { groupNamed, interfaceOf } from "../../../support/land.ts";

const WEB = "sg-0000000a";
const SPARE = "sg-0000000b";
const matrix = (mode = "enforce", more = "") => `
matrix: test
mode: ${mode}
groups: { web: { name: web, egress: listed }, db: { name: db, egress: listed }${more} }
flows:
  - { from: 10.0.0.0/8, to: web, ports: tcp 443, need: allowed }
`;
const forbid =
  "forbid:\n  - { from: public, to: web, ports: tcp 22 }\n  - { from: 203.0.113.0/24, to: web, ports: tcp 22 }\n";

const EVENT = { event: "ModifyNetworkInterfaceAttribute", at: NOW - 60_000 };
const sight = (...causes: Sight["causes"]): Sight => sightOf({ causes });
const audit = causeOf("audit-1", [], { kind: "audit" });

interface Worn {
  readonly text?: string;
  readonly groups?: readonly SecurityGroup[];
  readonly interfaces?: readonly AuditedInterface[];
  readonly from?: Sight;
}

/** What is exposed by a spare group beside a web server's. */
async function exposures({
  text = matrix(),
  groups = [
    groupNamed(WEB, "web", "ingress tcp 443 from 10.0.0.0/8"),
    groupNamed(SPARE, "spare", "ingress tcp 22 from 0.0.0.0/0"),
  ],
  interfaces = [interfaceOf("eni-1", [SPARE, WEB])],
  from = sight(audit),
}: Worn): Promise<Exposure[]> {
  const { view } = auditOf({ groups }, { matrix: text });
  const judged = new Map((await view.judge(groups)).map(one => [one.group.id, one]));
  const set = { groups: groups.map(({ id }) => id).sort(), interfaces };
  return lookAtSet(from, set, judged, view).exposures;
}

async function only(worn: Worn): Promise<Exposure> {
  const [one, ...more] = await exposures(worn);
  expect(more).toEqual([]);
  if (!one) throw new Error("nothing is exposed");
  return one;
}

const RULE = `ingress tcp 22 from 0.0.0.0/0 beside ${WEB}`;

describe("an exposure that an audit sees", () => {
  it("is a finding of the group whose rule lets it in", async () => {
    expect(await only({})).toStrictEqual({
      groups: [WEB, SPARE],
      parts: ["web"],
      finding: {
        ...{ id: "", occurrence: 0, kind: "exposure", account: ACCOUNT, region: REGION },
        group: { id: SPARE, name: "spare", vpcId: "vpc-0000000a" },
        ...{ parts: [], mode: "enforce", rule: RULE, after: [] },
        because: "none of the parts web permits it",
        trigger: { kind: "audit", id: "audit-1" },
        ...{ outcome: "reported", seenAt: "2026-11-28T07:00:00.000Z", matrixVersion: "7" },
        ...{ calls: [], owed: [], notes: [], breaks: [] },
        exposed: {
          interfaces: ["eni-1"],
          groups: [`${WEB} web, part web`, `${SPARE} spare, which no entry selects`],
          reach: ["public: tcp 22", "private: tcp 22; some of private: tcp 443"],
        },
      },
    });
  });

  it("says what of the rule the parts permit", async () => {
    const groups = [
      groupNamed(WEB, "web"),
      groupNamed(SPARE, "spare", "ingress tcp 443 from 10.0.0.0/7"),
    ];
    const { finding } = await only({ groups });
    expect(finding).toMatchObject({
      after: ["ingress tcp 443 from 10.0.0.0/8"],
      because: "of it the parts web permit only ingress tcp 443 from 10.0.0.0/8",
    });
  });

  it("names every forbid that it breaks", async () => {
    const { finding } = await only({ text: `${matrix()}${forbid}` });
    expect(finding.breaks).toEqual(["public to web tcp 22", "203.0.113.0/24 to web tcp 22"]);
    expect(finding.because).toBe(
      "none of the parts web permits it; it breaks the forbid public to web tcp 22 and 203.0.113.0/24 to web tcp 22",
    );
  });
});

describe("an exposure that an event causes", () => {
  const at = "2026-11-28T06:59:00.000Z";
  const made = causeOf("e-made", [WEB, SPARE, "sg-0000000c"], { ...EVENT, actor });
  const near = causeOf("e-near", [SPARE], { ...EVENT, actor });
  const far = causeOf("e-far", ["sg-0000000c"], { ...EVENT, actor });

  it("is laid at the one who put all its groups on, at the time he did", async () => {
    const { finding } = await only({ from: sight(far, near, made) });
    expect(finding).toMatchObject({
      trigger: { kind: "event", id: "e-made", event: "ModifyNetworkInterfaceAttribute", at },
      ...{ actor, openedAt: at },
    });
  });
  it("is caused, and made by nobody, where an event names only some of its groups", async () => {
    const { finding } = await only({ from: sight(far, near) });
    expect(finding.trigger.id).toBe("e-near");
    expect(finding).not.toHaveProperty("actor");
    expect(finding).not.toHaveProperty("openedAt");
  });
  it("is caused by the first event where none names any of its groups", async () => {
    const { finding } = await only({ from: sight(far, audit) });
    expect(finding.trigger.id).toBe("e-far");
  });
  it("of whom and when nothing is known says neither", async () => {
    const unknown = causeOf("audit-2", [WEB, SPARE], { kind: "audit" });
    const { finding } = await only({ from: sight(unknown) });
    expect(finding.trigger).toStrictEqual({ kind: "audit", id: "audit-2" });
    expect(finding).not.toHaveProperty("actor");
    expect(finding).not.toHaveProperty("openedAt");
  });
});

describe("the mode of an exposure", () => {
  const groups = [
    groupNamed(WEB, "web"),
    groupNamed("sg-0000000c", "db"),
    groupNamed(SPARE, "spare", "ingress tcp 22 from 0.0.0.0/0"),
  ];
  const modes = (web: string, db: string) =>
    matrix()
      .replace("{ name: web,", `{ name: web, mode: ${web},`)
      .replace("{ name: db,", `{ name: db, mode: ${db},`);

  it.each([
    ["observe", "observe", "observe"],
    ["observe", "revoke", "revoke"],
    ["enforce", "revoke", "enforce"],
    ["observe", "enforce", "enforce"],
  ])("of groups in %s and %s is %s", async (web, db, mode) => {
    const { finding, parts } = await only({ groups, text: modes(web, db) });
    expect([finding.mode, parts]).toEqual([mode, ["web", "db"]]);
    expect(finding.because).toBe("none of the parts web + db permits it");
  });
});

describe("a rule that one part permits and another forbids", () => {
  const groups = [
    groupNamed(WEB, "web", "ingress tcp 443 from 10.0.0.0/8"),
    groupNamed("sg-0000000c", "db"),
  ];
  const text = `${matrix()}forbid:\n  - { from: 10.0.0.0/8, to: db, ports: tcp 443, reason: never }\n`;

  it("is an exposure of a group that plays a part itself", async () => {
    const { finding, parts } = await only({ groups, text });
    expect(finding).toMatchObject({
      ...{ parts: ["web"], after: ["ingress tcp 443 from 10.0.0.0/8"] },
      because:
        "permitted by one of the parts web + db; it breaks the forbid 10.0.0.0/8 to db tcp 443 (never)",
    });
    expect(parts).toEqual(["web", "db"]);
  });
});

describe("what an exposure comes from", () => {
  it("names whatever is known of an interface, and two of its addresses", async () => {
    const addresses = ["10.0.0.4", "10.0.0.5", "10.0.0.6"];
    const interfaces = [
      interfaceOf("eni-1", [], { addresses, publicAddress: "203.0.113.10", description: "web 1" }),
      interfaceOf("eni-2", [], { instance: "i-2", description: "web 2" }),
      interfaceOf("eni-3", []),
    ];
    const { finding } = await only({ interfaces });
    expect(finding.exposed?.interfaces).toEqual([
      "web 1 eni-1 10.0.0.4 10.0.0.5 public 203.0.113.10",
      "i-2 eni-2",
      "eni-3",
    ]);
  });
  it.each([
    [50, 50, "eni-49"],
    [51, 51, "and 1 more"],
    [70, 51, "and 20 more"],
  ])("of %i interfaces has %i lines, the last of them: %s", async (count, lines, last) => {
    const interfaces = Array.from({ length: count }, (_, at) => interfaceOf(`eni-${at}`, []));
    const listed = (await only({ interfaces })).finding.exposed?.interfaces ?? [];
    expect([listed.length, listed.at(-1), listed[49]]).toEqual([lines, last, "eni-49"]);
  });
  it("says what a network reaches wholly, in part, and both", async () => {
    const networks =
      "networks: { office: [203.0.113.0/24], home: [198.51.100.0/24], far: [192.0.2.0/24] }";
    const rules = [
      "ingress tcp 22 from 203.0.113.0/24",
      "ingress tcp 80 from 203.0.113.9/32",
      "ingress tcp 81 from 198.51.100.9/32",
    ];
    const groups = [
      groupNamed(WEB, "web", ...rules),
      groupNamed(SPARE, "spare", "ingress tcp 23 from 203.0.113.0/24"),
    ];
    const { finding } = await only({ groups, text: `${matrix()}${networks}\n` });
    expect(finding.exposed?.reach).toEqual([
      "some of public: tcp 22-23, tcp 80-81",
      "office: tcp 22-23; some of office: tcp 80",
      "some of home: tcp 81",
    ]);
  });
  it("names every part of a group that plays several", async () => {
    const text = matrix("enforce", ", all: { tags: { fleet: web }, egress: listed }");
    const web = { ...groupNamed(WEB, "web"), tags: { fleet: "web" } };
    const groups = [web, groupNamed(SPARE, "spare", "ingress tcp 22 from 0.0.0.0/0")];
    const { finding, parts } = await only({ groups, text });
    expect(finding.exposed?.groups[0]).toBe(`${WEB} web, part web + all`);
    expect(parts).toEqual(["web", "all"]);
  });
  it("leaves out the VPC of a group that has none", async () => {
    const { vpcId: _, ...classic } = groupNamed(SPARE, "spare", "ingress tcp 22 from 0.0.0.0/0");
    const { finding } = await only({ groups: [groupNamed(WEB, "web"), classic] });
    expect(finding.group).toEqual({ id: SPARE, name: "spare" });
  });
});

describe("the finding that an audit makes of it", () => {
  it("says whose interfaces are exposed, and has an id of its own", async () => {
    const exposure = await only({ text: `${matrix()}${forbid}` });
    const interfaces = [interfaceOf("eni-1", [], { instance: "i-1" }), interfaceOf("eni-2", [])];
    expect(auditedExposure(SCOPE, exposure, interfaces)).toEqual({
      id: auditId(SCOPE, { kind: "exposure", group: SPARE, rule: RULE }),
      ...{ kind: "exposure", severity: "critical", group: SPARE, groupName: "spare" },
      ...{ parts: ["web"], rule: RULE, because: `i-1, eni-2: ${exposure.finding.because}` },
    });
  });
  it.each([
    [5, "eni-0, eni-1, eni-2, eni-3, eni-4"],
    [7, "eni-0, eni-1, eni-2, eni-3, eni-4 and 2 more"],
  ])("names five of %i interfaces", async (count, who) => {
    const exposure = await only({});
    const interfaces = Array.from({ length: count }, (_, at) => interfaceOf(`eni-${at}`, []));
    const { because, severity } = auditedExposure(SCOPE, exposure, interfaces);
    expect(because).toBe(`${who}: none of the parts web permits it`);
    expect(severity).toBe("high");
  });
});
