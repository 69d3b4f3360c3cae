// Security groups out of a Terraform state, and where it is told that something of it cannot be read.
import { describe, expect, it } from "vitest";
import { InputError } from "../../matrix/errors.ts";
import { readTerraformState } from "../../matrix/import/terraform.ts";
import { formatRule } from "../../matrix/rules/rule.ts";
import { ACCOUNT, ids, VPC } from "../support/imported.ts";

const resource = (type: string, attributes: object, more: object = {}) => ({
  ...{ mode: "managed", type, name: "x", provider: "aws" },
  instances: [{ schema_version: 1, attributes }],
  ...more,
});

const state = (...resources: object[]) => ({ version: 4, terraform_version: "1.9.0", resources });
const base = { owner_id: ACCOUNT, vpc_id: VPC, tags: null, ingress: [], egress: [] };

describe("a Terraform state", () => {
  it("gives groups with inline and standalone rules of every kind, in modules and instances", () => {
    const inline = {
      ...{ from_port: 443, to_port: 443, protocol: "tcp", description: "all", self: true },
      ...{ cidr_blocks: ["0.0.0.0/0"], ipv6_cidr_blocks: ["::/0"], prefix_list_ids: [] },
      security_groups: [ids.db, `222233334444/${ids.api}`],
    };
    const { groups, notes } = readTerraformState(
      "t.json",
      state(
        resource("aws_security_group", { ...base, id: ids.web, name: "web", ingress: [inline] }),
        resource(
          "aws_security_group_rule",
          {
            ...{
              security_group_id: ids.web,
              type: "egress",
              from_port: 0,
              to_port: 0,
              protocol: "-1",
            },
            ...{ cidr_blocks: ["10.0.0.0/8"], source_security_group_id: null, self: false },
          },
          { module: "module.net" },
        ),
        resource("aws_vpc_security_group_ingress_rule", undefined as never, {
          instances: [
            {
              index_key: "ssh",
              attributes: {
                ...{ security_group_id: ids.web, ip_protocol: "tcp", from_port: 22, to_port: 22 },
                ...{ cidr_ipv4: null, referenced_security_group_id: ids.db },
              },
            },
            {
              index_key: 1,
              attributes: {
                ...{ security_group_id: ids.api, ip_protocol: "icmp", from_port: 8, to_port: 0 },
                cidr_ipv4: "10.0.0.0/8",
              },
            },
          ],
        }),
        resource("aws_instance", { id: "i-1" }),
        { mode: "data", type: "aws_security_group", name: "d", instances: [{ attributes: {} }] },
      ),
    );
    expect(groups.map(({ id, name, vpcId }) => [id, name, vpcId])).toEqual([[ids.web, "web", VPC]]);
    expect(groups[0]?.rules.map(({ rule }) => formatRule(rule)).toSorted()).toEqual(
      [
        "egress all to 10.0.0.0/8",
        `ingress tcp 22 from ${ids.db}`,
        "ingress tcp 443 from 0.0.0.0/0",
        "ingress tcp 443 from ::/0",
        `ingress tcp 443 from ${ids.web}`,
        `ingress tcp 443 from ${ids.db}`,
        `ingress tcp 443 from ${ids.api}@222233334444`,
      ].toSorted(),
    );
    expect(notes).toEqual([`groups of which the state has rules only: ${ids.api}`]);
  });

  it("counts a rule once that a group has inline and as a resource", () => {
    const one = { from_port: 22, to_port: 22, protocol: "tcp", cidr_blocks: ["10.0.0.0/8"] };
    const { groups } = readTerraformState(
      "t.json",
      state(
        resource("aws_security_group", { ...base, id: ids.web, name: "web", ingress: [one] }),
        resource("aws_security_group_rule", {
          ...one,
          security_group_id: ids.web,
          type: "ingress",
        }),
      ),
    );
    expect(groups[0]?.rules).toHaveLength(1);
  });

  /** The groups of a state as the texts of their rules, each with its description. */
  const rulesOf = (...resources: object[]) =>
    readTerraformState("t.json", state(...resources)).groups.map(({ rules }) =>
      rules.map(({ rule, ...said }) => [formatRule(rule), said]),
    );
  const web = (more: object = {}) =>
    resource("aws_security_group", { ...base, id: ids.web, name: "web", ...more });
  const ports = { from_port: 22, to_port: 23, protocol: "tcp" };
  const LIST = "pl-0123456789abcdef0";

  it("keeps descriptions, and counts an empty one as none", () => {
    const inline = { ...ports, cidr_blocks: ["10.0.0.0/8"], description: "office" };
    const single = { security_group_id: ids.web, ip_protocol: "udp", from_port: 53, to_port: 53 };
    const egress = "aws_vpc_security_group_egress_rule";
    const resources = [
      web({ ingress: [inline, { ...inline, cidr_blocks: ["172.16.0.0/12"], description: "" }] }),
      resource(egress, { ...single, cidr_ipv6: "2001:db8::/32", description: "names" }),
      resource(egress, { ...single, prefix_list_id: LIST, description: "" }),
      resource(egress, { ...single, ip_protocol: "-1", from_port: null, cidr_ipv4: "10.0.0.0/8" }),
    ];
    expect(rulesOf(...resources)).toStrictEqual([
      [
        ["ingress tcp 22-23 from 10.0.0.0/8", { description: "office" }],
        ["ingress tcp 22-23 from 172.16.0.0/12", {}],
        ["egress udp 53 to 2001:db8::/32", { description: "names" }],
        [`egress udp 53 to ${LIST}`, {}],
        ["egress all to 10.0.0.0/8", {}],
      ],
    ]);
  });

  it("reads standalone rules to lists and groups, and its own group once", () => {
    const standalone = (more: object) =>
      resource("aws_security_group_rule", {
        ...ports,
        security_group_id: ids.web,
        type: "egress",
        ...more,
      });
    expect(
      rulesOf(
        web(),
        standalone({ prefix_list_ids: [LIST] }),
        standalone({ source_security_group_id: ids.db }),
        standalone({ source_security_group_id: `222233334444/${ids.web}`, self: true }),
      ),
    ).toStrictEqual([
      [
        [`egress tcp 22-23 to ${LIST}`, {}],
        [`egress tcp 22-23 to ${ids.db}`, {}],
        [`egress tcp 22-23 to ${ids.web}`, {}],
      ],
    ]);
  });

  it("reads the rules that a group lets out inline, and those of a default group", () => {
    const egress = [{ ...ports, ipv6_cidr_blocks: ["::/0"], prefix_list_ids: null }];
    const fallback = { ...base, id: ids.db, name: "default", egress };
    expect(
      rulesOf(web({ egress, ingress: null }), resource("aws_default_security_group", fallback)),
    ).toStrictEqual([[["egress tcp 22-23 to ::/0", {}]], [["egress tcp 22-23 to ::/0", {}]]]);
  });

  it("knows a group's own account as its own", () => {
    const inline = { ...ports, security_groups: [`${ACCOUNT}/${ids.db}`] };
    expect(rulesOf(web({ ingress: [inline] }))).toStrictEqual([
      [[`ingress tcp 22-23 from ${ids.db}`, {}]],
    ]);
    expect(rulesOf(web({ ingress: [inline], owner_id: null }))).toStrictEqual([
      [[`ingress tcp 22-23 from ${ids.db}@${ACCOUNT}`, {}]],
    ]);
  });

  it.each([
    [
      "all tags before its own",
      { tags: { a: "1" }, tags_all: { a: "1", b: "2" } },
      { a: "1", b: "2" },
    ],
    ["its own tags where all are not kept", { tags: { a: "1" }, tags_all: null }, { a: "1" }],
    ["no tags", { tags: null }, {}],
  ])("gives a group %s", (_, attributes, tags) => {
    const { groups, notes } = readTerraformState("t.json", state(web(attributes)));
    expect(groups).toStrictEqual([
      { id: ids.web, owner: ACCOUNT, name: "web", vpcId: VPC, tags, rules: [] },
    ]);
    expect(notes).toEqual([]);
  });

  it("gives a group without account and VPC where the state does not know them", () => {
    const { groups } = readTerraformState("t.json", state(web({ owner_id: null, vpc_id: "" })));
    expect(groups).toStrictEqual([{ id: ids.web, owner: "", name: "web", tags: {}, rules: [] }]);
  });

  it("names all groups of which it has rules only", () => {
    const rule = { security_group_id: ids.db, type: "ingress", ...ports, self: true };
    const { notes } = readTerraformState(
      "t.json",
      state(
        resource("aws_security_group_rule", rule),
        resource("aws_security_group_rule", { ...rule, security_group_id: ids.api }),
      ),
    );
    expect(notes).toEqual([`groups of which the state has rules only: ${ids.db}, ${ids.api}`]);
  });
});

