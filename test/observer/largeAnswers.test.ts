import { expect, it } from "vitest";
import { createPrometheusClient } from "../../src/observer/prometheus.ts";
import { LARGE_ANSWER_MIB } from "../../src/observer/readAnswer.ts";
import { openWire, type Wire } from "../kube/wire.ts";

const HEAD = '{"status":"success","data":{"resultType":"vector","result":[';
const SERIES = `${JSON.stringify({ metric: { authority: "a".repeat(500) }, value: [1, "1"] })},`;
const LAST = '{"metric":{},"value":[1,"1"]}]}}';
const LARGE = SERIES.repeat(Math.ceil((2 * LARGE_ANSWER_MIB * 1024 * 1024) / SERIES.length));
const client = (wire: Wire, intervalMs: number) => createPrometheusClient({ url: wire.url, auth: { kind: "none" }, intervalMs });

it("a large answer waits for the one that is being read; small ones do not", async () => {
  const end = Promise.withResolvers<void>();
  await using wire = await openWire(async (request, response) => {
    let body = "";
    for await (const piece of request) body += String(piece);
    response.write(HEAD);
    if (body.includes("small")) return response.end(LAST);
    response.write(LARGE);
    if (body.includes("slow")) await end.promise;
    return response.end(LAST);
  });
  const prometheus = client(wire, 10_000);
  const order: string[] = [];
  const ask = async (name: string): Promise<void> => {
    const { ok } = await prometheus.query(name);
    order.push(`${name} ${ok}`);
  };
  const slow = ask("slow");
  await new Promise((resolve) => setTimeout(resolve, 300));
  const fast = ask("fast");
  await ask("small");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(order).toEqual(["small true"]);
  end.resolve();
  await Promise.all([slow, fast]);
  expect(order).toEqual(["small true", "slow true", "fast true"]);
});

it("one that never ends costs the others no more than its own time limit", async () => {
  await using wire = await openWire(async (request, response) => {
    let body = "";
    for await (const piece of request) body += String(piece);
    response.write(`${HEAD}${LARGE}`);
    return body.includes("endless") ? undefined : response.end(LAST);
  });
  const prometheus = client(wire, 1_500);
  const late = { ok: false, outcome: "timeout", why: "no whole answer within 1500 ms" };
  expect(await prometheus.query("endless")).toEqual(late);
  expect(await prometheus.query("other")).toMatchObject({ ok: true });
});
