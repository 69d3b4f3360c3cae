// What exceptions need: a function called at each start and end, the group its one-time schedules are in
// and the role they call it by, the key of the links in mails, and the topic the links go out by.
import { topicOf, topicPolicy } from "./alerts.ts";
import { deployFunction, environmentOf, type Surroundings } from "./functions.ts";
import { policyOf } from "./policy-document.ts";
import { trust } from "./roles.ts";
import { camel, type Site } from "./site.ts";

/** Makes the function and whatever exceptions hang on. */
export function exceptions(site: Site, around: Surroundings, dataKey: aws.kms.Key): void {
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
  links(site);
  mails(site, dataKey);
}

// Nobody can read the key, and only functions with a right to it can make or check a link.
function links(site: Site): void {
  const key = new aws.kms.Key("ApprovalKey", {
    description: `Portward ${site.stage}: links that approve`,
    keyUsage: "GENERATE_VERIFY_MAC",
    customerMasterKeySpec: "HMAC_256",
  });
  new aws.kms.Alias("ApprovalKeyAlias", {
    name: `alias/${site.name("approvals")}`,
    targetKeyId: key.keyId,
  });
}

// Every subscription gets what is addressed to it and nothing else, so that a link is one approver's.
function mails(site: Site, key: aws.kms.Key): void {
  const topic = topicOf(site, "approvals", key);
  new aws.sns.TopicPolicy("ApprovalsTopicPolicy", {
    arn: topic.arn,
    policy: topicPolicy(site.arn("sns", site.name("approvals")), []),
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
