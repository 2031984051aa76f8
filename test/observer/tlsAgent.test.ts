import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPrometheusClient, type PrometheusClient } from "../../src/observer/prometheus.ts";
import type { TlsFiles } from "../../src/observer/prometheusAccess.ts";
import { createTlsAgents } from "../../src/observer/tlsAgent.ts";
import { hasOpenssl, makeCertificate, type Pair } from "./certificates.ts";

const EMPTY = '{"status":"success","data":{"resultType":"vector","result":[]}}';
const FINE = { ok: true, samples: [], partial: null };

interface Server extends AsyncDisposable {
  readonly url: string;
  /** Names in the client certificates of the requests; null: none. */
  readonly clients: (string | null)[];
}

async function open(own: Pair, clientsCa?: Pair): Promise<Server> {
  const clients: (string | null)[] = [];
  const mutual = clientsCa === undefined ? {} : { requestCert: true, ca: clientsCa.cert };
  const server = createServer({ cert: own.cert, key: own.key, ...mutual }, (request, response) => {
    clients.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN?.toString() ?? null);
    response.end(EMPTY);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clients,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function client({ url }: Server, tls: TlsFiles): PrometheusClient {
  return createPrometheusClient({ url, auth: { kind: "none" }, tls, intervalMs: 10_000 });
}

const NONE = !hasOpenssl();

describe.skipIf(NONE)(`TLS${NONE ? " (there is no openssl to make certificates)" : ""}`, () => {
  let folder: string;
  let ca: Pair;
  let otherCa: Pair;
  let server: Pair;
  let me: Pair;
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tls-"));
    ca = makeCertificate(folder, "ca");
    otherCa = makeCertificate(folder, "other-ca");
    server = makeCertificate(folder, "server", ca);
    me = makeCertificate(folder, "me", ca);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("trusts the certificates of the CA file, and nothing else", async () => {
    await using prometheus = await open(server);
    expect(await client(prometheus, { caFile: ca.certFile }).query("x")).toEqual(FINE);
    expect(await client(prometheus, { caFile: file("both", `two of them:\n${otherCa.cert}${ca.cert}`) }).query("x")).toEqual(FINE);
    for (const tls of [{}, { caFile: otherCa.certFile }]) {
      const answer = await client(prometheus, tls).query("x");
      expect(answer).toEqual({ ok: false, outcome: "error", why: expect.stringMatching(/certificate/) });
    }
  });

  it("reads the CA file anew when it changes, also to one that is no PEM and back", async () => {
    await using prometheus = await open(server);
    const caFile = file("changing", otherCa.cert);
    const asking = client(prometheus, { caFile });
    const ask = (text: string) => {
      writeFileSync(caFile, text);
      return asking.query("x");
    };
    expect(await ask(otherCa.cert)).toMatchObject({ ok: false });
    expect(await ask(ca.cert)).toEqual(FINE);
    expect(await ask("not PEM")).toEqual({ ok: false, outcome: "error", why: `the CA file ${caFile} has no certificate in PEM` });
    const broken = ca.cert.replace(/\n[^\n-]+\n/, "\n####\n");
    expect(await ask(broken)).toMatchObject({ why: `certificate 1 of the CA file ${caFile} cannot be read` });
    expect(await ask(ca.cert)).toEqual(FINE);
  });

  it("shows the client certificate, and reads it anew when it changes", async () => {
    await using prometheus = await open(server, ca);
    const files = { certFile: file("client.crt", me.cert), keyFile: file("client.key", me.key) };
    const asking = client(prometheus, { caFile: ca.certFile, client: files });
    expect(await asking.query("x")).toEqual(FINE);
    writeFileSync(files.certFile, server.cert);
    writeFileSync(files.keyFile, server.key);
    expect(await asking.query("x")).toEqual(FINE);
    expect(prometheus.clients).toEqual(["me", "server"]);
    expect(await client(prometheus, { caFile: ca.certFile }).query("x")).toMatchObject({ ok: false });
  });

  it("refuses a client certificate or key that cannot be used, and repeats neither", async () => {
    await using prometheus = await open(server, ca);
    const answers = await Promise.all(
      [
        { certFile: file("a", "no"), keyFile: me.keyFile },
        { certFile: me.certFile, keyFile: file("b", "no-key-5f") },
        { certFile: me.certFile, keyFile: server.keyFile },
        { certFile: me.certFile, keyFile: join(folder, "absent") },
      ].map(async (pair) => {
        const answer = await client(prometheus, { caFile: ca.certFile, client: pair }).query("x");
        return answer.ok ? "" : answer.why.replaceAll(folder, "");
      }),
    );
    expect(answers).toEqual([
      "the client certificate /a is not a certificate in PEM",
      expect.stringMatching(/^the client key \/b does not go with \/me.crt: /),
      "the client key /server.key does not go with /me.crt: key values mismatch",
      expect.stringContaining("ENOENT"),
    ]);
    expect(answers.join()).not.toContain("no-key-5f");
  });

  it("keeps its connections while the files stay the same", async () => {
    const agentNow = createTlsAgents({ caFile: ca.certFile });
    const first = await agentNow();
    expect(await agentNow()).toBe(first);
  });
});
