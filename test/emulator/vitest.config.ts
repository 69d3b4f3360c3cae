import { defineConfig } from "vitest/config";

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    name: "emulator",
    include: ["test/emulator/**/*.test.ts"],
    testTimeout: 90_000,
  },
});
