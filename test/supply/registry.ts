// Asks the registry, where one answers, whether what is installed is signed and known to be
// vulnerable. Where none answers it says so and passes: nothing was checked then.
import { spawnSync } from "node:child_process";
import { root } from "./repository.ts";

// A registry without these answers, or none at all, is not a finding; a finding names packages.
const UNREACHED =
  /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|E40[1345]|E50\d|audit endpoint|network/;

interface Check {
  readonly what: string;
  readonly args: readonly string[];
}

const checks: readonly Check[] = [
  { what: "signatures of the registry", args: ["audit", "signatures"] },
  { what: "known vulnerabilities", args: ["audit", "--audit-level=low"] },
];

let passed = 0;
let failed = 0;
for (const { what, args } of checks) {
  const { status, stdout, stderr } = spawnSync("npm", [...args, "--fetch-retries=0"], {
    cwd: root,
    encoding: "utf8",
    timeout: 120_000,
  });
  const said = `${stdout}\n${stderr}`;
  if (status === 0) {
    passed += 1;
    console.log(`${what}: checked, nothing found`);
  } else if (status === null || UNREACHED.test(stderr)) {
    console.log(`${what}: not checked here, no registry answers \`npm ${args.join(" ")}\``);
  } else {
    failed += 1;
    console.log(`${what}: found\n${said.trim()}`);
  }
}
if (passed + failed > 0) console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
