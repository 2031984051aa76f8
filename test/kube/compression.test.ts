import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { openWire } from "./wire.ts";

const PATH = "/apis/discovery.k8s.io/v1/endpointslices";
const LIST = { metadata: { resourceVersion: "7" }, items: Array.from({ length: 1_000 }, (_, i) => ({ metadata: { name: `web-${i}` } })) };

it("reads a compressed answer, which it asks for", async () => {
  const asked: unknown[] = [];
  await using wire = await openWire((request, response) => {
    asked.push(request.headers["accept-encoding"]);
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(JSON.stringify(LIST)));
  });
  expect(await wire.api.get(PATH)).toEqual({ ok: true, value: LIST });
  expect(asked).toEqual(["gzip"]);
});

it("reads a compressed error", async () => {
  const status = { kind: "Status", reason: "Expired", message: "too old" };
  await using wire = await openWire((_request, response) => {
    response.writeHead(410, { "content-encoding": "gzip" }).end(gzipSync(JSON.stringify(status)));
  });
  expect(await wire.api.get(PATH)).toEqual({ ok: false, status: 410, reason: "Expired", message: "too old" });
});

it("does not ask for it in a watch, whose events would wait in the server's buffer", async () => {
  const asked: unknown[] = [];
  await using wire = await openWire((request, response) => {
    asked.push(request.headers["accept-encoding"]);
    response.end();
  });
  await wire.api.watch(PATH, {}, () => {}, 10_000, AbortSignal.timeout(10_000));
  expect(asked).toEqual([undefined]);
});

it("reports a compressed answer that is cut off, or is none, as Unreadable", async () => {
  const packed = gzipSync(JSON.stringify(LIST));
  for (const body of [packed.subarray(0, packed.length / 2), Buffer.from("no gzip")]) {
    await using wire = await openWire((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(body);
    });
    expect(await wire.api.get(PATH)).toMatchObject({ ok: false, status: null, reason: "Unreadable" });
  }
});

it("limits the length of the text, however short it is when compressed", async () => {
  await using wire = await openWire((_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(100 * 1024 * 1024, " ")));
  });
  expect(await wire.api.get(PATH)).toMatchObject({ ok: false, reason: "TooLong" });
});
