// `matrix add-member`, `check --strict` and `import --from terraform` as processes: what they write,
// print and answer with. Offline.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { directory, run, studio } from "./run.ts";

const WEB = "sg-0a000000000000001";
const dir = directory({
  "studio.yaml": readFileSync(studio, "utf8"),
  "loose.yaml": `matrix: m\ngroups: { web: { id: ${WEB} } }\nflows:\n  - { from: public, to: web, ports: tcp 22 }\n`,
  "state.json": {
    version: 4,
    resources: [
      {
        ...{ mode: "managed", type: "aws_security_group", name: "web" },
        instances: [
          {
            attributes: {
              ...{ id: WEB, name: "web", owner_id: "111122223333", vpc_id: "vpc-0a0b0c0d" },
              ...{ ingress: [], egress: [], tags: {} },
            },
          },
        ],
      },
      {
        ...{ mode: "managed", type: "aws_vpc_security_group_ingress_rule", name: "https" },
        instances: [
          {
            attributes: {
              ...{ security_group_id: WEB, ip_protocol: "tcp", from_port: 443, to_port: 443 },
              cidr_ipv4: "203.0.113.0/24",
            },
          },
        ],
      },
    ],
  },
});
afterAll(dir.remove);

const matrix = (...args: string[]) => run(["matrix", ...args], { cwd: dir.path });

test("add-member changes one line of the file, unless it is only to show it", async () => {
  const before = dir.read("studio.yaml");
  const args = ["add-member", "runner", "172.21.138.103", "--matrix", "studio.yaml"];
  const shown = await matrix(...args, "--dry-run");
  expect(shown.code).toBe(0);
  expect(dir.read("studio.yaml")).toBe(before);
  const { code, stdout } = await matrix(...args);
  expect(code).toBe(0);
  expect(stdout).toContain("members: [172.21.138.101, 172.21.138.103]");
  expect(stdout).toMatch(
    /\n\+ {2}deploy +ingress tcp 7002 from 172\.21\.138\.103\/32 +required +runner/,
  );
  expect(stdout).toContain("the interface with 172.21.138.103 must wear the group funai-runner");
  expect(stdout).toMatch(/\nnext: portward matrix plan --matrix studio\.yaml\n$/);
  const after = dir.read("studio.yaml").split("\n");
  expect(after.filter((line, index) => line !== before.split("\n")[index])).toHaveLength(1);
  expect((await matrix(...args)).code).toBe(2);
});

test("check warns, and with --strict a warning counts", async () => {
  const loose = await matrix("check", "--matrix", "loose.yaml");
  expect(loose.code).toBe(0);
  expect(loose.stdout).toMatch(/\nwarning loose\.yaml:4: flow "public to web tcp 22" keeps ssh/);
  const strict = await matrix("check", "--matrix", "loose.yaml", "--strict", "--json");
  expect(strict.code).toBe(1);
  expect(JSON.parse(strict.stdout)).toMatchObject({
    ok: false,
    warnings: [{ code: "lint.world-door", file: "loose.yaml", line: 4 }],
  });
});

test("import reads a Terraform state, and what it writes is a sound matrix", async () => {
  const args = ["import", "--from", "terraform", "state.json", "--out", "imported.yaml"];
  const { code, stdout } = await matrix(...args);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout:
      "offline\nwrote imported.yaml: 1 group, 1 rule, 1 flow\nnext: portward matrix check --matrix imported.yaml\n",
  });
  expect(dir.read("imported.yaml")).toContain(
    "- { from: 203.0.113.0/24, to: web, ports: tcp 443, need: allowed }",
  );
  expect((await matrix("check", "--matrix", "imported.yaml", "--strict")).code).toBe(0);
});

test("import names what is no state, and writes nothing", async () => {
  const args = ["import", "--from", "terraform", "loose.yaml", "--out", "never.yaml"];
  expect((await matrix(...args)).code).toBe(2);
  expect(existsSync(join(dir.path, "never.yaml"))).toBe(false);
});
