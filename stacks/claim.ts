// One stage acts in an account and region, the others report: two would both act, agree, and tell
// everything twice. Who acts has a parameter of one name for all stages, which AWS makes once.
import { claimName, refuseSecond } from "./own-parts.ts";
import type { Site } from "./site.ts";

/** Claims the account and region; a deploy fails here where another stage has it. */
export async function claim(site: Site): Promise<void> {
  if (!site.parameters.acts) return;
  // The look only says whose it is: of two deploys at once AWS refuses one.
  const { names, values } = await aws.ssm.getParametersByPath({ path: "/portward" });
  refuseSecond(site, values[names.indexOf(claimName)]);
  new aws.ssm.Parameter("ActingStage", {
    name: claimName,
    description: "The stage of Portward that changes security groups here",
    type: "String",
    insecureValue: site.stage,
    overwrite: false,
  });
}
