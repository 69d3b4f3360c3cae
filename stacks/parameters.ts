// What a stage may be told: the few parameters, by stage name in stages.json beside sst.config.ts.
// Everything has a default, and a file with an unknown name or a wrong form stops the deploy.
import * as z from "zod";
import { usualRetention } from "../functions/wiring/retention.ts";

const address = z.email();
/** The periods CloudWatch Logs knows: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const days = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2557, 3653,
];

const kept = z.int().min(1).max(36_500);

const account = z.string().regex(/^\d{12}$/, "an account id of 12 digits");
const region = z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, "a region");
/** What STS takes; a short one could be guessed. */
const externalId = z
  .string()
  .regex(/^[\w+=,.@:/-]{16,1224}$/, "16 characters or more of \\w+=,.@:/-");
/** Their ARNs are in the policies of roles and of a bus, which take 10 KB each. */
const MOST_ROLES = 60;

const members = z
  .strictObject({
    accounts: z.array(account).min(1),
    regions: z.array(region).min(1),
    /** The name of the secret that holds the external id. */
    externalIdSecret: z.string().min(1),
  })
  .refine(
    ({ accounts, regions }) => accounts.length * regions.length <= MOST_ROLES,
    `at most ${MOST_ROLES} accounts times regions: see docs/scale.md`,
  );

const fields = z.strictObject({
  /** Whether this stage changes groups. One stage of an account and region does, the others report. */
  acts: z.boolean().default(true),
  /** Who is mailed every alert. */
  mail: z.array(address).default([]),
  /**
   * Who is mailed links that approve an exception, by the name under `people` in the matrix: each gets
   * those that are addressed to him.
   */
  approverMail: z.record(z.string().min(1), address).default({}),
  /** The name of the secret with what chat needs; without it nothing is posted to chat. */
  chatSecret: z.string().min(1).optional(),
  /** Whether Slack's clicks and the links in mails have routes; all other routes are IAM's. */
  publicRoutes: z.boolean().default(false),
  /** Tokens of this issuer instead of IAM on the routes that are not public. */
  jwt: z.strictObject({ issuer: z.url(), audience: z.array(z.string()).min(1) }).optional(),
  /** How long logs are kept. */
  logDays: z
    .number()
    .refine(value => days.includes(value), `one of ${days.join(", ")}`)
    .default(90),
  /** How long findings whose drift is over are kept, in days. */
  findingDays: kept.default(usualRetention.findings),
  /** How long exceptions and what was done to them are kept after their end, in days. */
  exceptionDays: kept.default(usualRetention.exceptions),
  /** How long audits and other jobs are kept with what they found, in days. */
  reportDays: kept.default(usualRetention.reports),
  /** The VPC of the canary's group; without it there is no canary. */
  canaryVpc: z
    .string()
    .regex(/^vpc-[0-9a-f]+$/)
    .optional(),
  /** Who else may write the tables: ARNs of the roles or users that apply a matrix by hand. */
  writers: z.array(z.string().regex(/^arn:[\w-]+:iam::\d{12}:(?:role|user)\//)).default([]),
  /** Other accounts and regions this stage looks after: it is their hub. */
  members: members.optional(),
  /**
   * The hub that looks after this account and region. The stage is then its member: a rule that forwards
   * events, a role for the hub, and nothing else.
   */
  hub: z.strictObject({ account, region, stage: z.string().min(1), externalId }).optional(),
});

// Nobody would close what it opens.
const schema = fields.refine(({ acts, canaryVpc }) => acts || canaryVpc === undefined, {
  path: ["canaryVpc"],
  message: "a stage that only reports has no canary",
});

export type Parameters = Readonly<z.infer<typeof schema>>;

/** The parameters of a stage, from the text of stages.json. */
export function parametersOf(stage: string, text: string | undefined): Parameters {
  const all = z.record(z.string(), z.unknown()).parse(text === undefined ? {} : JSON.parse(text));
  const read = schema.safeParse(Object.hasOwn(all, stage) ? all[stage] : {});
  const problems = (read.error?.issues ?? []).map(({ path, message }) =>
    [stage, ...path].join(".").concat(`: ${message}`),
  );
  if (read.data?.hub && read.data.members) {
    problems.push(`${stage}: a member has no members; leave out hub or members`);
  }
  if (read.success && problems.length === 0) return read.data;
  throw new Error(`stages.json cannot be used:\n${problems.join("\n")}`);
}
