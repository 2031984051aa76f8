import { Command } from "commander";
import { expect, it } from "vitest";
import { INTERVAL_PATTERN } from "../../scripts/chart/intervalPattern.ts";
import { withRunSettings } from "../../src/cli/wiring/runSettings.ts";
import { formatDuration } from "../../src/rules/duration.ts";

const EVERY_MS = 137;
const BEYOND_MS = 700_000;

/** Whether the controller would start with this interval. */
function runs(interval: string): boolean {
  const command = withRunSettings(new Command("run"))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    command.parse(["--interval", interval], { from: "user" });
    return true;
  } catch {
    return false;
  }
}

it("the chart accepts exactly the intervals that the controller accepts", () => {
  const edges = [0, 1, 499, 500, 501, 999, 1_000, 9_999, 10_000, 59_999, 60_000, 99_999, 100_000, 299_999, 300_000, 300_001, 3_600_000];
  const all = [...edges, ...Array.from({ length: BEYOND_MS / EVERY_MS }, (_, i) => i * EVERY_MS)];
  const spelled = all.flatMap((ms) => [formatDuration(ms), `${ms}ms`, `${Math.floor(ms / 1_000)}s`, `${Math.floor(ms / 60_000)}m0s`]);
  const pattern = new RegExp(INTERVAL_PATTERN);
  expect([...new Set(spelled)].filter((text) => pattern.test(text) !== runs(text))).toEqual([]);
});
