import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { metric, risen } from "../../dashboards/metric.ts";
import { realTool, realTools } from "./harness/realTools.ts";

const TIME_LIMIT_MS = 60_000;
/** Four scrapes make up the window. */
const SCRAPE_S = 15;
const WINDOW = "1m";
/** Queries run shortly after a scrape, so that no sample is at the edge of a window, where Prometheus 2 and 3 differ. */
const LATER_S = 5;
const TARGET = `job="lf", instance="a"`;
/** The tests begin at 0. */
const LONG_AGO = -100_000;

/** The results of consecutive scrapes: how many times each value, null for no value. */
type Scrapes = readonly (readonly [scrapes: number, value: number | null])[];

interface Story {
  readonly what: string;
  readonly started: number;
  /** Whether the process answered the scrape. */
  readonly scraped: Scrapes;
  readonly shifts: Scrapes;
  readonly shown: Scrapes;
}

// biome-ignore format: a table
const STORIES: readonly Story[] = [
  {
    what: "the first shift of a process that has run for long, for the length of the window",
    started: LONG_AGO,
    scraped: [[40, 1]],
    shifts: [[20, null], [20, 1]],
    shown: [[20, null], [4, 1], [16, null]],
  },
  {
    what: "a shift before the first scrape of a new process",
    started: 20,
    scraped: [[2, null], [20, 1]],
    shifts: [[2, null], [20, 1]],
    shown: [[2, null], [4, 1], [16, null]],
  },
  {
    what: "a shift between the first two scrapes of a new process, without a gap",
    started: 20,
    scraped: [[2, null], [20, 1]],
    shifts: [[3, null], [19, 1]],
    shown: [[3, null], [4, 1], [15, null]],
  },
  {
    what: "no old shift again after a gap in the scrapes",
    started: LONG_AGO,
    scraped: [[10, 1], [20, null], [20, 1]],
    shifts: [[5, null], [5, 3], [20, null], [20, 3]],
    shown: [[5, null], [4, 3], [41, null]],
  },
  {
    what: "only new shifts after a gap in the scrapes",
    started: LONG_AGO,
    scraped: [[10, 1], [20, null], [20, 1]],
    shifts: [[5, null], [5, 3], [20, null], [10, 3], [10, 4]],
    shown: [[5, null], [4, 3], [31, null], [3, 1], [7, null]],
  },
];

const tools = realTools("promtool");

describe.skipIf(tools.absent)(`${tools.title("the increase of a counter on the dashboard")}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "linkerd-failover-risen-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(STORIES)("is $what", async ({ started, scraped, shifts, shown }) => {
    const test = {
      interval: `${SCRAPE_S}s`,
      input_series: [
        { series: `linkerd_failover_build_info{${TARGET}, namespace="linkerd-failover", version="1"}`, values: values(scraped) },
        {
          series: `process_start_time_seconds{${TARGET}, namespace="linkerd-failover"}`,
          values: values(scraped.map(([scrapes, value]) => [scrapes, value === null ? null : started])),
        },
        { series: `linkerd_failover_shifts_total{${TARGET}, namespace="shop", route="web"}`, values: values(shifts) },
      ],
      promql_expr_test: oneByOne(shown).map((count, i) => ({
        expr: `round(sum(${risen(metric("shifts_total"), WINDOW)})) > 0`,
        eval_time: `${i * SCRAPE_S + LATER_S}s`,
        exp_samples: count === null ? [] : [{ labels: "{}", value: count }],
      })),
    };
    const file = join(folder, "story.yaml");
    writeFileSync(file, stringify({ evaluation_interval: `${SCRAPE_S}s`, tests: [test] }));
    const { stdout } = await promisify(execFile)(realTool("promtool"), ["test", "rules", file], { timeout: TIME_LIMIT_MS });
    expect(stdout).toContain("SUCCESS");
  });
});

function oneByOne(scrapes: Scrapes): readonly (number | null)[] {
  return scrapes.flatMap(([times, value]) => Array.from({ length: times }, () => value));
}

/** The values in promtool's notation. Prometheus marks the end of a series as stale. */
function values(scrapes: Scrapes): string {
  const all = oneByOne(scrapes);
  return all.map((value, i) => value ?? (i > 0 && all[i - 1] !== null ? "stale" : "_")).join(" ");
}
