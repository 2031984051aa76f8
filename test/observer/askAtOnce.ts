import { createPrometheusClient } from "../../src/observer/prometheus.ts";

/** Run as a process of its own: asks the Prometheus of the first argument as often at once as the second says, and prints what came and how much memory it took. */
const [url = "", times = ""] = process.argv.slice(2);
const client = createPrometheusClient({ url, auth: { kind: "none" }, intervalMs: 60_000 });
const ask = async (promql: string): Promise<string> => {
  const answer = await client.query(promql);
  return answer.ok ? `${answer.samples.length} series` : answer.why;
};
const told = await Promise.all(Array.from({ length: Number(times) }, (_, i) => ask(`up + ${i}`)));
process.stdout.write(JSON.stringify({ told, peakMb: process.resourceUsage().maxRSS / 1_000 }));
