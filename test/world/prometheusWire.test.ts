import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { createPrometheusClient } from "../../src/observer/prometheus.ts";
import type { QueryAnswer } from "../../src/observer/queryAnswer.ts";
import { installPrometheusWire } from "./prometheusWire.ts";
import type { PrometheusReply } from "./simulatedPrometheus.ts";

const QUERY = 'sum by (a) (b{c="d e&f"})';
const INTERVAL_MS = 300;
const vector = (value: string) => ({ resultType: "vector", result: [{ metric: { a: "b", query: QUERY }, value: [1, value] }] });
const success = (data: object): PrometheusReply => ({ code: 200, body: JSON.stringify({ status: "success", data }) });

describe("the connection to the simulated Prometheus handles like a socket", () => {
  it.each<[string, PrometheusReply | "nothing"]>([
    ["a vector", success(vector("12.5"))],
    ["infinity", success(vector("+Inf"))],
    ["no series", success({ resultType: "vector", result: [] })],
    ["a matrix", success({ resultType: "matrix", result: [] })],
    ["an HTML page of a proxy", { code: 503, body: "<html><body>Service Unavailable</body></html>" }],
    ["an HTML page with status 200", { code: 200, body: "<html></html>" }],
    ["an error of Prometheus", { code: 422, body: JSON.stringify({ status: "error", errorType: "execution", error: "too many samples" }) }],
    [
      "a time limit of Prometheus",
      { code: 503, body: JSON.stringify({ status: "error", errorType: "timeout", error: "query timed out" }) },
    ],
    ["an empty answer", { code: 200, body: "" }],
    ["no answer", "nothing"],
  ])("%s", async (_, reply) => {
    const bySocket = await askOverSocket(reply);
    expect(await askOverWire(reply)).toEqual(bySocket);
  });

  it("a refused connection", async () => {
    const uninstall = installPrometheusWire(() => Promise.reject(new Error("connect ECONNREFUSED")));
    const answer = await ask("http://prometheus.world").finally(uninstall);
    expect(answer).toMatchObject({ ok: false, outcome: "error", why: expect.stringContaining("ECONNREFUSED") });
    expect(await ask("http://127.0.0.1:1")).toMatchObject({ ok: false, outcome: "error", why: expect.stringContaining("ECONNREFUSED") });
  });
});

function ask(url: string): Promise<QueryAnswer> {
  return createPrometheusClient({ url, auth: { kind: "none" }, intervalMs: INTERVAL_MS }).query(QUERY);
}

async function askOverWire(reply: PrometheusReply | "nothing"): Promise<QueryAnswer> {
  const uninstall = installPrometheusWire((query) =>
    query !== QUERY
      ? Promise.reject(new Error(`${query} was asked`))
      : reply === "nothing"
        ? new Promise(() => undefined)
        : Promise.resolve(reply),
  );
  return ask("http://prometheus.world").finally(uninstall);
}

async function askOverSocket(reply: PrometheusReply | "nothing"): Promise<QueryAnswer> {
  const server = createServer((request, response) => {
    request.resume();
    if (reply !== "nothing") response.writeHead(reply.code, { "content-type": "application/json" }).end(reply.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
