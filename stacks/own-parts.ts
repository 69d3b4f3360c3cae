// What a stage is made of, as the rules of stacks/tampering.ts name it. Data only.
import { type OwnResources, ownResourceCalls } from "../functions/wiring/own-resources.ts";
import { tables } from "../functions/wiring/tables.ts";
import { reportBucketName, type Site } from "./site.ts";

/** The parameter that says which stage acts here: the same for all of them. */
export const claimName = "/portward/acting-stage";

/** Refuses to act where another stage does, with the cure: by what is there under the claim's name. */
export function refuseSecond({ stage, account, region }: Site, holder: string | undefined): void {
  if (holder === undefined || holder === stage) return;
  throw new Error(
    `the stage ${holder} acts in account ${account} ${region}, and one does at a time: deploy ${stage} with ` +
      `"acts": false in stages.json, so that it only reports, or first ${holder} with it, or remove ${holder}`,
  );
}

/** The names of the rules, for the policy of the topic. */
export const watchedNames = (site: Site): string[] => watchedThings(site).map(site.name);

/** The rules there are: that does not depend on what has no name yet. */
export const watchedThings = (site: Site): string[] =>
  ownResourceCalls(ownResources(site, { keyArns: [], apiIds: [] })).map(({ thing }) => thing);

/** Everything of a stage that somebody could touch. */
export function ownResources(
  site: Site,
  { keyArns, apiIds }: Pick<OwnResources, "keyArns" | "apiIds">,
): OwnResources {
  const { region, account, dnsSuffix, name, arn, parameters } = site;
  const beginning = name("");
  const functionArns = [{ prefix: arn("lambda", `function:${beginning}`) }];
  const queues = ["remediate", "attachments", "dead-letters", "notify", "notify-dead-letters"];
  const ofHub = (...things: string[]) => (parameters.members ? things : []);
  const secrets = [parameters.chatSecret, parameters.members?.externalIdSecret].filter(
    secret => secret !== undefined,
  );
  return {
    ...{ keyArns, apiIds, functionArns },
    rules: ["group-events", "attachment-events", "jobs", ...ownRuleThings]
      .concat(ofHub("member-events", "member-attached"))
      .map(name),
    queueUrls: [...queues, ...ofHub("members", "member-attachments", "rounds")].map(
      one => `https://sqs.${region}.${dnsSuffix}/${account}/${name(one)}`,
    ),
    functions: [{ prefix: beginning }, ...functionArns],
    tables: Object.keys(tables).flatMap(one => [name(one), arn("dynamodb", `table/${name(one)}`)]),
    topicArns: ["alerts", "approvals"].map(one => arn("sns", name(one))),
    roles: [{ prefix: site.roleName("") }],
    schedules: ["sweep", "audit", "canary", ...ofHub("round-audits", "round-sweeps")].map(name),
    scheduleGroups: [name("exceptions")],
    logGroups: [{ prefix: `/aws/lambda/${beginning}` }],
    keyAliases: ["approvals", "data"].map(one => `alias/${name(one)}`),
    ...(secrets.length > 0 && {
      secrets: secrets.flatMap(secret => [
        secret,
        { prefix: arn("secretsmanager", `secret:${secret}`) },
      ]),
    }),
    alarms: [{ prefix: beginning }],
    parameters: [claimName],
    buckets: [reportBucketName(site)],
  };
}

const nothing: OwnResources = {
  ...{ rules: [], queueUrls: [], functions: [], functionArns: [], tables: [], topicArns: [] },
  ...{ roles: [], schedules: [], scheduleGroups: [], logGroups: [], keyArns: [], keyAliases: [] },
  ...{ secrets: [], apiIds: [], alarms: [], parameters: [], buckets: [] },
};
/** Who would switch these rules off is heard of by them, too. */
const ownRuleThings = ownResourceCalls(nothing).map(({ thing }) => thing);
