import { expect, it } from "vitest";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import { kubeConfigFor, openWire } from "./wire.ts";

const PATH = "/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/web";

it("gets an object, with the query escaped, its headers and its token", async () => {
  const seen: unknown[] = [];
  await using wire = await openWire(
    (request, response) => {
      seen.push(request.method, request.url, request.headers.authorization, request.headers["user-agent"]);
      response.end(JSON.stringify({ metadata: { name: "web" } }));
    },
    { token: "secret" },
  );
  const result = await wire.api.get(PATH, { query: { labelSelector: "a=b&c", limit: 500 } });
  expect(result).toEqual({ ok: true, value: { metadata: { name: "web" } } });
  expect(seen).toEqual(["GET", `${PATH}?labelSelector=a%3Db%26c&limit=500`, "Bearer secret", "linkerd-failover"]);
});

it.each([
  ["create", "POST", "application/json"],
  ["replace", "PUT", "application/json"],
  ["patch", "PATCH", "application/json-patch+json"],
] as const)("sends the body of a %s", async (method, verb, type) => {
  const seen: unknown[] = [];
  await using wire = await openWire(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    seen.push(request.method, request.headers["content-type"], JSON.parse(text));
    response.end("{}");
  });
  const body = [{ op: "replace", path: "/spec", value: "ä" }];
  const result = method === "patch" ? await wire.api.patch(PATH, "application/json-patch+json", body) : await wire.api[method](PATH, body);
  expect(result.ok).toBe(true);
  expect(seen).toEqual([verb, type, body]);
});

it("removes", async () => {
  const seen: unknown[] = [];
  await using wire = await openWire((request, response) => {
    seen.push(request.method);
    response.end("{}");
  });
  expect(await wire.api.remove(PATH)).toEqual({ ok: true, value: {} });
  expect(seen).toEqual(["DELETE"]);
});

it("returns status and reason of a Status", async () => {
  await using wire = await openWire((_request, response) => {
    response.writeHead(409).end(JSON.stringify({ kind: "Status", reason: "Conflict", message: "the object has been modified" }));
  });
  expect(await wire.api.get(PATH)).toEqual({ ok: false, status: 409, reason: "Conflict", message: "the object has been modified" });
});

it.each([
  ["a plain 404 of an unknown API group", 404, "404 page not found\n", 404, "NotFound"],
  ["an HTML page of a proxy", 502, "<html><h1>502 Bad Gateway</h1></html>", 502, "BadGateway"],
  ["a Status without a reason", 500, '{"kind":"Status","message":"boom"}', 500, "InternalServerError"],
  ["HTML with 200", 200, "<html>welcome to the hotel</html>", null, "Unreadable"],
  ["half of a JSON", 200, '{"items":[{"a":', null, "Unreadable"],
  ["JSON that is no object", 200, "42", null, "Unreadable"],
  ["nothing", 200, "", null, "Unreadable"],
])("returns a failure for %s", async (_name, status, text, expectedStatus, reason) => {
  await using wire = await openWire((_request, response) => {
    response.writeHead(status).end(text);
  });
  expect(await wire.api.get(PATH)).toMatchObject({ ok: false, status: expectedStatus, reason });
});

it("reports an answer that is cut off as Unreadable", async () => {
  await using wire = await openWire((_request, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write('{"items":[');
    setTimeout(() => response.destroy(), 20);
  });
  expect(await wire.api.get(PATH)).toMatchObject({ ok: false, status: null, reason: "Unreadable" });
});

it("reports an endless answer as TooLong, and stops reading it", async () => {
  let closed = false;
  await using wire = await openWire((_request, response) => {
    const megabyte = Buffer.alloc(1024 * 1024, " ");
    const write = (): void => {
      while (!closed && response.write(megabyte));
    };
    response.on("drain", write);
    response.on("close", () => {
      closed = true;
    });
    write();
  });
  expect(await wire.api.get(PATH)).toMatchObject({
    ok: false,
    status: null,
    reason: "TooLong",
    message: expect.stringContaining("longer than"),
  });
  await expect.poll(() => closed).toBe(true);
});

it("makes TimeLimit of silence, before the head and in the body", async () => {
  await using wire = await openWire((request, response) => {
    if (request.url === "/half") response.write('{"a":');
  });
  expect(await wire.api.get("/none", { timeLimitMs: 50 })).toMatchObject({ ok: false, status: null, reason: "TimeLimit" });
  expect(await wire.api.get("/half", { timeLimitMs: 50 })).toMatchObject({ ok: false, status: null, reason: "TimeLimit" });
});

it("reports a refused connection as Unreachable, with the cause", async () => {
  const api = createKubeApi(kubeConfigFor("http://127.0.0.1:1"));
  expect(await api.get(PATH)).toMatchObject({
    ok: false,
    status: null,
    reason: "Unreachable",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

it("reports missing files of the kubeconfig as NoCredentials", async () => {
  const kubeConfig = kubeConfigFor("http://127.0.0.1:1");
  kubeConfig.clusters = kubeConfig.clusters.map((cluster) => ({ ...cluster, caFile: "/nowhere/ca.crt" }));
  expect(await createKubeApi(kubeConfig).get(PATH)).toMatchObject({
    ok: false,
    reason: "NoCredentials",
    message: expect.stringContaining("/nowhere/ca.crt"),
  });
});

it("aborts when its caller does", async () => {
  await using wire = await openWire(() => {});
  const controller = new AbortController();
  const pending = wire.api.get(PATH, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  expect(await pending).toMatchObject({ ok: false, status: null, reason: "Unreachable" });
  expect(await wire.api.get(PATH, { signal: controller.signal })).toMatchObject({ ok: false, reason: "Unreachable" });
});

it("recovers by itself once the server is back", async () => {
  let broken = true;
  await using wire = await openWire((_request, response) => {
    if (broken) response.destroy();
    else response.end("{}");
  });
  expect(await wire.api.get(PATH)).toMatchObject({ ok: false, reason: "Unreachable" });
  broken = false;
  expect(await wire.api.get(PATH)).toMatchObject({ ok: true });
});

it("reuses its connections", async () => {
  await using wire = await openWire((_request, response) => response.end("{}"));
  for (let i = 0; i < 10; i += 1) await wire.api.get(PATH);
  expect(wire.connections()).toBeLessThan(5);
});
