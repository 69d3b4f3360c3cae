// What exceptions need: a function called at each start and end, the group its one-time schedules are in
// and the role they call it by, the key of the links in mails, and the topic the links go out by.
import { topicOf } from "./alerts.ts";
import { deployFunction, environmentOf, type Surroundings } from "./functions.ts";
import { policyOf } from "./policy-document.ts";
import { trust } from "./roles.ts";
import { sendingPolicy } from "./sending.ts";
import { camel, type Site } from "./site.ts";

/** Makes the function and whatever exceptions hang on; returns the key of the links. */
export function exceptions(site: Site, around: Surroundings, dataKey: aws.kms.Key): aws.kms.Key {
  const called = deployFunction(site, "window", environmentOf(site, around));
  new aws.scheduler.ScheduleGroup("ExceptionSchedules", { name: site.name("exceptions") });
  new aws.iam.Role("SchedulesRole", {
    name: site.roleName("schedules"),
    description: `Portward ${site.stage}: one-time schedules call the window function`,
    assumeRolePolicy: trust("scheduler.amazonaws.com", site.account),
    inlinePolicies: [
      {
        name: "portward",
        policy: called.arn.apply(arn =>
          policyOf([{ actions: ["lambda:InvokeFunction"], on: [arn] }]),
        ),
      },
    ],
  });
  mails(site, dataKey);
  return links(site);
}

// Nobody can read the key, and only functions with a right to it can make or check a link.
function links(site: Site): aws.kms.Key {
  const key = new aws.kms.Key("ApprovalKey", {
    description: `Portward ${site.stage}: links that approve`,
    keyUsage: "GENERATE_VERIFY_MAC",
    customerMasterKeySpec: "HMAC_256",
  });
  new aws.kms.Alias("ApprovalKeyAlias", {
    name: `alias/${site.name("approvals")}`,
    targetKeyId: key.keyId,
  });
  return key;
}

// Every subscription gets what is addressed to it and nothing else, so that a link is one approver's.
function mails(site: Site, key: aws.kms.Key): void {
  const topic = topicOf(site, "approvals", key);
  new aws.sns.TopicPolicy("ApprovalsTopicPolicy", {
    arn: topic.arn,
    policy: sendingPolicy("sns", site.arn("sns", site.name("approvals")), []),
  });
  for (const [person, endpoint] of Object.entries(site.parameters.approverMail)) {
    new aws.sns.TopicSubscription(`ApproverMail${camel(person)}`, {
      topic: topic.arn,
      protocol: "email",
      endpoint,
      filterPolicy: JSON.stringify({ to: [person] }),
    });
  }
}
