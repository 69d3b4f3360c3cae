// The parts of the conformance suite, one project each; run.sh starts what they compare with.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { conformanceReport } from "./report.ts";

// The order is never 0: what vitest runs in one worker for want of cores, it would run last of all.
const part = (name: string, include: string[], groupOrder = 1) => ({
  test: { name, include, testTimeout: 60_000, hookTimeout: 60_000, sequence: { groupOrder } },
});

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    reporters: [conformanceReport()],
    projects: [
      part("EC2: the local account and moto", ["test/conformance/ec2-*.test.ts"]),
      part("event patterns: local/pattern.ts and AWS's matcher", [
        "test/conformance/pattern.test.ts",
      ]),
      part("Portward on moto", [
        "test/conformance/security-groups.test.ts",
        "test/conformance/reconcile.test.ts",
      ]),
      part("the aws CLI and boto3 on the local account", ["test/conformance/clients.test.ts"]),
      part("the stores' tests on DynamoDB Local", ["test/functions/*-store.test.ts"]),
      part("OCSF: the schema that events are held to", ["test/conformance/ocsf-schema.test.ts"]),
      part("DynamoDB Local served them", ["test/conformance/stores-served.test.ts"], 2),
    ],
  },
});
