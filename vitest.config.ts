import { defineConfig } from "vitest/config";

const setupFiles = ["test/support/seed.ts"];

// Too long for the quick tests: npm run test:slow has them.
const slowAlone = [
  ...[
    ...["audit-size", "audit-cursor", "audit-standing-drift", "audit-crash", "attachments-crash"],
    ...["exception-telling", "acting-races", "matrix-apply-crash"],
  ].map(name => `test/functions/${name}.slow.test.ts`),
  "test/functions/{storms,exception-away}.test.ts",
  "test/matrix/laws.property.test.ts",
  "test/cli/*.slow.test.ts",
];

// unit: pure code. account: real handlers and SDK clients against the embedded account.
// cli: the command line as a process. supply: what is installed, published and promised. stacks: what would
// be deployed (npm run test:stacks). slow: the laws at full size (npm run test:slow).
export default defineConfig({
  test: {
    // Much of the time a test waits for a process or an answer.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "unit",
          setupFiles,
          include: ["test/{matrix,functions/pure}/**/*.test.ts", "test/mutation/*.test.ts"],
          exclude: slowAlone,
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "account",
          setupFiles,
          include: ["test/functions/{,reconcile/**/}*.test.ts", "test/local/**/*.test.ts"],
          exclude: slowAlone,
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "cli",
          setupFiles,
          include: ["test/cli/**/*.test.ts"],
          exclude: slowAlone,
          testTimeout: 60_000,
        },
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
          include: [
            "test/**/*.property.test.ts",
            "test/**/*.slow.test.ts",
            "test/functions/{storms,chaos,exception-away}.test.ts",
          ],
          testTimeout: 1_800_000,
        },
      },
    ],
  },
});
