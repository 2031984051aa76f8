import { gunzipSync } from "node:zlib";
import type { Metrics } from "../../src/admin/metrics.ts";

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The text of the exposition. */
export async function textOf(metrics: Pick<Metrics, "expose">): Promise<string> {
  const { body } = await metrics.expose();
  return gunzipSync(body.gzip).toString("utf8");
}

/** Reads the part of Prometheus's text format that prom-client writes. */
export function parseExposition(text: string): readonly Sample[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match === null) throw new Error(`no sample: ${line}`);
    const labels = Object.fromEntries(
      [...(match[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((pair) => [pair[1]!, unescape(pair[2]!)]),
    );
    return { name: match[1]!, labels, value: Number(match[3]) };
  });
}

/** The value of the one sample with exactly these labels; undefined if there is none. */
export function valueOf(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const same = samples.filter((sample) => {
    const keys = Object.keys(sample.labels);
    return sample.name === name && keys.length === Object.keys(labels).length && keys.every((key) => sample.labels[key] === labels[key]);
  });
  if (same.length > 1) throw new Error(`${name} is there ${same.length} times`);
  return same[0]?.value;
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, next: string) => (next === "n" ? "\n" : next));
}
