// What an imported matrix looks like: names, networks, flows with both sides, comments.
import { describe, expect, it } from "vitest";
import { group, ids, imported } from "../support/imported.ts";

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
