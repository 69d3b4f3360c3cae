// One audit as the function does it, alone in a process: run by the size test, which reads what it took.
import { audit } from "../../functions/audit.ts";
import { connect } from "../../functions/aws/account.ts";
import type { Config } from "../../functions/wiring/config.ts";

const { config, endpoint, credentials, timeoutMs } = JSON.parse(process.argv[2] ?? "") as {
  config: Config;
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  timeoutMs: number;
};

const startedAt = Date.now();
const getRemainingTimeInMillis = () => startedAt + timeoutMs - Date.now();
const aws = connect(config, { endpoint, credentials });
const answer = await audit(() => aws)({ audit: true }, { getRemainingTimeInMillis });
const { kind } = answer ?? { kind: "nothing" };
const { groups, rules, findings } =
  answer?.kind === "done" ? answer.report : { groups: 0, rules: 0, findings: [] };
const seconds = Math.round((Date.now() - startedAt) / 1_000);
const { user, system } = process.cpuUsage();
const cpuSeconds = Math.round((user + system) / 1_000_000);
const megabytes = Math.round(process.resourceUsage().maxRSS / 1_024);
console.log(
  JSON.stringify({
    kind,
    groups,
    rules,
    findings: findings.length,
    seconds,
    cpuSeconds,
    megabytes,
  }),
);
process.exit(0);
