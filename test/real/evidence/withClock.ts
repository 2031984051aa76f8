/** When the proxy of a pod started, as its own expositions told; the newest last. */
export type Starts = Readonly<Record<string, readonly number[]>>;

const SAMPLE = /^([a-z_]+)\{(.*)\} (\S+) (\S+)$/;
const TARGET = /(?<![a-z_])(?:job|instance|pod)="[^"]*"/g;

/**
 * The series with what Prometheus keeps of each proxy beside them and the recordings left out: `proxy_build_info`,
 * `process_start_time_seconds` and, where it was not recorded, `up`.
 */
export function withClock(openMetrics: string, starts: Starts): string {
  const lines = openMetrics.split("\n");
  const isUpRecorded = lines.some((line) => line.startsWith("up{"));
  const scrapes = new Map<string, string>();
  for (const line of lines) {
    const [, family, labels = "", value, at = ""] = SAMPLE.exec(line) ?? [];
    if (family === undefined || (isUpRecorded && (family !== "up" || value !== "1"))) continue;
    const target = (labels.match(TARGET) ?? []).sort().join(",");
    scrapes.set(`${target} ${at}`, target);
  }
  const added = new Map<string, string[]>();
  for (const [key, target] of [...scrapes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = key.slice(target.length + 1);
    const pod = /pod="([^"]*)"/.exec(target)?.[1] ?? "";
    const start = (starts[pod] ?? []).findLast((startS) => startS <= Number(at));
    if (start === undefined) continue;
    add(added, "proxy_build_info", `{${target}} 1 ${at}`);
    add(added, "process_start_time_seconds", `{${target}} ${start} ${at}`);
    if (!isUpRecorded) add(added, "up", `{${target}} 1 ${at}`);
  }
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
