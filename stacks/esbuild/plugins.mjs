// The esbuild plugins of every function, in the form SST's `nodejs.plugins` wants.
import { shakeSchemas } from "./shake-schemas.mjs";

export default [shakeSchemas];