describe("a Terraform state is refused", () => {
  const GROUP = "aws_security_group";
  const SINGLE = "aws_vpc_security_group_ingress_rule";
  const single = { security_group_id: ids.web, ip_protocol: "tcp", from_port: 1, to_port: 1 };
  const indexed = (key: string | number, attributes: object) =>
    resource(SINGLE, {}, { instances: [{ index_key: key, attributes }] });
  const refresh = "(refresh the state with a current provider)";

  it.each([
    [
      "that is a plan",
      { format_version: "1.2", planned_values: {} },
      "terraform.state",
      "t.json: it is no Terraform state of version 4 (give terraform.tfstate, or what `terraform state pull` prints; not a plan)",
    ],
    [
      "with a group that has no name",
      state(resource(GROUP, { id: ids.web }, { module: "module.net" })),
      "terraform.attributes",
      `t.json: module.net.aws_security_group.x: name: Invalid input: expected string, received undefined ${refresh}`,
    ],
    [
      "with a group whose id is none",
      state(resource(GROUP, { ...base, id: "sg-1", name: "web" })),
      "terraform.attributes",
      `t.json: aws_security_group.x: id: it is no security group id ${refresh}`,
    ],
    [
      "with a block that is no text",
      state(
        resource(GROUP, {
          ...base,
          id: ids.web,
          name: "web",
          ingress: [{ protocol: "tcp", cidr_blocks: [1] }],
        }),
      ),
      "terraform.attributes",
      `t.json: aws_security_group.x: ingress.0.cidr_blocks.0: Invalid input: expected string, received number ${refresh}`,
    ],
    [
      "with a rule of no peer, one of several by name",
      state(indexed("ssh", single)),
      "terraform.rule",
      `t.json: ${SINGLE}.x["ssh"]: its rule cannot be read`,
    ],
    [
      "with a rule of an unknown protocol, one of several by number",
      state(indexed(1, { ...single, ip_protocol: "tcpp", cidr_ipv4: "10.0.0.0/8" })),
      "terraform.rule",
      `t.json: ${SINGLE}.x[1]: its rule cannot be read`,
    ],
  ])("%s", (_, json, code, message) => {
    const read = () => readTerraformState("t.json", json);
    expect(read).toThrow(InputError);
    expect(read).toThrow(expect.objectContaining({ code, message }));
  });
});
