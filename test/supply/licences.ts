// Which licences a dependency may have, and the packages that may have another one, with the reason.

/** Licences that ask for no more than that their text is kept. */
const permissive = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT-0",
]);

interface Exception {
  readonly licence: string;
  readonly packages: RegExp;
  readonly because: string;
}

/** Packages under other licences, and why they may be used. */
export const exceptions: readonly Exception[] = [
  {
    licence: "MPL-2.0",
    packages: /^lightningcss(-[\w-]+)?$/,
    because: "part of vitest's bundler; it is used unchanged in tests and is in no artefact",
  },
  {
    licence: "MPL-2.0",
    packages: /^axe-core$/,
    because: "checks pages in the browser tests; it is used unchanged and is in no artefact",
  },
  {
    licence: "CC-BY-4.0",
    packages: /^caniuse-lite$/,
    because: "data of the parser that mutation tests use; it is unchanged and is in no artefact",
  },
];

/** Tells why a package's licence may not be used; undefined where it may. */
export function refusalOf(name: string, licence: string | undefined): string | undefined {
  if (licence === undefined || licence.trim() === "") return `${name} names no licence`;
  const choices = licence.replace(/^\((.*)\)$/, "$1").split(" OR ");
  if (choices.some(choice => permissive.has(choice))) return undefined;
  const isExcepted = exceptions.some(
    exception => exception.licence === licence && exception.packages.test(name),
  );
  return isExcepted ? undefined : `${name} has the licence ${licence}, which is on no list`;
}
