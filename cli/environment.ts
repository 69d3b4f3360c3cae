// A configuration as the environment variables it is read from: what `setup` prints and what a
// running local account hands to the other commands.
import type { Config } from "../functions/wiring/config.ts";

/** Writes the variables that `readConfig` reads. */
export function environmentOf(config: Config): Record<string, string> {
  const tables = Object.entries(config.tables).map(([name, table]) => [
    `PORTWARD_TABLE_${name.toUpperCase()}`,
    table,
  ]);
  return {
    PORTWARD_ACCOUNT: config.account,
    PORTWARD_REGION: config.region,
    PORTWARD_STAGE: config.stage,
    ...Object.fromEntries(tables),
    PORTWARD_TOPIC_ARN: config.topicArn,
    PORTWARD_EVENT_BUS: config.eventBus,
    PORTWARD_ROLE_ARNS: config.ownRoleArns.join(","),
    PORTWARD_RETRY_QUEUE_URL: config.retryQueueUrl,
    PORTWARD_DEAD_LETTER_QUEUE_URL: config.deadLetterQueueUrl,
    ...(config.apiUrl !== undefined && { PORTWARD_API_URL: config.apiUrl }),
    ...(config.schedules && {
      PORTWARD_SCHEDULE_GROUP: config.schedules.group,
      PORTWARD_SCHEDULE_TARGET_ARN: config.schedules.targetArn,
      PORTWARD_SCHEDULE_ROLE_ARN: config.schedules.roleArn,
    }),
    ...(config.approvals && {
      PORTWARD_APPROVAL_TOPIC_ARN: config.approvals.topicArn,
      PORTWARD_APPROVAL_KEY_ID: config.approvals.keyId,
    }),
    ...(config.watchedRegions && { PORTWARD_WATCHED_REGIONS: config.watchedRegions.join(",") }),
    ...(config.chatSecret !== undefined && { PORTWARD_CHAT_SECRET: config.chatSecret }),
  };
}
