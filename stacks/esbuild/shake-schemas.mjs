// An esbuild plugin that lets unused calls of the SDK clients fall out of a bundle. Their schemas
// have keys computed from constants (`{ [_xN]: … }`), which esbuild must keep as side effects; written
// as literals the whole schema of an unused call goes. What is parsed stays the same.
import { readFile } from "node:fs/promises";

const SCHEMAS = /[\\/]@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/][^\\/]+\.js$/;
const CONSTANT = /^const (_\w+) = ("(?:[^"\\]|\\.)*");$/gm;

/** Writes the keys that are computed from constants of the same file as literals. */
export function withLiteralKeys(source) {
  const constants = new Map([...source.matchAll(CONSTANT)].map(([, name, text]) => [name, text]));
  return source.replace(/\[(_\w+)\](?=\s*:)/g, (whole, name) => constants.get(name) ?? whole);
}

export const shakeSchemas = {
  name: "shake-schemas",
  setup(build) {
    // SST tests a plugin's filter against no path at all, so only this one fires there.
    build.onLoad({ filter: /.*/ }, async ({ path }) => {
      if (!SCHEMAS.test(path)) return undefined;
      return { contents: withLiteralKeys(await readFile(path, "utf8")), loader: "js" };
    });
  },
};
