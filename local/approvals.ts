// Links for approvers in the local account: a topic of which every subscription is filtered to one
// person, and the key that signs the links. The mails that would go out are in the inbox.
import type { Account } from "./account.ts";
import { addressOf, approvers } from "./people.ts";

const TOPIC = "portward-approvals";
const KEY = "alias/portward-approvals";

/** Makes topic and key where they are missing; gives the variables that name them. */
export function deployApprovals({
  accountId,
  region,
  inbox,
  keys,
}: Account): Record<string, string> {
  const arn = `arn:aws:sns:${region}:${accountId}:${TOPIC}`;
  if (!inbox.find(arn)) {
    const subscriptions = approvers.map(name => ({
      ...{ arn: `${arn}:${name}`, protocol: "email", endpoint: addressOf(name), confirmed: true },
      attributes: { FilterPolicy: JSON.stringify({ to: [name] }) },
    }));
    inbox.putTopic({ arn, attributes: {}, subscriptions });
  }
  if (!keys.find(KEY)) keys.addAlias(KEY, keys.create("links for approvers").id);
  return { PORTWARD_APPROVAL_TOPIC_ARN: arn, PORTWARD_APPROVAL_KEY_ID: KEY };
}
