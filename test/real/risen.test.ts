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
/** Four scrapes make the window. */
const SCRAPE_S = 15;
const WINDOW = "1m";
/** After a scrape it is asked: no sample lies at the edge of a window, which Prometheus 2 and 3 see differently. */
const LATER_S = 5;
const TARGET = `job="lf", instance="a"`;
/** The stories begin at 0. */
const LONG_AGO = -100_000;

/** What one scrape after another reads: so many of them this number, or none. */
type Scrapes = readonly (readonly [scrapes: number, value: number | null])[];

interface Story {
  readonly what: string;
  readonly started: number;
  /** Whether there was a process that answered. */
  readonly scraped: Scrapes;
  readonly shifts: Scrapes;
  readonly shown: Scrapes;
}

// biome-ignore format: a story is a table
const STORIES: readonly Story[] = [
  {
    what: "the first shift of a process that has run for long, for as long as the window is",
    started: LONG_AGO,
    scraped: [[40, 1]],
    shifts: [[20, null], [20, 1]],
    shown: [[20, null], [4, 1], [16, null]],
  },
  {
    what: "a shift that was there at the first scrape after a start",
    started: 20,
    scraped: [[2, null], [20, 1]],
    shifts: [[2, null], [20, 1]],
    shown: [[2, null], [4, 1], [16, null]],
  },
  {
    what: "a shift between the first two scrapes after a start, without a hole",
    started: 20,
    scraped: [[2, null], [20, 1]],
    shifts: [[3, null], [19, 1]],
    shown: [[3, null], [4, 1], [15, null]],
  },
  {
    what: "no old shift anew after a gap of scrapes",
    started: LONG_AGO,
    scraped: [[10, 1], [20, null], [20, 1]],
    shifts: [[5, null], [5, 3], [20, null], [20, 3]],
    shown: [[5, null], [4, 3], [41, null]],
  },
  {
    what: "only what is new after a gap of scrapes",
    started: LONG_AGO,
    scraped: [[10, 1], [20, null], [20, 1]],
    shifts: [[5, null], [5, 3], [20, null], [10, 3], [10, 4]],
    shown: [[5, null], [4, 3], [31, null], [3, 1], [7, null]],
  },
];

const tools = realTools("promtool");

describe.skipIf(tools.absent)(`${tools.title("what the dashboard says a counter has risen")}`, () => {
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

/** As promtool spells them. Prometheus marks where a series ends. */
function values(scrapes: Scrapes): string {
  const all = oneByOne(scrapes);
  return all.map((value, i) => value ?? (i > 0 && all[i - 1] !== null ? "stale" : "_")).join(" ");
}
