import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminServer, startAdminServer } from "../../src/admin/adminServer.ts";
import { createMetrics } from "../../src/admin/metrics.ts";
import { CONNECTIONS_LIMIT } from "../../src/admin/visitorLimits.ts";
import { reportOf, shiftedRoute } from "./reports.ts";

/** Requests time out after 10 s; the rest is for a busy machine. */
const GIVEN_UP_WITHIN_MS = 15_000;
const TEST_TIME_LIMIT_MS = 30_000;
const MEGABYTE = 1_048_576;
const HEAD = "GET /livez HTTP/1.1\r\nHost: x\r\n";

let server: AdminServer;
let visitors: Socket[];

beforeEach(async () => {
  const report = () => reportOf([shiftedRoute()]);
  server = await startAdminServer({ address: { host: "127.0.0.1", port: 0 }, report, metrics: createMetrics(report) });
  visitors = [];
});
afterEach(async () => {
  for (const visitor of visitors) visitor.destroy();
  await server.stop();
});

async function visit(): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  visitors.push(socket);
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

/** Sends raw bytes and reads until the server closes. */
async function send(bytes: string): Promise<string> {
  const socket = await visit();
  socket.write(bytes);
  return text(socket).catch(() => "");
}

describe("a client on a raw socket", () => {
  it.each([
    ["with headers beyond reason", `${HEAD}A: ${"a".repeat(20_000)}\r\n\r\n`, "431"],
    ["with thousands of headers", `${HEAD}${"A: b\r\n".repeat(5_000)}\r\n`, "431"],
    ["with a path beyond reason", `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, "431"],
    ["with two lengths", `POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, "400"],
    ["without a host", "GET /livez HTTP/1.1\r\n\r\n", "400"],
    ["who would write", `POST /api/routes HTTP/1.1\r\nHost: x\r\nContent-Length: ${1024 * MEGABYTE}\r\n\r\n{`, "405"],
    ["who would ask first", "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n", "405"],
    ["who wants another protocol", `${HEAD}Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`, "200"],
  ])("with %s gets an error, and the connection is closed", async (_what, bytes, status) => {
    const heard = await send(bytes);
    expect(heard.replace("HTTP/1.1 100 Continue\r\n\r\n", "").slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
  });

  it("with an endless body is cut off", async () => {
    const socket = await visit();
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${1024 * MEGABYTE}\r\n\r\n`);
    socket.on("data", () => undefined);
    const chunk = Buffer.alloc(MEGABYTE);
    let taken = 0;
    const push = () => {
      while (!socket.destroyed && taken < 512 && socket.write(chunk)) taken += 1;
    };
    socket.on("drain", push);
    push();
    await closed;
    expect(taken).toBeLessThan(512);
  });

  it(
    "who trickles a byte now and then has 10 s for a request",
    async () => {
      const slow = await Promise.all([visit(), visit()]);
      const fromMs = performance.now();
      const heard = slow.map((socket) => text(socket));
      slow[0].write(HEAD);
      slow[1].write("POST / HTTP/1.1\r\nHost: x\r\n");
      const trickle = setInterval(() => slow.forEach((socket, i) => socket.writable && socket.write(`A${i}: b\r\n`)), 500);
      const answers = await Promise.all(heard);
      clearInterval(trickle);
      expect(performance.now() - fromMs).toBeLessThan(GIVEN_UP_WITHIN_MS);
      for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    },
    TEST_TIME_LIMIT_MS,
  );

  it("with many idle connections does not block others", async () => {
    for (let i = 0; i < CONNECTIONS_LIMIT + 50; i += 1) (await visit()).write(HEAD);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    await expect.poll(() => visitors.filter(({ readyState }) => readyState === "closed").length).toBeGreaterThanOrEqual(50);
    // The connections within the limit stay open.
    await sleep(100);
    expect(visitors.filter(({ readyState }) => readyState === "open").length).toBeGreaterThanOrEqual(CONNECTIONS_LIMIT - 10);
  });
});

describe("every path", () => {
  it.each(["/", "/livez", "/metrics", "/api/routes", "/api/decisions", "/nope", "/api/routes/%zz/a/b"])(
    "%s is for no other site, and is what it says it is",
    async (path) => {
      for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
        const headers = { origin: "https://evil.example", "access-control-request-method": "GET" };
        const answer = await fetch(server.url + path, { method, headers });
        const names = [...answer.headers.keys()];
        expect(names.filter((name) => name.startsWith("access-control-") || name === "set-cookie")).toEqual([]);
        expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
        expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none';.*frame-ancestors 'none'$/);
      }
    },
  );
});
