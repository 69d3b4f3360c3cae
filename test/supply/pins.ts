// What is wrong with an installation: a version that may move, a package without a digest, a script
// that would run although nobody said it may. Each answers with the offenders.
import { type Installation, nameOf } from "./locks.ts";

/** Packages with an install script, and whether it may run; the others bring what they need. */
const scripted: Readonly<Record<string, boolean>> = {
  node: true,
  esbuild: false,
  "classic-level": false,
};

/** Direct dependencies that are not one exact version, or are another one in the lock. */
export const loose = ({ direct, copied, locked }: Installation): string[] =>
  Object.entries(direct)
    .filter(
      ([name, version]) =>
        !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) ||
        copied[name] !== version ||
        locked.get(`node_modules/${name}`)?.version !== version,
    )
    .map(([name, version]) => `${name} ${version}`);

/** Packages the lock has no digest of, or that come from a repository or a file. */
export const unsealed = ({ locked }: Installation): string[] =>
  [...locked]
    .filter(
      ([, { version = "", integrity = "", resolved = "https:" }]) =>
        !/^\d+\.\d+\.\d+/.test(version) ||
        !/^sha512-[\w+/]{86}==$/.test(integrity) ||
        !resolved.startsWith("https:"),
    )
    .map(([path]) => path);

/** Packages with an install script that is not decided about, or is allowed beyond what was decided. */
export const scripts = ({ locked, allowScripts }: Installation): string[] => {
  const having = [...locked].filter(([, { hasInstallScript }]) => hasInstallScript);
  const names = new Set([...having.map(([path]) => nameOf(path)), ...Object.keys(allowScripts)]);
  return [...names].filter(
    name => scripted[name] === undefined || allowScripts[name] !== scripted[name],
  );
};
