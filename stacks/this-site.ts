// Where this deploy goes: asked of the provider, with the parameters of its stage.
import { readFileSync } from "node:fs";
import { parametersOf } from "./parameters.ts";
import { type Site, siteAt } from "./site.ts";

/** Asks the provider where this is, and reads stages.json where there is one. */
export async function thisSite(): Promise<Site> {
  const [{ partition, dnsSuffix }, { region }, { accountId, arn }] = await Promise.all([
    aws.getPartition(),
    aws.getRegion(),
    aws.getCallerIdentity(),
  ]);
  const { stage } = $app;
  const place = { partition, region, account: accountId, dnsSuffix, stage };
  const file = process.env.PORTWARD_STAGES ?? "stages.json";
  return siteAt(place, arn, parametersOf(stage, textOf(file)));
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
}
