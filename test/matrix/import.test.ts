// What an imported matrix looks like: names, networks, flows with both sides, comments; and the same
// out of a Terraform state.
import { describe, expect, it } from "vitest";
import { InputError } from "../../matrix/errors.ts";
import type { SecurityGroup } from "../../matrix/group.ts";
import { readTerraformState } from "../../matrix/import/terraform.ts";
import { formatRule, parseRule } from "../../matrix/rules/rule.ts";
import { ACCOUNT, importAndCheck } from "../support/imported.ts";

const VPC = "vpc-0a000000000000001";
const ids = {
  web: "sg-0a000000000000001",
  db: "sg-0b000000000000002",
  api: "sg-0c000000000000003",
};

function group(
  name: keyof typeof ids,
  rules: Readonly<Record<string, string>>,
  more: Partial<SecurityGroup> = {},
): SecurityGroup {
  const live = Object.entries(rules).map(([text, description]) => {
    const rule = parseRule(text);
    if (!rule) throw new Error(`not a rule: ${text}`);
    return { rule, ...(description === "" ? {} : { description }) };
  });
  return { id: ids[name], owner: ACCOUNT, vpcId: VPC, name, tags: {}, ...more, rules: live };
}

function imported(...groups: SecurityGroup[]): string {
  const { text, faults } = importAndCheck(groups, new Set());
  expect(faults).toEqual([]);
  return text;
}

describe("an imported matrix", () => {
  it("gathers ports, peers and groups into flows, and blocks into networks by what people wrote", () => {
    const text = imported(
      group("web", {
        "ingress tcp 80 from 0.0.0.0/0": "",
        "ingress tcp 443 from 0.0.0.0/0": "",
        "ingress tcp 8443 from 198.51.100.7/32": "Office VPN",
        "ingress tcp 8443 from 203.0.113.0/24": "Office VPN",
        "egress all to 0.0.0.0/0": "",
      }),
      group("api", {
        "ingress tcp 8443 from 198.51.100.7/32": "Office VPN",
        "ingress tcp 8443 from 203.0.113.0/24": "Office VPN",
        "egress all to 0.0.0.0/0": "",
      }),
    );
    expect(text).toContain("networks:\n  Office-VPN: [198.51.100.7, 203.0.113.0/24]\n");
    expect(text).toContain("  web: { name: web }\n");
    expect(text).toContain("- { from: 0.0.0.0/0, to: web, ports: tcp 80 443, need: allowed }");
    expect(text).toContain(
      '- { from: Office-VPN, to: [api, web], ports: tcp 8443, need: allowed, purpose: "Office VPN" }',
    );
  });

  it("writes one flow for a reference that both sides have, and says the side where only one has", () => {
    const text = imported(
      group("web", { [`egress tcp 5432 to ${ids.db}`]: "" }),
      group("db", {
        [`ingress tcp 5432 from ${ids.web}`]: "",
        [`ingress tcp 22 from ${ids.web}`]: "",
      }),
    );
    expect(text).toContain("- { from: web, to: db, ports: tcp 5432, need: allowed }");
    expect(text).toContain("- { from: web, to: db, ports: tcp 22, need: allowed, sides: ingress }");
  });

  it("marks doors and wide ranges open to the world", () => {
    const text = imported(
      group("web", {
        "ingress tcp 22 from 0.0.0.0/0": "",
        "ingress tcp 30000-32768 from ::/0": "",
        "ingress tcp 443 from ::/0": "",
      }),
    );
    expect(text.match(/# RISK: .*/g)).toEqual([
      "# RISK: the world reaches ssh (22)",
      "# RISK: the world reaches 2769 ports: tcp 30000-32768",
    ]);
  });

  it("leaves what a controller writes to, and what no flow can say, in observe", () => {
    const text = imported(
      group(
        "web",
        { "ingress tcp 443 from 0.0.0.0/0": "" },
        { tags: { "elbv2.k8s.aws/cluster": "c" } },
      ),
      group("db", { "ingress tcp 22 from sg-0d000000000000004@?": "" }),
    );
    expect(text).toContain(
      "# the AWS load balancer controller writes to it (tag elbv2.k8s.aws/cluster)",
    );
    expect(text).toMatch(/ {2}web: \{ name: web, egress: listed, mode: observe \}/);
    expect(text).toContain("# no flow can say ingress tcp 22 from sg-0d000000000000004@?");
    expect(text).toMatch(/ {2}db: \{ name: db, egress: listed, mode: observe \}/);
  });

  it.each([
    ["aws:eks:cluster-name", "EKS"],
    ["kubernetes.io/cluster/prod", "a Kubernetes cluster"],
    ["service.k8s.aws/stack", "the AWS load balancer controller"],
    ["alpha.eksctl.io/cluster-name", "eksctl"],
    ["elasticbeanstalk:environment-name", "Elastic Beanstalk"],
    ["for-use-with-amazon-emr-managed-policies", "EMR"],
    ["aws:cloudformation:stack-name", undefined],
    ["Name", undefined],
  ])("reads the tag %s as written to by %s", (tag, writer) => {
    const text = imported(group("web", {}, { tags: { [tag]: "owned" } }));
    expect(/# (.*) writes to it/.exec(text)?.[1]).toBe(writer);
    expect(text.includes("mode: observe }")).toBe(writer !== undefined);
  });

  it("selects by id where a name is another group's too", () => {
    const text = imported(
      group("web", {}),
      group("db", {}, { name: "web", vpcId: "vpc-0b000000000000002" }),
    );
    expect(text).toContain(`  web: { id: ${ids.web}, egress: listed }`);
    expect(text).toMatch(new RegExp(`  web-group-0b000000: { id: ${ids.db}, egress: listed }`));
  });
});

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

  it.each([
    ["a plan", { format_version: "1.2", planned_values: {} }, /no Terraform state of version 4/],
    [
      "a group without its name",
      state(resource("aws_security_group", { id: ids.web }, { module: "module.net" })),
      /t\.json: module\.net\.aws_security_group\.x: name: /,
    ],
  ])("refuses %s and says where it stands", (_, json, message) => {
    const read = () => readTerraformState("t.json", json);
    expect(read).toThrow(InputError);
    expect(read).toThrow(message);
  });
});
