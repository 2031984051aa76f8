import { availableParallelism } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { TestReporter } from "./scripts/testReporter.ts";

const UNIT_TIME_LIMIT_MS = 60_000;
const WORLD_TIME_LIMIT_MS = 120_000;
const PAGE_TIME_LIMIT_MS = 120_000;
/** The first test of a file may have to wait for servers to start. */
const REAL_TIME_LIMIT_MS = 300_000;

/** Vitest would leave one core unused. */
const CORES = availableParallelism();
/** Tests on real servers wait most of the time, so there may be more than cores; too many would slow the starts of servers. */
const REAL_WORKERS = Math.min(2 * CORES, 6);
/** Files that last more than a minute. */
const LONG = [
  ...[
    "controller",
    "scrapeStories",
    "prometheusLoss",
    "existingCluster",
    "missingCrd",
    "controllerMetrics",
    "httpRouteMetrics",
    "replicas",
  ].map(real),
  ...["faults/prometheus", "faults/apiserver", "chart", "gatewayRoutes"].map(real),
  ...["seededWorld", "mutations"].map((name) => `/test/world/${name}.test.ts`),
];

function real(name: string): string {
  return `/test/real/${name}.test.ts`;
}

/** Begins with the long files, so that in the end no worker waits for one of them. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** Node keeps compiled modules there: most of the time that a command or a controller takes to start is compilation. */
const env = { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/node-compile") };

/** The file in which CI wants to have each result as soon as there is one. */
const record = process.env["TEST_RECORD"];

export default defineConfig({
  test: {
    ...(record === undefined ? {} : { reporters: ["default", new TestReporter(record)] }),
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, "test/world/**", "test/real/**", "test/page/**"],
          setupFiles: ["test/seedOfVersion.ts"],
          testTimeout: UNIT_TIME_LIMIT_MS,
          hookTimeout: UNIT_TIME_LIMIT_MS,
          maxWorkers: CORES,
          env,
        },
      },
      {
        test: {
          name: "world",
          include: ["test/world/**/*.test.ts"],
          testTimeout: WORLD_TIME_LIMIT_MS,
          hookTimeout: WORLD_TIME_LIMIT_MS,
          maxWorkers: CORES,
          env,
        },
      },
      {
        test: {
          name: "page",
          include: ["test/page/**/*.test.ts"],
          testTimeout: PAGE_TIME_LIMIT_MS,
          hookTimeout: PAGE_TIME_LIMIT_MS,
          sequence: { groupOrder: 2 },
          env,
        },
      },
      {
        test: {
          name: "real",
          include: ["test/real/**/*.test.ts"],
          globalSetup: ["test/real/harness/globalSetup.ts"],
          testTimeout: REAL_TIME_LIMIT_MS,
          hookTimeout: REAL_TIME_LIMIT_MS,
          // Each file starts its own servers, on ports of its own. They measure time, so no unit test runs beside them.
          maxWorkers: REAL_WORKERS,
          sequence: { groupOrder: 1 },
          env,
        },
      },
    ],
  },
});
