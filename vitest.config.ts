import { defineConfig } from "vitest/config";

const setupFiles = ["test/support/seed.ts"];

// unit: pure code. account: real handlers and SDK clients against the embedded account.
// cli: the command line as a process. supply: what is installed, published and promised. stacks: what would
// be deployed (npm run test:stacks). slow: the laws at full size (npm run test:slow).
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          setupFiles,
          include: ["test/matrix/**/*.test.ts", "test/functions/pure/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "account",
          setupFiles,
          include: ["test/functions/*.test.ts", "test/local/**/*.test.ts"],
          // A region of 300,000 rules takes minutes: npm run test:slow.
          exclude: ["test/functions/audit-size.slow.test.ts"],
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        test: { name: "cli", setupFiles, include: ["test/cli/**/*.test.ts"], testTimeout: 60_000 },
      },
      {
        test: { name: "supply", include: ["test/supply/**/*.test.ts"], testTimeout: 60_000 },
      },
      {
        test: {
          name: "stacks",
          include: ["test/stacks/**/*.test.ts"],
          globalSetup: "test/stacks/synthesise.ts",
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "slow",
          setupFiles,
          include: ["test/**/*.property.test.ts", "test/**/*.slow.test.ts"],
          testTimeout: 1_800_000,
        },
      },
    ],
  },
});
