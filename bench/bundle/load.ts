// How long Lambda loads the modules of the remediate handler as it is deployed, over the default bundle
// of a bare handler with the same clients; how large both are, and what ours is made of.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expectOutcome, type Measured, type Scale } from "../harness/figure.ts";
import { inTurns, median, ratiosOf, spreadOf } from "../harness/sample.ts";
import { millis, textTable, times, whole } from "../harness/table.ts";
import { type Bundle, bundle, bundleAsDeployed } from "./esbuild.ts";

const TARGET = 0.7;
const PROBE = fileURLToPath(new URL("load-probe.mjs", import.meta.url));

/** Measures the load of our bundle against that of the bare one. */
export async function measure(scale: Scale): Promise<Measured> {
  const ours = await bundleAsDeployed("functions/remediate.ts", "remediate");
  const bare = await bundle("bench/bundle/bare-handler.ts", "bare");
  expectOutcome(
    ours.bytes < bare.bytes,
    `ours has ${ours.bytes} bytes, the bare one ${bare.bytes}`,
  );
  const pairs = await inTurns(
    { ours: () => loadOf(ours), reference: () => loadOf(bare) },
    { turns: scale === "full" ? 25 : 1 },
  );
  const ratios = ratiosOf(pairs);
  const measured = median(ratios);
  const size = ours.bytes / bare.bytes;
  const verdict = measured <= TARGET ? "pass" : "short";
  return {
    rows: [
      {
        figure: "module load of the remediate bundle over a bare handler's default bundle",
        target: `<= ${times(TARGET)}`,
        measured: times(measured),
        spread: spreadOf(ratios, times),
        verdict: scale === "full" ? verdict : "-",
      },
      {
        figure: "its size, over the same",
        target: "-",
        measured: times(size),
        spread: `${whole(ours.bytes)} over ${whole(bare.bytes)} bytes`,
        verdict: "-",
      },
    ],
    notes: [
      `loaded in ${millis(median(pairs.map(turn => turn.ours)))}, the bare one in ` +
        millis(median(pairs.map(turn => turn.reference))),
      textTable(["bytes", "of the remediate bundle from"], largest(ours)),
    ],
  };
}

function loadOf({ file }: Bundle): number {
  return Number(execFileSync(process.execPath, [PROBE, file], { encoding: "utf8" }));
}

/** The ten packages, or folders of our own, that most of a bundle comes from. */
function largest({ inputs }: Bundle): string[][] {
  const bySource = new Map<string, number>();
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const source = sourceOf(file);
    bySource.set(source, (bySource.get(source) ?? 0) + bytesInOutput);
  }
  return [...bySource]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 10)
    .map(([source, bytes]) => [whole(bytes).padStart(8), source]);
}

function sourceOf(file: string): string {
  const inside = file.split("node_modules/").at(-1) ?? file;
  if (inside === file) return `${file.split("/")[0]}/`;
  return inside.split("/", inside.startsWith("@") ? 2 : 1).join("/");
}
