// esbuild, which only the bench needs here: a package of its own with its lock, installed into a
// git-ignored folder when it is first asked for. The options are those SST bundles functions with.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MANIFESTS = path.join(ROOT, "bench/bundle");
const FOLDER = path.join(ROOT, ".cache/bench/bundle");
const LOCK = "package-lock.json";

/** What esbuild tells of one bundle. */
export interface Bundle {
  readonly file: string;
  readonly bytes: number;
  /** Bytes of the output by the file they come from. */
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}

interface Esbuild {
  build(options: Record<string, unknown>): Promise<{
    readonly metafile: { readonly outputs: Readonly<Record<string, Omit<Bundle, "file">>> };
  }>;
}

const BANNER = `import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);`;

/** The plugin of the deployed build, in a file that only esbuild understands the type of. */
const PLUGIN = new URL("../../stacks/esbuild/shake-schemas.mjs", import.meta.url);

/** Bundles a program of the repository as functions are deployed. */
export async function bundleAsDeployed(entry: string, name: string): Promise<Bundle> {
  const { shakeSchemas }: { shakeSchemas: unknown } = await import(PLUGIN.href);
  return bundle(entry, name, [shakeSchemas]);
}

/** Bundles a program of the repository, with esbuild plugins or none. */
export async function bundle(
  entry: string,
  name: string,
  plugins: readonly unknown[] = [],
): Promise<Bundle> {
  const file = path.join(FOLDER, "out", `${name}.mjs`);
  const { metafile } = await installed().build({
    ...{ entryPoints: [path.join(ROOT, entry)], outfile: file, bundle: true, format: "esm" },
    ...{ platform: "node", target: "node22", minify: true, metafile: true, logLevel: "silent" },
    ...{ mainFields: ["module", "main"], banner: { js: BANNER }, absWorkingDir: ROOT, plugins },
  });
  const [output] = Object.values(metafile.outputs);
  if (!output) throw new Error(`esbuild made nothing of ${entry}`);
  return { file, bytes: output.bytes, inputs: output.inputs };
}

function installed(): Esbuild {
  const isCurrent =
    existsSync(path.join(FOLDER, "node_modules/esbuild")) &&
    readFileSync(path.join(FOLDER, LOCK), "utf8") ===
      readFileSync(path.join(MANIFESTS, LOCK), "utf8");
  if (!isCurrent) install();
  return createRequire(path.join(FOLDER, "package.json"))("esbuild");
}

function install(): void {
  mkdirSync(FOLDER, { recursive: true });
  for (const name of ["package.json", LOCK]) {
    copyFileSync(path.join(MANIFESTS, name), path.join(FOLDER, name));
  }
  // Its binaries are packages of their own, so no script of it has to run.
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: FOLDER });
}
