import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import type { WatchEvent } from "../../src/kube/kubeApi.ts";
import { kubeConfigFor, openWire, type Wire } from "./wire.ts";

const PATH = "/apis/discovery.k8s.io/v1/endpointslices";
const GENEROUS_MS = 30_000;

function line(type: string, name: string): string {
  return `${JSON.stringify({ type, object: { metadata: { name } } })}\n`;
}

async function follow(wire: Wire, limitMs = GENEROUS_MS, signal = new AbortController().signal) {
  const events: WatchEvent[] = [];
  const end = await wire.api.watch(PATH, { resourceVersion: "7" }, (event) => events.push(event), limitMs, signal);
  return { end, events: events.map((event) => `${event.type} ${event.object.metadata?.name}`) };
}

it("passes on events, however the bytes are split, and ends normally", async () => {
  let url = "";
  const text = `${line("ADDED", "grüße")}\n${line("MODIFIED", "b")}${line("BOOKMARK", "c")}`;
  await using wire = await openWire(async (request, response) => {
    url = request.url ?? "";
    for (const byte of Buffer.from(text)) {
      response.write(Buffer.from([byte]));
      if (byte % 7 === 0) await new Promise(setImmediate);
    }
    response.end();
  });
  expect(await follow(wire)).toEqual({ end: { end: "closed" }, events: ["ADDED grüße", "MODIFIED b", "BOOKMARK c"] });
  expect(url).toBe(`${PATH}?resourceVersion=7&watch=true`);
});

it("detects silence before the headers", async () => {
  await using wire = await openWire(() => {});
  expect((await follow(wire, 60)).end).toEqual({ end: "silent" });
});

it("detects silence after events; each event restarts the limit", async () => {
  await using wire = await openWire(async (_request, response) => {
    for (let i = 0; i < 6; i += 1) {
      response.write(line("ADDED", String(i)));
      await sleep(60);
    }
  });
  const { end, events } = await follow(wire, 250);
  expect(end).toEqual({ end: "silent" });
  expect(events).toHaveLength(6);
});

it("ends on abort; after an abort it sends nothing", async () => {
  let requests = 0;
  await using wire = await openWire((_request, response) => {
    requests += 1;
    response.write(line("ADDED", "a"));
  });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 60);
  expect((await follow(wire, GENEROUS_MS, controller.signal)).end).toEqual({ end: "aborted" });
  expect((await follow(wire, GENEROUS_MS, controller.signal)).end).toEqual({ end: "aborted" });
  expect(requests).toBe(1);
});

it("passes on nothing after the abort", async () => {
  await using wire = await openWire((_request, response) => response.end(line("ADDED", "a") + line("ADDED", "b")));
  const controller = new AbortController();
  const events: WatchEvent[] = [];
  const stopAtFirst = (event: WatchEvent): void => {
    events.push(event);
    controller.abort();
  };
  await wire.api.watch(PATH, {}, stopAtFirst, GENEROUS_MS, controller.signal);
  expect(events).toHaveLength(1);
});

it("fails with the status of an error answer", async () => {
  await using wire = await openWire((_request, response) => {
    response.writeHead(410).end(JSON.stringify({ kind: "Status", reason: "Expired", message: "too old" }));
  });
  expect((await follow(wire)).end).toEqual({ end: "failed", failure: { ok: false, status: 410, reason: "Expired", message: "too old" } });
});

it.each([
  ["HTML", "<html>\n"],
  ["an event without an object", '{"type":"ADDED"}\n'],
  ["half a line of JSON", '{"type":"ADDED","obj\n'],
])("fails on %s rather than skipping it", async (_name, text) => {
  await using wire = await openWire((_request, response) => response.end(line("ADDED", "a") + text + line("ADDED", "b")));
  const { end, events } = await follow(wire);
  expect(end).toMatchObject({ end: "failed", failure: { status: null, reason: "Unreadable" } });
  expect(events).toEqual(["ADDED a"]);
});

it("fails when the connection is cut in a line", async () => {
  await using wire = await openWire((_request, response) => {
    response.write('{"type":"ADDED",');
    setTimeout(() => response.destroy(), 20);
  });
  expect((await follow(wire)).end).toMatchObject({ end: "failed" });
});

it("fails when refused", async () => {
  const api = createKubeApi(kubeConfigFor("http://127.0.0.1:1"));
  const end = await api.watch(PATH, {}, () => {}, GENEROUS_MS, new AbortController().signal);
  expect(end).toMatchObject({ end: "failed", failure: { reason: "Unreachable" } });
});

it("does not hide broken code in onEvent", async () => {
  await using wire = await openWire((_request, response) => response.write(line("ADDED", "a")));
  const broken = (): void => {
    throw new Error("broken");
  };
  await expect(wire.api.watch(PATH, {}, broken, GENEROUS_MS, new AbortController().signal)).rejects.toThrow("broken");
});
