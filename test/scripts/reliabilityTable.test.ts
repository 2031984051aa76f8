import { expect, it } from "vitest";
import { reliabilityTable } from "../../scripts/reliabilityTable.ts";

it("has a table per theme, with what you see and how long it took", () => {
  const table = reliabilityTable({
    on: "2026-01-02",
    faults: [
      {
        theme: "API server",
        fault: "it | is gone",
        sight: { log: "tried again: ", metric: ["leader", 0], probe: ["/livez", 200] },
        recoveryMs: 1_234,
      },
      { theme: "the process", fault: "no log", sight: { probe: ["/livez", 200] }, recoveryMs: 12, note: "lines are lost" },
    ],
  });
  expect(table.split("\n")).toEqual([
    "2 faults, played on 2026-01-02 at an interval of 1 s; the slowest was over after 1.2 s.",
    "",
    "### API server",
    "",
    "| fault | what you see | over after |",
    "|---|---|---|",
    "| it \\| is gone | log: `tried again:`; `linkerd_failover_leader` 0; `/livez` 200 | 1.2 s |",
    "",
    "### The process",
    "",
    "| fault | what you see | over after |",
    "|---|---|---|",
    "| no log | `/livez` 200 | at once (lines are lost) |",
  ]);
});
