// One full audit in a process of its own, as the deployed function makes it but for the stores: every
// group and interface of the region. It asks as fast as it can unless told to keep the deployed pace of
// five calls a second. Takes the path of the matrix; prints which groups drift.

import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { accountReader } from "../../functions/aws/identity.ts";
import { auditFrom } from "../../functions/reconcile/audit/audit.ts";
import { newState, reportOf } from "../../functions/reconcile/audit/state.ts";
import { parseMatrix } from "../../matrix/file/parse.ts";
import { noPins } from "../../matrix/flows/selection.ts";
import { makePolicy } from "../../matrix/policy.ts";

const [path = "", paced] = process.argv.slice(2);
const isPaced = paced === "--paced";
const text = readFileSync(path, "utf8");
const policy = makePolicy(parseMatrix([{ name: "matrix.yaml", text }]), noPins, "file");
const place = { account: "123456789012", region: process.env.AWS_REGION ?? "", policy };
const sleep = (ms: number): Promise<void> => (isPaced ? wait(ms) : Promise.resolve());
const state = newState(Date.now());
await auditFrom({ ...accountReader(), clock: Date.now, sleep }, place, state);
const { findings, groups } = reportOf(state, { id: "", ...place, endedAt: Date.now() });
const drifting = findings.filter(({ kind }) => kind === "drift").map(({ group }) => group);
process.stdout.write(JSON.stringify({ groups, drifting: [...new Set(drifting)] }));
