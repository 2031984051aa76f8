import { ScrapeReports } from "../scrapeReports.ts";

/** When the proxy of a pod started, as its own expositions told; the newest last. */
export type Starts = Readonly<Record<string, readonly number[]>>;

const SAMPLE = /^([a-z_]+)\{(.*)\} (\S+) (\S+)$/;
/** Beside the families of a recording each scrape had these. */
const BESIDE = ["proxy_build_info", "process_start_time_seconds"];
const TARGET = /(?<![a-z_])(?:job|instance|pod)="[^"]*"/g;

/**
 * The series with what Prometheus keeps of each proxy beside them and the recordings left out: `proxy_build_info`,
 * `process_start_time_seconds`, what it notes of each scrape and, where it was not recorded, `up`.
 */
export function withClock(openMetrics: string, starts: Starts): string {
  const lines = openMetrics.split("\n");
  const isUpRecorded = lines.some((line) => line.startsWith("up{"));
  const scrapes = new Map<string, string>();
  const reports = new ScrapeReports();
  for (const line of lines) {
    const [, family, labels = "", value, at = ""] = SAMPLE.exec(line) ?? [];
    if (family === undefined) continue;
    const target = (labels.match(TARGET) ?? []).sort().join(",");
    if (family !== "up") reports.add(`{${target}}`, `${family}{${labels}}`, Number(at) * 1_000);
    if (isUpRecorded && (family !== "up" || value !== "1")) continue;
    scrapes.set(`${target} ${at}`, target);
  }
  const added = new Map<string, string[]>();
  for (const [key, target] of [...scrapes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = key.slice(target.length + 1);
    const pod = /pod="([^"]*)"/.exec(target)?.[1] ?? "";
    const start = (starts[pod] ?? []).findLast((startS) => startS <= Number(at));
    if (start === undefined) continue;
    for (const family of BESIDE) {
      add(added, family, `{${target}} ${family === "proxy_build_info" ? 1 : start} ${at}`);
      reports.add(`{${target}}`, family, Number(at) * 1_000);
    }
    if (!isUpRecorded) add(added, "up", `{${target}} 1 ${at}`);
  }
  for (const [family, target, value, atMs] of reports.all()) add(added, family, `${target} ${value} ${atMs / 1_000}`);
  const blocks = [...added].map(([family, samples]) => `# TYPE ${family} unknown\n${samples.map((s) => `${family}${s}`).join("\n")}\n`);
  return joined([openMetrics, blocks.join("")]);
}

/** Several texts of OpenMetrics as one. No family may be in two of them. */
export function joined(texts: readonly string[]): string {
  return `${texts.map((text) => text.replace(/# EOF\n?$/, "")).join("")}# EOF\n`;
}

function add(families: Map<string, string[]>, family: string, sample: string): void {
  const samples = families.get(family) ?? [];
  samples.push(sample);
  families.set(family, samples);
}
