import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { openWire } from "../kube/wire.ts";

const SERIES = 95_000;
/** Less than the chart's limit of 256 MiB. Read all at once, eight of them took up to 340 MB; one takes 98 MB. */
const LIMIT_MB = 200;

it("eight answers of 30 MB at once take little more memory than one, while V8 collects early", {
  timeout: 120_000,
}, async () => {
  const labels = { route_group: "gateway.networking.k8s.io", route_kind: "HTTPRoute", route_namespace: "shop", pad: "x".repeat(120) };
  const result = Array.from({ length: SERIES }, (_, i) => ({
    metric: { ...labels, route_name: `route-${i}` },
    value: [1_767_353_400.1, "9"],
  }));
  const text = Buffer.from(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
  expect(text.length / 1e6).toBeGreaterThan(25);
  await using wire = await openWire((_request, response) => response.end(text));
  const script = [import.meta.dirname, "askAtOnce.ts"].join("/");
  // As the released program sets it while its heap is small.
  const { stdout } = await promisify(execFile)(process.execPath, ["--optimize-for-size", script, wire.url, "8"]);
  const { told, peakMb } = JSON.parse(stdout) as { told: readonly string[]; peakMb: number };
  // A slow machine does not read them all in time, which must not cost memory either.
  expect(told.filter((one) => one !== `${SERIES} series` && !one.startsWith("no whole answer"))).toEqual([]);
  expect(peakMb).toBeLessThan(LIMIT_MB);
});
