// The structure of one matrix file, as a schema: keys, types and closed sets of words. The grammar
// of names, peers, ports and times is finer than its patterns and stands in the files that read them.
import * as z from "zod";

/** Keys of networks, groups and people; letters of any script. */
export const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;
const PORTS = /^\s*(all|tcp|udp|icmp|icmpv6|proto)([\s,]+[0-9a-z/-]+)*[\s,]*$/;
const VPC = /^vpc-[0-9a-f]{8,17}$/;
const DURATION = /^[1-9][0-9]{0,3}[mhd]$/;

const text = z.string().min(1);

const boundedList = z
  .strictObject({
    list: z.string().regex(/^pl-[0-9a-f]{8,17}$/),
    within: z.array(text).min(1),
  })
  .describe("A prefix list of this account and the blocks it may hold at most.");

const peer = z.union([text, boundedList]);

const peers = z
  .union([text, boundedList, z.array(peer).min(1)])
  .describe("A group, a network, public, private, a block, pl-…, sg-… or sg-…@account; or a list.");

const ports = z
  .union([z.string().regex(PORTS), z.array(z.string().regex(PORTS)).min(1)])
  .describe("tcp 80 443 8000-8100, udp 53, tcp, icmp, icmp 8/0, icmpv6, proto 47, all; or a list.");

const mode = z
  .enum(["observe", "revoke", "enforce"])
  .describe("observe reports, revoke closes and narrows, enforce also restores.");

const group = z
  .strictObject({
    id: z
      .string()
      .regex(/^sg-[0-9a-f]{8,17}$/)
      .optional(),
    name: text.describe("The group's name in EC2.").optional(),
    tags: z.record(z.string(), z.string()).optional(),
    members: z.array(text).describe("Addresses or blocks behind the group.").optional(),
    egress: z.enum(["open", "listed"]).optional(),
    by: z.enum(["address", "group"]).describe("How other groups refer to it.").optional(),
    mode: mode.optional(),
    owner: text.optional(),
    adopt: z.enum(["manual", "auto"]).optional(),
  })
  .describe("Which live security groups play this part: by id, name or tags.");

const flow = z.strictObject({
  from: peers,
  to: peers,
  ports,
  need: z.enum(["required", "allowed", "on-demand", "advised"]).optional(),
  sides: z.enum(["both", "ingress", "egress"]).optional(),
  purpose: text.optional(),
  probe: text.describe("The path a self-check asks for.").optional(),
});

const forbid = z.strictObject({
  from: peers,
  to: peers,
  ports,
  except: peers.optional(),
  reason: text.optional(),
});

const exceptions = z.strictObject({
  approvers: z.array(text).optional(),
  maxDuration: z.string().regex(DURATION).optional(),
  perRequester: z.int().min(1).max(100).optional(),
  breakGlass: z.string().regex(DURATION).optional(),
});

// As metadata, not as a key schema: zod leaves the value of a bad key unchecked.
const named = { propertyNames: { type: "string", pattern: NAME.source } } as const;

/** One file of a matrix. Every key may stand in another file of the same matrix, so none is required. */
export const fileSchema = z.strictObject({
  $schema: z.string().describe("For editors; not part of the matrix.").optional(),
  matrix: z.string().regex(NAME).describe("The matrix's name.").optional(),
  mode: mode.optional(),
  vpc: z
    .union([z.string().regex(VPC), z.array(z.string().regex(VPC)).min(1)])
    .describe("Governs the groups of this VPC, or of these, only.")
    .optional(),
  networks: z.record(z.string(), z.array(peer)).meta(named).optional(),
  groups: z.record(z.string(), group).meta(named).optional(),
  flows: z.array(flow).optional(),
  forbid: z.array(forbid).optional(),
  people: z.record(z.string(), z.array(text)).meta(named).optional(),
  exceptions: exceptions.optional(),
});

/** The keys a map at this path may have. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const [top] = path;
  if (top === undefined) return Object.keys(fileSchema.shape).filter(key => key !== "$schema");
  if (top === "exceptions") return Object.keys(exceptions.shape);
  if (top === "groups") return Object.keys(group.shape);
  if (path.length > 2) return Object.keys(boundedList.shape);
  return Object.keys(top === "flows" ? flow.shape : forbid.shape);
}

/** The published JSON Schema of a matrix file. */
export function jsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(fileSchema, { target: "draft-7", io: "input" });
  const title = "A Portward allow matrix, or one of the files it is made of";
  return { $schema, title, ...schema };
}
