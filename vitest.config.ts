import { configDefaults, defineConfig } from "vitest/config";

const UNIT_TIME_LIMIT_MS = 10_000;
const WORLD_TIME_LIMIT_MS = 60_000;
const PAGE_TIME_LIMIT_MS = 120_000;
/** The first test of a file may have to wait for servers to start. */
const REAL_TIME_LIMIT_MS = 180_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, "test/world/**", "test/real/**", "test/page/**"],
          setupFiles: ["test/seedOfVersion.ts"],
          testTimeout: UNIT_TIME_LIMIT_MS,
          hookTimeout: UNIT_TIME_LIMIT_MS,
        },
      },
      {
        test: {
          name: "world",
          include: ["test/world/**/*.test.ts"],
          testTimeout: WORLD_TIME_LIMIT_MS,
          hookTimeout: WORLD_TIME_LIMIT_MS,
        },
      },
      {
        test: {
          name: "page",
          include: ["test/page/**/*.test.ts"],
          testTimeout: PAGE_TIME_LIMIT_MS,
          hookTimeout: PAGE_TIME_LIMIT_MS,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "real",
          include: ["test/real/**/*.test.ts"],
          globalSetup: ["test/real/harness/globalSetup.ts"],
          testTimeout: REAL_TIME_LIMIT_MS,
          hookTimeout: REAL_TIME_LIMIT_MS,
          // They start servers and measure time: side by side they would disturb each other.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
