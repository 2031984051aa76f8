import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { refuseRaw } from "../../src/admin/rawRefusal.ts";

let server: Server;

beforeEach(async () => {
  server = createServer((_request, response) => response.end("fine"));
  refuseRaw(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

/** Sends raw bytes and reads to the end. */
async function send(bytes: string): Promise<{ readonly head: string; readonly body: string }> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(bytes);
  const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
  return { head, body };
}

it.each([
  ["an unknown method", "FOO /livez HTTP/1.1\r\nHost: x\r\n\r\n", "405 Method Not Allowed"],
  ["CONNECT", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "405 Method Not Allowed"],
  ["no HTTP at all", "hello\r\n\r\n", "405 Method Not Allowed"],
  ["a broken header", "GET / HTTP/1.1\r\nHost x\r\n\r\n", "400 Bad Request"],
  ["endless headers", `GET / HTTP/1.1\r\nA: ${"a".repeat(100_000)}\r\n\r\n`, "431 Request Header Fields Too Large"],
])("answers %s in the form of all errors", async (_name, bytes, status) => {
  const { head, body } = await send(bytes);
  expect(head.split("\r\n")[0]).toBe(`HTTP/1.1 ${status}`);
  expect(head).toContain("content-type: application/json; charset=utf-8");
  expect(head.includes("allow: GET, HEAD")).toBe(status.startsWith("405"));
  expect(Object.keys(JSON.parse(body))).toEqual(["error"]);
});

it("does not affect well-formed requests", async () => {
  const { head, body } = await send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  expect(head.startsWith("HTTP/1.1 200 OK")).toBe(true);
  expect(body).toContain("fine");
});
