// Who touches Portward itself is told straight from the event bus to the topic of alerts, without a
// function: functions are among what can be switched off.
import { ownResourceCalls } from "../functions/wiring/own-resources.ts";
import type { Queues } from "./functions.ts";
import { ownResources, watchedThings } from "./own-parts.ts";
import { camel, type Site } from "./site.ts";

/** What has no name before it is made. */
export interface Unnamed {
  readonly keys: readonly aws.kms.Key[];
  readonly http: sst.aws.ApiGatewayV2;
}

/** Makes the rules. */
export function tampering(
  site: Site,
  topic: sst.aws.SnsTopic,
  { deadLetters }: Queues,
  { keys, http }: Unnamed,
): void {
  const drawn = $util.all([$util.all(keys.map(({ arn }) => arn)), http.nodes.api.id]);
  const calls = drawn.apply(([keyArns, apiId]) =>
    ownResourceCalls(ownResources(site, { keyArns, apiIds: [apiId] })),
  );
  for (const thing of watchedThings(site)) {
    const rule = new aws.cloudwatch.EventRule(camel(thing), {
      name: site.name(thing),
      description: `Portward ${site.stage}: somebody touches its ${thing.replace("own-", "")}`,
      eventPattern: calls.apply(all =>
        JSON.stringify(all.find(one => one.thing === thing)?.pattern),
      ),
    });
    new aws.cloudwatch.EventTarget(`${camel(thing)}Target`, {
      rule: rule.name,
      targetId: "alerts",
      arn: topic.arn,
      deadLetterConfig: { arn: deadLetters.arn },
      retryPolicy: { maximumEventAgeInSeconds: 3_600, maximumRetryAttempts: 185 },
      inputTransformer: {
        inputPaths: {
          call: "$.detail.eventName",
          who: "$.detail.userIdentity.arn",
          from: "$.detail.sourceIPAddress",
          when: "$.detail.eventTime",
          id: "$.detail.eventID",
        },
        inputTemplate: JSON.stringify(
          `TOUCHED: <call> on Portward's own resources (${site.name(thing)}) at <when> by <who> from <from>, CloudTrail event <id>. If this was no deploy of yours, see "Somebody touches Portward" in docs/operations.md.`,
        ),
      },
    });
  }
}
