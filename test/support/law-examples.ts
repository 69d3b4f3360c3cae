// Cases that once broke the law, shrunk to what matters. Each stays a test of its own.
import { APP, caseOf } from "./facts.ts";
import type { Case, FlowText } from "./oracle/case.ts";

const app = { egress: "listed" } as const;

// Narrowed in place to GRE alone, SSH was cut until the required wider rule had been written.
const narrowedTooFar = caseOf(
  {
    app,
    flows: [
      { from: "0.0.0.0/0", to: "app", ports: "tcp 22" },
      { from: "10.0.0.0/8", to: "app", ports: "proto 47", need: "allowed" },
    ],
  },
  ["ingress all from 10.0.0.0/8"],
);

// A list that a forbid names was permitted by what it holds.
const LIST = "pl-0a000000000000001";
const flow: FlowText = { from: "10.0.0.0/8", to: "app", ports: "tcp 22" };
const entries = ["10.0.0.0/8"];
const forbiddenByName = caseOf(
  {
    app,
    flows: [flow],
    matrix: { forbid: [{ from: LIST, to: "app", ports: "tcp 22" }] },
    world: { lists: [{ id: LIST, owner: APP.owner, state: "create-complete", entries }] },
  },
  [`ingress tcp 22 from ${LIST}`],
);

export const lawExamples: readonly [title: string, Case][] = [
  ["a rule narrowed in place before what it loses is open otherwise", narrowedTooFar],
  ["a list permitted by what it holds and forbidden by name", forbiddenByName],
];
