// The package.json files of this repository and the lock beside each, as npm wrote them.
import { dirname } from "node:path";
import * as z from "zod";
import { filesOf, readRoot, root } from "./repository.ts";

const names = z.record(z.string(), z.string());
const manifestSchema = z.object({
  dependencies: names.default({}),
  devDependencies: names.default({}),
  optionalDependencies: names.default({}),
  allowScripts: z.record(z.string(), z.boolean()).default({}),
});
const lockedSchema = z.object({
  version: z.string().optional(),
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  license: z.string().optional(),
  hasInstallScript: z.boolean().optional(),
  dependencies: names.default({}),
  devDependencies: names.default({}),
  optionalDependencies: names.default({}),
});
const lockSchema = z.object({ packages: z.record(z.string(), lockedSchema) });

/** What the lock holds of one installed package. */
export type Locked = z.infer<typeof lockedSchema>;

/** One folder that npm installs into. */
export interface Installation {
  /** Its folder, `.` for the root. */
  readonly folder: string;
  /** What its package.json asks for, by name. */
  readonly direct: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
  /** The lock's own copy of what the package.json asks for. */
  readonly copied: Readonly<Record<string, string>>;
  /** What is installed, by its path under node_modules. */
  readonly locked: ReadonlyMap<string, Locked>;
}

/** Reads every installation of the repository; throws where a package.json has no lock. */
export const installations = (): Installation[] =>
  filesOf(root, "package.json", "**/package.json")
    .filter(path => !path.includes("fixtures/"))
    .map(path => dirname(path))
    // "." comes before every other folder.
    .sort()
    .map(installationOf);

function installationOf(folder: string): Installation {
  const manifest = manifestSchema.parse(JSON.parse(readRoot(`${folder}/package.json`)));
  const { packages } = lockSchema.parse(JSON.parse(readRoot(`${folder}/package-lock.json`)));
  const { "": own, ...others } = packages;
  const { dependencies, devDependencies, optionalDependencies, allowScripts } = manifest;
  return {
    folder,
    direct: { ...dependencies, ...devDependencies, ...optionalDependencies },
    allowScripts,
    copied: {
      ...own?.dependencies,
      ...own?.devDependencies,
      ...own?.optionalDependencies,
    },
    locked: new Map(Object.entries(others)),
  };
}

/** The name of a package by its path in a lock. */
export const nameOf = (path: string): string => path.split("node_modules/").at(-1) ?? path;
