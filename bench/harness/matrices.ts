// The matrices scenarios are played under.
import { readFileSync } from "node:fs";

/** The example of the five servers, in enforce. */
export const studioInEnforce = (): string =>
  readFileSync(new URL("../../matrix/examples/funai-studio.yaml", import.meta.url), "utf8").replace(
    "mode: observe",
    "mode: enforce",
  );
