// A stage that looks after other accounts and regions: the bus its members forward to, the queue of their
// events and the function behind it, and the rounds by which they are audited and swept.
import type { Members } from "../functions/wiring/members.ts";
import { attachmentDelay, attachmentEvents, groupEvents } from "../functions/wiring/triggers.ts";
import { listen, RECEIVES } from "./detection.ts";
import { deployFunction, environmentOf, functions, type Surroundings } from "./functions.ts";
import { memberPlaces, memberRoleArn } from "./hub-names.ts";
import { consume, makeQueue } from "./queues.ts";
import { schedule } from "./schedules.ts";
import type { Site } from "./site.ts";

/** More at once than for one account: the members' limits are their own. */
const AT_ONCE = 20;
const ROUNDS_AT_ONCE = 10;
/** An audit comes again within the hour, so a round is tried twice. */
const ROUND_RECEIVES = 2;

/** Makes the hub of a stage that has members. */
export function hub(site: Site, around: Surroundings): void {
  const { members } = site.parameters;
  if (!members) return;
  const { deadLetters } = around;
  const bus = new aws.cloudwatch.EventBus("MembersBus", {
    name: site.name("members"),
    description: `Portward ${site.stage}: events of its members`,
  });
  new aws.cloudwatch.EventBusPolicy("MembersBusPolicy", {
    eventBusName: bus.name,
    policy: busPolicy(site, members),
  });
  const from = (thing: string) => [
    {
      service: "events.amazonaws.com",
      sources: [site.arn("events", `rule/${site.name("members")}/${site.name(thing)}`)],
    },
  ];
  const { seconds } = functions.hub;
  const delivery = { seconds, receives: RECEIVES, deadLetters };
  const events = makeQueue(site, "members", { delivery, senders: from("member-events") });
  const slow = makeQueue(site, "member-attachments", {
    delivery: { ...delivery, delay: attachmentDelay },
    senders: from("member-attached"),
  });
  const on = { deadLetters, bus: bus.name };
  listen(site, "member-events", groupEvents, { ...on, to: events });
  listen(site, "member-attached", attachmentEvents, { ...on, to: slow });
  const rounds = makeQueue(site, "rounds", {
    delivery: { seconds: functions.rounds.seconds, receives: ROUND_RECEIVES, deadLetters },
    senders: [],
  });
  const environment = {
    // What has to be looked at again goes back where it came from.
    ...environmentOf(site, { ...around, retry: events }),
    PORTWARD_MEMBER_ACCOUNTS: members.accounts.join(","),
    PORTWARD_MEMBER_REGIONS: members.regions.join(","),
    PORTWARD_MEMBER_ROLE: memberRoleArn(site, { account: "ACCOUNT", region: "REGION" }, "member"),
    PORTWARD_MEMBER_SECRET: members.externalIdSecret,
    PORTWARD_ROUNDS_QUEUE_URL: rounds.url,
  };
  const closing = deployFunction(site, "hub", environment);
  consume(closing, "members", events, { size: 10, seconds: 0, atOnce: AT_ONCE });
  consume(closing, "member-attachments", slow, { size: 100, seconds: 1, atOnce: 2 });
  const looking = deployFunction(site, "rounds", environment);
  consume(looking, "rounds", rounds, { size: 1, seconds: 0, atOnce: ROUNDS_AT_ONCE });
  // On the quarters of the hour, as each of them has its own share of the members.
  schedule(site, "round-audits", "cron(0/15 * * * ? *)", looking, { put: "audits" });
  schedule(site, "round-sweeps", "rate(1 minute)", looking, { put: "sweeps" });
}

/** The forwarding roles of the members, and nobody else, send to the bus. */
function busPolicy(site: Site, members: Pick<Members, "accounts" | "regions">): string {
  const forwarding = memberPlaces(site, members).map(place =>
    memberRoleArn(site, place, "forward"),
  );
  const roots = members.accounts.map(account => `arn:${site.partition}:iam::${account}:root`);
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "MembersForward",
        Effect: "Allow",
        // The accounts and not the roles, which need not be there yet.
        Principal: { AWS: roots },
        Action: "events:PutEvents",
        Resource: site.arn("events", `event-bus/${site.name("members")}`),
        Condition: { ArnEquals: { "aws:PrincipalArn": forwarding } },
      },
    ],
  });
}
