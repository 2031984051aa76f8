import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import type { Environment } from "../../src/kube/environmentProxy.ts";
import type { KubeApi } from "../../src/kube/kubeApi.ts";
import { loadKubeConfig } from "../../src/kube/kubeConfig.ts";
import { startForwardProxy } from "./forwardProxy.ts";
import { startTlsServer, TLS_CA_FILE, TLS_NAME } from "./tlsServer.ts";
import { openWire } from "./wire.ts";

const PATH = "/api/v1/services";
const NEVER = new AbortController().signal;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "proxies-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(cluster: object, env: Environment) {
  const kubeconfig = join(folder, "kubeconfig");
  const content = {
    clusters: [{ name: "c", cluster: { "certificate-authority": TLS_CA_FILE, ...cluster } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    "current-context": "c",
  };
  writeFileSync(kubeconfig, JSON.stringify(content));
  return loadKubeConfig({ kubeconfig }, env);
}

function apiFor(cluster: object, env: Environment): KubeApi {
  const loaded = load(cluster, env);
  if (!loaded.ok) throw new Error(loaded.message);
  return createKubeApi(loaded.kubeConfig, loaded.impersonation);
}

const ok = () =>
  startTlsServer((_request, response) => {
    response.end('{"kind":"ServiceList"}\n');
  });

it("tunnels through HTTPS_PROXY, with TLS to the API server itself", async () => {
  await using server = await ok();
  await using proxy = await startForwardProxy(server.port);
  const api = apiFor({ server: `https://${TLS_NAME}:${server.port}` }, { HTTPS_PROXY: `http://${proxy.address}` });
  expect(await api.get(PATH)).toEqual({ ok: true, value: { kind: "ServiceList" } });
  expect(proxy.asked).toEqual([`CONNECT ${TLS_NAME}:${server.port}`]);
  expect(proxy.logins).toEqual([undefined]);
});

it("watches through the proxy", async () => {
  const event = { type: "ADDED", object: { metadata: { name: "web" } } };
  await using server = await startTlsServer((_request, response) => {
    response.end(`${JSON.stringify(event)}\n`);
  });
  await using proxy = await startForwardProxy(server.port);
  const api = apiFor({ server: `https://${TLS_NAME}:${server.port}` }, { https_proxy: proxy.address });
  const events: unknown[] = [];
  expect(await api.watch(PATH, {}, (got) => events.push(got), 10_000, NEVER)).toEqual({ end: "closed" });
  expect(events).toEqual([event]);
});

it("logs in at the proxy, and repeats the password nowhere", async () => {
  await using server = await startTlsServer((_request, response) => {
    response.statusCode = 500;
    response.end(`no: ${Buffer.from("me:pass word").toString("base64")} pass word pass%20word`);
  });
  await using proxy = await startForwardProxy(server.port);
  const api = apiFor({ server: `https://${TLS_NAME}:${server.port}` }, { HTTPS_PROXY: `http://me:pass%20word@${proxy.address}` });
  const answer = await api.get(PATH);
  expect(proxy.logins).toEqual([`Basic ${Buffer.from("me:pass word").toString("base64")}`]);
  expect(answer).toMatchObject({ message: 'HTTP 500 Internal Server Error: "no: (secret) (secret) (secret)"' });
});

it("sends plain requests to HTTP_PROXY as they are", async () => {
  await using wire = await openWire((_request, response) => response.end("{}"));
  const port = Number(new URL(wire.url).port);
  await using proxy = await startForwardProxy(port);
  const api = apiFor({ server: `http://${TLS_NAME}:${port}` }, { http_proxy: proxy.address, HTTPS_PROXY: "http://127.0.0.1:1" });
  expect(await api.get(PATH)).toEqual({ ok: true, value: {} });
  expect(proxy.asked).toEqual([`GET http://${TLS_NAME}:${port}${PATH}`]);
});

it("prefers the kubeconfig's proxy-url, whatever NO_PROXY says, even to this machine", async () => {
  await using server = await ok();
  await using proxy = await startForwardProxy(server.port);
  const cluster = { server: `https://127.0.0.1:${server.port}`, "tls-server-name": TLS_NAME, "proxy-url": `http://${proxy.address}` };
  const api = apiFor(cluster, { HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "*" });
  expect(await api.get(PATH)).toMatchObject({ ok: true });
  expect(proxy.asked).toEqual([`CONNECT 127.0.0.1:${server.port}`]);
});

it("connects directly to a server that NO_PROXY names, and to this machine", async () => {
  await using server = await ok();
  await using proxy = await startForwardProxy(server.port);
  const env = { HTTPS_PROXY: `http://${proxy.address}`, NO_PROXY: "shop.test" };
  const local = apiFor({ server: `https://127.0.0.1:${server.port}`, "tls-server-name": TLS_NAME }, env);
  expect(await local.get(PATH)).toMatchObject({ ok: true });
  const named = apiFor({ server: `https://${TLS_NAME}:${server.port}` }, env);
  expect(await named.get(PATH)).toMatchObject({ ok: false, reason: "Unreachable", message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) });
  expect(proxy.asked).toEqual([]);
});

it("names the proxy that refuses, or does not answer", async () => {
  await using proxy = await startForwardProxy(1, 403);
  const server = `https://${TLS_NAME}:6443`;
  const refused = await apiFor({ server }, { HTTPS_PROXY: `http://me:secret-1@${proxy.address}` }).get(PATH);
  expect(refused).toMatchObject({
    reason: "Unreachable",
    message: expect.stringMatching(`^through the proxy ${proxy.address}: .*403`),
  });
  const away = await apiFor({ server }, { HTTPS_PROXY: "http://127.0.0.1:1" }).get(PATH);
  expect(away).toMatchObject({
    reason: "Unreachable",
    message: expect.stringMatching(/^through the proxy 127\.0\.0\.1:1: .*ECONNREFUSED/),
  });
});

it("refuses a proxy that is no URL, and does not quote it", () => {
  const server = `https://${TLS_NAME}:6443`;
  expect(load({ server }, { HTTPS_PROXY: "ftp://me:secret-1@proxy" })).toEqual({
    ok: false,
    message: "HTTPS_PROXY is not the URL of a proxy, such as http://proxy.example.com:3128",
  });
  expect(load({ server, "proxy-url": "me:secret-1@proxy" }, {})).toEqual({
    ok: false,
    message: expect.stringMatching(/kubeconfig: cluster "c": proxy-url is not an http, https or socks5 URL$/),
  });
});
