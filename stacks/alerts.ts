// Whom people hear it from: the topic of alerts, who may publish to it, and who is mailed.
import { deployFunction, environmentOf, functions, type Surroundings } from "./functions.ts";
import { watchedNames } from "./own-parts.ts";
import { consume, makeQueue } from "./queues.ts";
import { sendingPolicy } from "./sending.ts";
import { camel, type Site } from "./site.ts";

/** Makes the topic of alerts. */
export function alerts(site: Site, key: aws.kms.Key): sst.aws.SnsTopic {
  const topic = topicOf(site, "alerts", key);
  const arn = site.arn("sns", site.name("alerts"));
  const rules = watchedNames(site).map(name => site.arn("events", `rule/${name}`));
  const alarms = site.arn("cloudwatch", `alarm:${site.name("*")}`);
  new aws.sns.TopicPolicy("AlertsTopicPolicy", {
    arn: topic.arn,
    policy: sendingPolicy("sns", arn, [
      { service: "events.amazonaws.com", sources: rules },
      { service: "cloudwatch.amazonaws.com", sources: [alarms] },
    ]),
  });
  site.parameters.mail.forEach((endpoint, index) => {
    new aws.sns.TopicSubscription(`Mail${index + 1}`, {
      topic: topic.arn,
      protocol: "email",
      endpoint,
    });
  });
  return topic;
}

/** Makes the queue behind the topic and the function that posts to chat, where there is a secret. */
export function chat(site: Site, around: Surroundings, topic: sst.aws.SnsTopic): void {
  if (site.parameters.chatSecret === undefined) return;
  const sns = { service: "sns.amazonaws.com", sources: [site.arn("sns", site.name("alerts"))] };
  const deadLetters = makeQueue(site, "notify-dead-letters", { senders: [sns] });
  const { seconds } = functions.notify;
  // Receivers rest and come back: an hour of tries before a message is given up.
  const delivery = { seconds, receives: 20, deadLetters };
  const queue = makeQueue(site, "notify", { delivery, senders: [sns] });
  const posting = deployFunction(site, "notify", environmentOf(site, { ...around, deadLetters }));
  consume(posting, "notify", queue, { size: 10, seconds: 0, atOnce: 2 });
  new aws.sns.TopicSubscription("ChatSubscription", {
    topic: topic.arn,
    protocol: "sqs",
    endpoint: queue.arn,
    redrivePolicy: deadLetters.arn.apply(arn => JSON.stringify({ deadLetterTargetArn: arn })),
  });
}

/** Makes an encrypted topic. */
export function topicOf(site: Site, thing: string, key: aws.kms.Key): sst.aws.SnsTopic {
  return new sst.aws.SnsTopic(`${camel(thing)}Topic`, {
    transform: { topic: { name: site.name(thing), kmsMasterKeyId: key.arn } },
  });
}
