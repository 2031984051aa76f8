import { createPrometheusClient } from "../../src/observer/prometheus.ts";

/** Run as a process of its own: asks the Prometheus of the first argument as often at once as the second says, and prints what came and how much memory it took. */
const [url = "", times = ""] = process.argv.slice(2);
const client = createPrometheusClient({ url, auth: { kind: "none" }, intervalMs: 60_000 });
const answers = await Promise.all(Array.from({ length: Number(times) }, () => client.query("up")));
const told = answers.map((answer) => (answer.ok ? `${answer.samples.length} series` : answer.why));
process.stdout.write(JSON.stringify({ told, peakMb: process.resourceUsage().maxRSS / 1_000 }));
