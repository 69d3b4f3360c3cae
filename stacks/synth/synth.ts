// Runs sst.config.ts with SST's real components and writes every resource as JSON: no Pulumi engine, no
// AWS, no network but loopback. It is a process of its own, as the end of its event loop tells that
// every component is done.
//
//   node stacks/synth/synth.ts --stage prod [--out FILE] [--bundle] [--region R] [--partition P]
import crypto from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { answerComponents } from "./command-line.ts";
import { handlerBuilder } from "./handlers.ts";
import { pretendAws } from "./pretend-aws.ts";
import { programLoader } from "./program.ts";
import type { Provider, Registration, Resource, Synthesis, Whereabouts } from "./resource.ts";

/** One synthesis, from its command line. */
export interface Wish extends Whereabouts {
  readonly stage: string;
  readonly root: string;
  /** Whether handlers are really bundled. */
  readonly isBundled: boolean;
}

interface Config {
  app(input: { stage: string }): Promise<{ name: string; [setting: string]: unknown }>;
  run(): Promise<unknown>;
}

interface Options {
  parent?: { __name?: string };
  protect?: boolean;
  retainOnDelete?: boolean;
  ignoreChanges?: string[];
}

interface Pulumi {
  output(value: unknown): { apply(then: (plain: Synthesis["outputs"]) => void): void };
  runtime: {
    setMocks(mocks: Provider, app: string, stage: string, isPreview: boolean): Promise<void>;
    runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
    registerStackTransformation(
      look: (resource: { type: string; name: string; opts: Options }) => undefined,
    ): void;
  };
}

/** Synthesises one stage, then hands over the result or the failure, and ends the process. */
export function synthesise(
  wish: Wish,
  provider: Provider,
  done: (result: Synthesis) => Promise<void> | void,
): void {
  const { root, stage } = wish;
  process.exitCode = 1;
  const work = mkdtempSync(path.join(tmpdir(), "portward-synth-"));
  const { platform, fromPlatform, esbuild, load } = programLoader(root);
  const pulumi: Pulumi = fromPlatform("@pulumi/pulumi");
  const resources: Omit<Resource, "options">[] = [];
  const options = new Map<string, Options>();
  const handlers = handlerBuilder(esbuild, { root, work, isReal: wish.isBundled });
  let app: Synthesis["app"] = {};
  let outputs: Synthesis["outputs"] | undefined;
  let failure: unknown;
  // Pulumi hides what an invoke throws, and a failed apply is an unhandled rejection.
  const fail = (error: unknown) => {
    failure ??= error;
  };
  process.on("unhandledRejection", fail);
  process.on("uncaughtException", fail);
  process.once("exit", () => rmSync(work, { recursive: true, force: true }));
  process.once("beforeExit", () => void finish());
  main().catch(fail);

  async function main(): Promise<void> {
    process.env.SST_SERVER = await answerComponents(handlers.build);
    process.env.SST_STAGE = stage;
    Object.assign(globalThis, { $config: (config: Config) => config });
    const { default: config } = await load<{ default: Config }>(
      `import config from "./sst.config.ts"; export default config;`,
    );
    const { removal = "retain", protect = false, ...declared } = await config.app({ stage });
    app = { ...declared, stage, removal, protect };
    const paths = { root, work, platform, home: work };
    const { default: program } = await load<{ default: (first: () => void) => Promise<unknown> }>(
      `import { run } from ${JSON.stringify(path.join(platform, "src/auto/run.ts"))};
       import config from "./sst.config.ts";
       export default first => run(async () => { first(); return config.run(); });`,
      { $app: app, $dev: false, $cli: { command: "deploy", state: {}, paths } },
    );
    await pulumi.runtime.setMocks(recording(), declared.name, stage, false);
    const result = await pulumi.runtime.runInPulumiStack(() =>
      // After SST's own transformations, to see what they set.
      program(() =>
        pulumi.runtime.registerStackTransformation(({ type, name, opts }) => {
          options.set(`${type}|${name}`, opts);
          return undefined;
        }),
      ),
    );
    pulumi.output(result).apply(plain => {
      outputs = plain;
    });
  }

  function recording(): Provider {
    return {
      call(asked) {
        try {
          return provider.call(asked);
        } catch (error) {
          fail(error);
          throw error;
        }
      },
      async newResource(registration: Registration) {
        const { type, name, inputs } = registration;
        try {
          const made = await provider.newResource(registration);
          // What has an id already is read, not made.
          if (!registration.id) resources.push({ type, name, id: made.id, inputs });
          return made;
        } catch (cause) {
          const error = new Error(`${type} ${name}: ${(cause as Error).message}`, { cause });
          fail(error);
          throw error;
        }
      },
    };
  }

  async function finish(): Promise<void> {
    try {
      if (failure) throw failure;
      if (!outputs) throw new Error("the program never finished");
      await done({
        app,
        outputs,
        resources: resources.map(one => ({ ...one, options: shown(options, one) })).sort(byName),
        builds: handlers.builds.toSorted((a, b) => (a.function < b.function ? -1 : 1)),
      });
      process.exit(0);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    }
  }
}

const byName = (a: Resource, b: Resource): number =>
  `${a.type}|${a.name}` < `${b.type}|${b.name}` ? -1 : 1;

function shown(all: ReadonlyMap<string, Options>, { type, name }: { type: string; name: string }) {
  const { parent, protect, retainOnDelete, ignoreChanges } = all.get(`${type}|${name}`) ?? {};
  const kept = { parent: parent?.__name, protect, retainOnDelete, ignoreChanges };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}

/** The names SST draws end in a hash of random bytes: draw the same each time. */
export function drawTheSameNames(): void {
  const { randomBytes } = crypto;
  const zeros = (size: number) => (size === 8 ? Buffer.alloc(size) : randomBytes(size));
  Object.assign(crypto, { randomBytes: zeros });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      stage: { type: "string", default: "prod" },
      root: { type: "string", default: process.cwd() },
      out: { type: "string" },
      bundle: { type: "boolean", default: false },
      partition: { type: "string", default: "aws" },
      region: { type: "string", default: "ap-southeast-1" },
      account: { type: "string", default: "111122223333" },
    },
  });
  const { stage, partition, region, account, bundle: isBundled, out } = values;
  const wish = { stage, partition, region, account, isBundled, root: path.resolve(values.root) };
  drawTheSameNames();
  synthesise(wish, pretendAws(wish), result => {
    writeFileSync(out ?? 1, `${JSON.stringify(result, null, 2)}\n`);
  });
}
