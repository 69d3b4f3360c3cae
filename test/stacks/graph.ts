// The resources of a stage as test/stacks/synthesise.ts wrote them, and how to find one.
import { readFileSync } from "node:fs";
import type { Resource, Synthesis } from "../../stacks/synth/resource.ts";

/** The synthesised stages the tests look at. */
export const stages = {
  /** Everything there is, handlers bundled. */
  prod: ["--stage", "prod", "--bundle"],
  /** A stage nobody has told anything. */
  bare: ["--stage", "bare"],
  tokens: ["--stage", "tokens"],
  /** Beside one that acts. */
  second: ["--stage", "second"],
  /** A hub of three accounts in two regions, its own among them. */
  hub: ["--stage", "central", "--bundle"],
  /** A member of that hub. */
  member: ["--stage", "edge", "--region", "eu-west-1"],
  memberInChina: ["--stage", "edge", "--partition", "aws-cn", "--region", "cn-north-1"],
  china: ["--stage", "prod", "--partition", "aws-cn", "--region", "cn-north-1"],
  government: ["--stage", "prod", "--partition", "aws-us-gov", "--region", "us-gov-west-1"],
} as const satisfies Record<string, readonly string[]>;

export type StageName = keyof typeof stages;

/** Whoever deploys a stage in the synthesis, and the one whom stages.json lets write beside him. */
export function deployersOf(stage: StageName): string[] {
  const partitions = { china: "aws-cn", government: "aws-us-gov" } as const;
  const partition = stage in partitions ? partitions[stage as keyof typeof partitions] : "aws";
  const roles = `arn:${partition}:iam::111122223333:role`;
  const others = stages[stage][1] === "prod" ? ["arn:aws:iam::111122223333:role/Security"] : [];
  return [`${roles}/Deployer`, `${roles}/*/Deployer`, ...others];
}

export const fileOf = (stage: StageName): string => `.build/stacks/${stage}.json`;

/** Reads a synthesised stage. */
export function readStage(stage: StageName): Synthesis {
  return JSON.parse(readFileSync(fileOf(stage), "utf8"));
}

/** The resources of a type, by its last word. */
export function all(graph: Synthesis, type: string): Resource[] {
  return graph.resources.filter(
    one => one.type.startsWith("aws:") && one.type.endsWith(`:${type}`),
  );
}

/** The one resource of a type and a name; throws where there is none. */
export function one(graph: Synthesis, type: string, name: string): Resource {
  const found = all(graph, type).find(resource => resource.name === name);
  if (!found) throw new Error(`${name} is none of ${all(graph, type).map(r => r.name)}`);
  return found;
}

/** A graph with some inputs of one resource changed. */
export function changed(
  graph: Synthesis,
  name: string,
  change: (inputs: Resource["inputs"]) => Resource["inputs"],
): Synthesis {
  if (!graph.resources.some(resource => resource.name === name)) throw new Error(`no ${name}`);
  const resources = graph.resources.map(resource =>
    resource.name === name ? { ...resource, inputs: change(resource.inputs) } : resource,
  );
  return { ...graph, resources };
}

/** The text of an input. */
export const text = (resource: Resource, input: string): string => {
  const value = resource.inputs[input];
  if (typeof value !== "string") throw new Error(`${resource.name} has no ${input}`);
  return value;
};

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Principal?: string | Record<string, string | string[]>;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** The statements of a policy document. */
export function statements(document: unknown): Statement[] {
  const parsed = typeof document === "string" ? JSON.parse(document) : document;
  return (parsed as { Statement: Statement[] }).Statement;
}

/** The statements of a role's own policies. */
export function granted(role: Resource): Statement[] {
  const policies = (role.inputs.inlinePolicies ?? []) as { policy: string }[];
  return policies.flatMap(({ policy }) => statements(policy));
}

export const list = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? value : [value as T];
