// Bundles a handler as SST's own command line does: the same options, the same plugins, the same
// files in the function's folder. A missing file or export is an error, as it would be on deploy.
import { createCipheriv } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Build } from "./resource.ts";

/** What SST's component asks its command line to build. */
export interface BuildRequest {
  readonly functionID: string;
  readonly handler: string;
  readonly encryptionKey: string;
  readonly links: unknown;
  readonly properties?: { readonly minify?: boolean; readonly plugins?: string };
}

export interface BuildAnswer {
  readonly handler: string;
  readonly out: string;
  readonly errors: readonly string[];
  readonly sourcemaps: readonly string[];
}

interface Esbuild {
  build(options: Record<string, unknown>): Promise<{
    readonly metafile: {
      readonly outputs: Readonly<Record<string, { bytes: number; exports: string[] }>>;
    };
  }>;
}

const BANNER = `import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);`;

/** Makes the builder of one run; `isReal` false only looks whether the handler's file is there. */
export function handlerBuilder(
  esbuild: Esbuild,
  { root, work, isReal }: { root: string; work: string; isReal: boolean },
) {
  const builds: Build[] = [];

  async function build(request: BuildRequest): Promise<BuildAnswer> {
    const { functionID, handler } = request;
    const out = path.join(work, "functions", functionID);
    mkdirSync(out, { recursive: true });
    const dot = handler.lastIndexOf(".");
    const exported = handler.slice(dot + 1);
    const entry = path.join(root, `${handler.slice(0, dot)}.ts`);
    const answer = { handler: `bundle.${exported}`, out, errors: [], sourcemaps: [] };
    if (!existsSync(entry)) return { ...answer, errors: [`Handler not found: ${handler}`] };
    const outfile = path.join(out, "bundle.mjs");
    if (!isReal) {
      writeFileSync(outfile, `// ${handler}\n`);
      return answer;
    }
    const { properties } = request;
    const { metafile } = await esbuild.build({
      ...{ entryPoints: [entry], outfile, bundle: true, format: "esm", platform: "node" },
      ...{ target: "node22", minify: properties?.minify ?? true, metafile: true },
      ...{ logLevel: "silent", mainFields: ["module", "main"] },
      ...{ external: ["sharp", "pg-native"], banner: { js: BANNER } },
      plugins: properties?.plugins ? await pluginsOf(path.resolve(root, properties.plugins)) : [],
    });
    const [bundle] = Object.values(metafile.outputs);
    if (!bundle?.exports.includes(exported)) {
      return { ...answer, errors: [`${handler}: the module does not export "${exported}"`] };
    }
    writeFileSync(path.join(out, "resource.enc"), sealed(request));
    builds.push({ function: functionID, handler, bytes: bundle.bytes });
    return answer;
  }
  return { build, builds };
}

async function pluginsOf(file: string): Promise<unknown[]> {
  const loaded: { default: unknown[] } = await import(pathToFileURL(file).href);
  return loaded.default;
}

function sealed({ encryptionKey, links }: BuildRequest): Buffer {
  const key = Buffer.from(encryptionKey, "base64");
  const cipher = createCipheriv("aes-256-gcm", key, Buffer.alloc(12));
  const text = [cipher.update(JSON.stringify(links)), cipher.final()];
  return Buffer.concat([...text, cipher.getAuthTag()]);
}
