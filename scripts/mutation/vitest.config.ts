import { join } from "node:path";
import { defineConfig } from "vitest/config";

const TIME_LIMIT_MS = 60_000;

/** Random stories last longest, and what they find depends on what they draw. */
const RANDOM = ["properties", "maxShiftedProperty", "handedOn", "severalSplits"];

/** The tests that `npm run mutate` runs against each mutant. */
export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  test: {
    include: ["test/{evaluator,routes,simulator}/**/*.test.ts"],
    exclude: RANDOM.map((name) => `test/evaluator/**/${name}.test.ts`),
    setupFiles: ["test/seedOfVersion.ts"],
    testTimeout: TIME_LIMIT_MS,
    // A mutant gets a new worker, so its test files may share one.
    isolate: false,
  },
});
