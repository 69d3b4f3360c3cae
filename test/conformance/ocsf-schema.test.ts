// The kept schema of OCSF's compliance_finding is what its generator makes of the published version.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const kept = new URL("../fixtures/schemas/ocsf-compliance-finding.json", import.meta.url);
const script = fileURLToPath(new URL("ocsf-schema.py", import.meta.url));

test("the generator makes the kept schema, to the letter", () => {
  const python = `${process.env.PORTWARD_CONFORMANCE_PYTHON}/python`;
  const made = execFileSync(python, [script], { encoding: "utf8", maxBuffer: 10_000_000 });
  expect(made).toBe(readFileSync(kept, "utf8"));
  expect(Object.keys(JSON.parse(made).$defs).length).toBeGreaterThan(20);
});
