import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createPrometheusClient } from "../../src/observer/prometheus.ts";
import type { PrometheusAccess } from "../../src/observer/prometheusAccess.ts";
import { type Listener, openWire, type Wire } from "../kube/wire.ts";

const TIME_LIMIT_MS = 10_000;
const EMPTY = '{"status":"success","data":{"resultType":"vector","result":[]}}';

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "credentials-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function client(wire: Wire, access: Partial<PrometheusAccess>) {
  return createPrometheusClient({ url: wire.url, auth: { kind: "none" }, intervalMs: TIME_LIMIT_MS, ...access });
}

/** Notes these headers of each request. */
function noting(seen: unknown[], ...names: readonly string[]): Listener {
  return (request, response) => {
    seen.push(...names.map((name) => request.headers[name]));
    response.end(EMPTY);
  };
}

describe("the login", () => {
  it("reads the bearer token anew when it changes", async () => {
    const seen: unknown[] = [];
    await using wire = await openWire(noting(seen, "authorization"));
    const tokenFile = path.join(folder, "token");
    const prometheus = client(wire, { auth: { kind: "bearer", tokenFile } });
    writeFileSync(tokenFile, "one\n");
    await prometheus.query("x");
    writeFileSync(tokenFile, "two");
    await prometheus.query("x");
    expect(seen).toEqual(["Bearer one", "Bearer two"]);
  });

  it("sends user and password, which may contain anything except a line break", async () => {
    const seen: string[] = [];
    await using wire = await openWire(noting(seen, "authorization"));
    const passwordFile = path.join(folder, "password");
    writeFileSync(passwordFile, " pä:ss \n");
    await client(wire, { auth: { kind: "basic", username: "me", passwordFile } }).query("x");
    expect(seen.map((header) => Buffer.from(header.slice("Basic ".length), "base64").toString())).toEqual(["me: pä:ss "]);
  });

  it.each([
    ["is empty", " \n", "is empty"],
    ["has several lines", "secret-one\nsecret-two\n", "has more than one line"],
    ["has other characters", "sec\u0000ret\u{1F600}", "characters that cannot be sent"],
  ])("sends nothing if the token's file %s, and repeats none of it", async (_, text, why) => {
    const seen: unknown[] = [];
    await using wire = await openWire(noting(seen, "authorization"));
    const tokenFile = path.join(folder, "bad-token");
    writeFileSync(tokenFile, text);
    const answer = await client(wire, { auth: { kind: "bearer", tokenFile } }).query("x");
    expect(answer).toMatchObject({ ok: false, outcome: "error", why: expect.stringContaining(why) });
    expect(JSON.stringify(answer)).not.toContain("secret-");
    expect(seen).toEqual([]);
  });

  it("fails if the file is missing", async () => {
    await using wire = await openWire(noting([]));
    const tokenFile = path.join(folder, "token");
    expect(await client(wire, { auth: { kind: "bearer", tokenFile } }).query("x")).toMatchObject({
      ok: false,
      outcome: "error",
      why: expect.stringContaining("ENOENT"),
    });
  });
});

describe("headers", () => {
  it("are sent with each query; those of the file are read anew, and win", async () => {
    const seen: unknown[] = [];
    await using wire = await openWire(noting(seen, "x-scope-orgid", "x-key", "authorization"));
    const headersFile = path.join(folder, "headers");
    const headers = [
      ["X-Scope-OrgID", "shop"],
      ["X-Key", "from the flag"],
    ] as const;
    const prometheus = client(wire, { headers, headersFile });
    writeFileSync(headersFile, "x-key: one\n");
    await prometheus.query("x");
    writeFileSync(headersFile, "X-Key: two\nAuthorization: Token three");
    await prometheus.queryAside("x");
    expect(seen).toEqual(["shop", "one", undefined, "shop", "two", "Token three"]);
  });

  it("fail with the line, but without its text", async () => {
    await using wire = await openWire(noting([]));
    const headersFile = path.join(folder, "headers");
    writeFileSync(headersFile, "X-A: b\nsecret-5");
    expect(await client(wire, { headersFile }).query("x")).toEqual({
      ok: false,
      outcome: "error",
      why: `the headers file ${headersFile} cannot be used: line 2 is not NAME: VALUE`,
    });
  });

  it("are not repeated when the server quotes them", async () => {
    await using wire = await openWire((request, response) => {
      const { authorization, "x-key": key } = request.headers;
      response.writeHead(401).end(`${"no ".repeat(60)} ${authorization?.slice("Token ".length)} or ${authorization} or ${String(key)}`);
    });
    const headersFile = path.join(folder, "headers");
    writeFileSync(headersFile, "X-Key: key-8d1\nAuthorization: Token token-4c two\n");
    const fromFile = await client(wire, { headersFile }).query("x");
    const fromFlag = await client(wire, { headers: [["authorization", "Token token-4c two"]] }).query("x");
    expect([fromFile, fromFlag]).toEqual([1, 2].map(() => ({ ok: false, outcome: "error", why: expect.stringContaining("(secret)") })));
    expect(JSON.stringify([fromFile, fromFlag])).not.toMatch(/key-8d1|token-4c|two/);
  });
});
