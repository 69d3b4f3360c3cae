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
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) =>
    [stage, ...path].join(".").concat(`: ${message}`),
  );
  throw new Error(`stages.json cannot be used:\n${problems.join("\n")}`);
}
