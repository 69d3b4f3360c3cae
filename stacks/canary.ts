// The canary: a group of its own that nothing wears, and every 15 minutes a port in it that has to be
// closed by Portward. Only where a VPC is named for it.
import { deployFunction } from "./functions.ts";
import { schedule } from "./schedules.ts";
import type { Site } from "./site.ts";

/** Makes the canary's group where the stage has a canary: before the functions that are told of it. */
export function canaryGroup(site: Site): aws.ec2.SecurityGroup | undefined {
  const { canaryVpc } = site.parameters;
  if (canaryVpc === undefined) return undefined;
  return new aws.ec2.SecurityGroup("CanaryGroup", {
    name: site.name("canary"),
    description: "portward canary: attach it to nothing",
    vpcId: canaryVpc,
    tags: { "portward-canary": site.stage },
  });
}

/** Makes the canary where it has a group. */
export function canary(site: Site, group: aws.ec2.SecurityGroup | undefined): void {
  if (group === undefined) return;
  const watcher = deployFunction(site, "canary", {
    PORTWARD_CANARY_GROUP: group.id,
    PORTWARD_STAGE: site.stage,
  });
  schedule(site, "canary", "rate(15 minutes)", watcher);
}
