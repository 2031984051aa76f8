import { readFileSync } from "node:fs";
import path from "node:path";

const EXPOSITIONS = path.join(import.meta.dirname, "../fixtures/expositions");

/** The series of a proxy at one time. */
export interface Moment {
  readonly atMs: number;
  /** By series as written. Of two equal series the first one counts, as in a scrape of Prometheus. */
  readonly values: ReadonlyMap<string, number>;
}

/** The recorded series of one client's proxy, by file name. */
export function recordedMoment(name: string, atMs: number): Moment {
  const values = new Map<string, number>();
  for (const line of readFileSync(path.join(EXPOSITIONS, `${name}.txt`), "utf8").split("\n")) {
    const end = line.lastIndexOf(" ");
    const series = line.slice(0, end);
    if (end > 0 && !values.has(series)) values.set(series, Number(line.slice(end + 1)));
  }
  return { atMs, values };
}

/** The same series with all values 0, at another time. */
export function uncounted({ values }: Moment, atMs: number): Moment {
  return { atMs, values: new Map([...values.keys()].map((series) => [series, 0])) };
}

/** OpenMetrics with timestamps, as if Prometheus had scraped each client at these times. */
export function seriesOf(clients: Readonly<Record<string, readonly Moment[]>>): string {
  const families = new Map<string, string[]>();
  for (const [pod, moments] of Object.entries(clients)) {
    for (const series of new Set(moments.flatMap(({ values }) => [...values.keys()]))) {
      const [family = "", labels = ""] = split(series);
      const lines = families.get(family) ?? [];
      families.set(family, lines);
      for (const { atMs, values } of moments) {
        const value = values.get(series);
        if (value !== undefined)
          lines.push(`${family}{job="linkerd-proxy",instance="${pod}:4191",pod="${pod}",${labels}} ${value} ${atMs / 1000}`);
      }
    }
  }
  const blocks = [...families].map(([family, lines]) => `# TYPE ${family} unknown\n${lines.join("\n")}\n`);
  return `${blocks.join("")}# EOF\n`;
}

function split(series: string): readonly string[] {
  return [series.slice(0, series.indexOf("{")), series.slice(series.indexOf("{") + 1, -1)];
}
