import { readFileSync } from "node:fs";
import path from "node:path";

const EXPOSITIONS = path.join(import.meta.dirname, "../fixtures/expositions");

/** What a proxy exposed, or would have, at one moment. */
export interface Moment {
  readonly atMs: number;
  /** By series as it is written; the first of two equal ones counts, as it does when Prometheus scrapes them. */
  readonly values: ReadonlyMap<string, number>;
}

/** One moment of a client's proxy, by the file's name. */
export function recordedMoment(name: string, atMs: number): Moment {
  const values = new Map<string, number>();
  for (const line of readFileSync(path.join(EXPOSITIONS, `${name}.txt`), "utf8").split("\n")) {
    const end = line.lastIndexOf(" ");
    const series = line.slice(0, end);
    if (end > 0 && !values.has(series)) values.set(series, Number(line.slice(end + 1)));
  }
  return { atMs, values };
}

/** The same series at another moment, before they had counted anything. */
export function uncounted({ values }: Moment, atMs: number): Moment {
  return { atMs, values: new Map([...values.keys()].map((series) => [series, 0])) };
}

/** OpenMetrics with timestamps, as if each of these clients had been scraped at its moments. */
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
