// Bundles sst.config.ts as SST's command line does, and imports it. The bundle lies in .sst/platform
// while it is loaded, so that there is one instance of Pulumi.
import { readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** What the command line would define for the program. */
export interface Definitions {
  readonly $app: Readonly<Record<string, unknown>>;
  readonly $dev: boolean;
  readonly $cli: Readonly<Record<string, unknown>>;
}

interface Loader {
  onLoad(
    options: { filter: RegExp },
    load: (file: { path: string }) => Promise<{ contents: string; loader: "ts" } | undefined>,
  ): void;
}

const EXTERNAL = ["@pulumi/*", "@pulumiverse/*", "@sst-provider/*", "@aws-sdk/*"];
const EXTERNAL_TOOLS = ["undici", "esbuild", "archiver", "glob", "vite"];
const BANNER = `import { createRequire as __cr } from "node:module";
const require = __cr(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;`;

/** The loader of a project's programs. */
export function programLoader(root: string) {
  const platform = path.join(root, ".sst", "platform");
  const fromPlatform = createRequire(path.join(platform, "package.json"));
  const esbuild = fromPlatform("esbuild");
  const components = path.join(platform, "src", "components", "index.ts");
  // In front of the project's own modules only, as the command line does: in SST's they go in circles.
  const globals = `import * as aws from "@pulumi/aws"; import * as sst from ${JSON.stringify(components)};`;

  const ownGlobals = {
    name: "globals",
    setup(build: Loader) {
      build.onLoad({ filter: /\.[mc]?[jt]s$/ }, async ({ path: file }) => {
        const isOurs = !file.startsWith(path.join(root, ".sst")) && !file.includes("node_modules");
        if (!isOurs) return undefined;
        return { contents: `${globals} ${await readFile(file, "utf8")}`, loader: "ts" };
      });
    },
  };

  /** Imports the code of an entry that sees sst.config.ts beside it. */
  async function load<T>(code: string, definitions?: Definitions): Promise<T> {
    const which = definitions ? "run" : "app";
    const outfile = path.join(platform, `.synth-${process.pid}-${which}.mjs`);
    const defined = Object.entries(definitions ?? {}).map(([k, v]) => [k, JSON.stringify(v)]);
    try {
      await esbuild.build({
        stdin: { contents: code, resolveDir: root, sourcefile: "eval.ts", loader: "ts" },
        ...{ bundle: true, format: "esm", platform: "node", mainFields: ["module", "main"] },
        ...{ sourcemap: "inline", logLevel: "silent", banner: { js: BANNER }, outfile },
        nodePaths: [path.join(platform, "node_modules")],
        external: [...EXTERNAL, ...EXTERNAL_TOOLS],
        inject: definitions ? [path.join(platform, "src", "shim", "run.js")] : [],
        define: Object.fromEntries(defined),
        plugins: definitions ? [ownGlobals] : [],
      });
      return await import(pathToFileURL(outfile).href);
    } finally {
      await rm(outfile, { force: true });
    }
  }
  return { platform, fromPlatform, esbuild, load };
}
