// Regions of the account for which nobody can vouch: interfaces are there and no Portward watches. One
// deployment is one region, so what is elsewhere is only named, once a day, and never judged.
import type { RegionsSeen } from "../../aws/regions.ts";
import { eachAtOnce } from "../batch.ts";
import type { Deps } from "../deps.ts";

const DAY = 24 * 3_600_000;
const AT_ONCE = 4;

type Needs = Pick<Deps, "clock" | "regions"> & {
  readonly config: Pick<Deps["config"], "region" | "watchedRegions">;
};

/** Says which regions nobody watches, and of which it is not known. */
export async function unwatchedFaults(deps: Needs) {
  const seen = await deps.regions.seen();
  const isFresh = seen !== undefined && deps.clock() - seen.at < DAY;
  const { used, refused } = isFresh ? seen : await lookAround(deps);
  const isOurs = (region: string) => watched(deps).has(region);
  const alone = used.filter(region => !isOurs(region));
  const unknown = refused.filter(({ region }) => !isOurs(region));
  const because = [
    ...(alone.length > 0
      ? [`interfaces are in ${alone.join(", ")}, where no Portward watches`]
      : []),
    ...(unknown.length > 0
      ? [`not known: ${unknown.map(one => `${one.region} (${one.because})`).join(", ")}`]
      : []),
  ];
  if (because.length === 0) return [];
  const severity = alone.length > 0 ? ("medium" as const) : ("low" as const);
  const cure = "PORTWARD_WATCHED_REGIONS names regions with a deployment of their own";
  return [{ rule: "regions", severity, because: `${because.join("; ")}; ${cure}` }];
}

const watched = ({ config }: Needs): Set<string> =>
  new Set([config.region, ...(config.watchedRegions ?? [])]);

async function lookAround(deps: Needs): Promise<RegionsSeen> {
  const elsewhere = (await deps.regions.enabled()).filter(region => !watched(deps).has(region));
  const used: string[] = [];
  const refused: { region: string; because: string }[] = [];
  await eachAtOnce(AT_ONCE, elsewhere, async region => {
    const answer = await deps.regions.look(region);
    if ("because" in answer) refused.push({ region, because: answer.because });
    else if (answer.isUsed) used.push(region);
  });
  const byName = (a: { region: string }, b: { region: string }) => (a.region < b.region ? -1 : 1);
  const seen = { at: deps.clock(), used: used.sort(), refused: refused.sort(byName) };
  await deps.regions.keep(seen);
  return seen;
}
