// What is read of a Terraform state, version 4: security groups and their rules as the AWS provider
// keeps them. Reading them is terraform.ts.
import * as z from "zod";

const texts = z
  .array(z.string())
  .nullish()
  .transform(list => list ?? []);
const text = z.string().nullish();
const port = z.number().nullish();
const securityGroupId = z.string().regex(/^sg-[0-9a-f]{8,17}$/, "it is no security group id");

/** @example { from_port: 22, to_port: 22, protocol: "tcp", cidr_blocks: ["10.0.0.0/8"], self: false } */
export const inlineSchema = z.object({
  from_port: port,
  to_port: port,
  protocol: z.string(),
  cidr_blocks: texts,
  ipv6_cidr_blocks: texts,
  prefix_list_ids: texts,
  security_groups: texts,
  self: z.boolean().nullish(),
  description: text,
});

const rules = z
  .array(inlineSchema)
  .nullish()
  .transform(list => list ?? []);

export const groupSchema = z.object({
  id: securityGroupId,
  name: z.string(),
  owner_id: text,
  vpc_id: text,
  tags: z.record(z.string(), z.string()).nullish(),
  tags_all: z.record(z.string(), z.string()).nullish(),
  ingress: rules,
  egress: rules,
});

export const ruleSchema = inlineSchema.omit({ security_groups: true }).extend({
  security_group_id: securityGroupId,
  type: z.enum(["ingress", "egress"]),
  source_security_group_id: text,
});

/** @example { security_group_id: "sg-0a…", ip_protocol: "tcp", from_port: 22, to_port: 22, cidr_ipv4: "10.0.0.0/8" } */
export const singleSchema = z.object({
  security_group_id: securityGroupId,
  ip_protocol: z.string(),
  from_port: port,
  to_port: port,
  cidr_ipv4: text,
  cidr_ipv6: text,
  prefix_list_id: text,
  referenced_security_group_id: text,
  description: text,
});

export const stateSchema = z.object({
  version: z.literal(4),
  resources: z.array(
    z.object({
      mode: z.string(),
      type: z.string(),
      name: z.string(),
      module: z.string().optional(),
      instances: z.array(
        z.object({
          index_key: z.union([z.string(), z.number()]).optional(),
          attributes: z.record(z.string(), z.unknown()),
        }),
      ),
    }),
  ),
});

export type InlineRule = z.infer<typeof inlineSchema>;
export type StateGroup = z.infer<typeof groupSchema>;
export type StandaloneRule = z.infer<typeof ruleSchema>;
export type SingleRule = z.infer<typeof singleSchema>;
