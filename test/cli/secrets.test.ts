import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiDouble, startApiDouble } from "../world/apiDouble.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const TOKEN = "kube-token-4f1c9be2";
const URL_PASSWORD = "kube-url-password-77";
const BEARER = "prometheus-bearer-a90d";
const PASSWORD = "prometheus-password-5e";
const BASIC = Buffer.from(`scraper:${PASSWORD}`).toString("base64");
const URL_BASIC = Buffer.from(`kube:${URL_PASSWORD}`).toString("base64");
const KEY = "prometheus-key-c3d7";
const SECRETS = [TOKEN, URL_PASSWORD, URL_BASIC, BEARER, PASSWORD, BASIC, KEY];
const INTERVAL_MS = 500;
/** Long enough for the controller to meet each fault and log it. */
const FAULT_MS = 1_200;
const TEST_TIME_LIMIT_MS = 60_000;
const LABELS = { "failover.linkerd.io/controlled-by": "linkerd-failover" };

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers of hostile or broken servers that receive a secret. */
const FAULTS: Readonly<Record<string, Answer>> = {
  echoStatus: (request, response) => {
    const message = `no: ${request.headers.authorization} of ${request.url}`;
    const status = { kind: "Status", status: "error", errorType: "auth", error: message, reason: "Unauthorized", message };
    response.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify(status));
  },
  echoText: (request, response) => void response.writeHead(500).end(`${"no ".repeat(63)}${request.headers.authorization}</b>`),
  garbage: (request, response) => void response.end(`{"data": ${request.headers.authorization}`),
  echoVersion: (request, response) =>
    void response.end(JSON.stringify({ status: "error", errorType: String(request.headers.authorization), error: "" })),
  redirect: (_request, response) => void response.writeHead(307, { location: thief.url }).end(),
  reset: (request) => void request.destroy(),
};

let folder: string;
let double: ApiDouble;
let thief: Listening;
const stolen: string[] = [];
const open: Listening[] = [];

interface Listening {
  readonly url: string;
  readonly server: Server;
}

async function listen(answer: Answer): Promise<Listening> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const listening = { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  open.push(listening);
  return listening;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "secrets-"));
  double = await startApiDouble();
  applyRoute();
  thief = await listen((request, response) => {
    stolen.push(String(request.headers.authorization));
    response.end("{}");
  });
});

afterAll(async () => {
  for (const { server } of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await double.close();
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

function kubeconfig(server: string): string {
  const cluster = { server: server.replace("//", `//kube:${URL_PASSWORD}@`) };
  const contexts = [{ name: "a", context: { cluster: "a", user: "a" } }];
  const users = [{ name: "a", user: { token: TOKEN } }];
  return write(
    `kubeconfig-${new URL(server).port}`,
    JSON.stringify({ clusters: [{ name: "a", cluster }], users, contexts, "current-context": "a" }),
  );
}

function start(command: string, ...args: string[]) {
  const child = spawn(process.execPath, [MAIN, command, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HOME: folder },
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]).then((texts) => texts.join("\n"));
  return { child, said };
}

async function freePort(): Promise<number> {
  const server = createNetServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A route that fails over at the first tick, so that there are Events, decisions and reasons. */
function applyRoute(): void {
  const spec = {
    service: "web",
    backends: [
      { service: "web", weight: 1 },
      { service: "east", weight: 0 },
    ],
  };
  double.apply({
    apiVersion: "split.smi-spec.io/v1alpha2",
    kind: "TrafficSplit",
    metadata: { namespace: "shop", name: "web", labels: LABELS },
    spec,
  });
  const endpoints = [{ addresses: ["10.0.0.1"], conditions: { ready: true } }];
  const labels = { "kubernetes.io/service-name": "east" };
  double.apply({ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { namespace: "shop", name: "e", labels }, endpoints });
}

const LOGINS = {
  bearer: () => ["--prometheus-bearer-token-file", write("token", `${BEARER}\n`)],
  basic: () => ["--prometheus-username", "scraper", "--prometheus-password-file", write("password", `${PASSWORD}\n`)],
  headers: () => ["--prometheus-headers-file", write("headers", `X-Scope-OrgID: shop\nAuthorization: Token ${KEY}\n`)],
};

// Concurrent, since they mostly wait.
it.concurrent.each([
  ["bearer", "json"],
  ["basic", "plain"],
  ["headers", "json"],
] as const)(
  "reveals no secret, however servers fail: %s, in a %s log",
  async (login, format) => {
    let fault = "";
    const asked = { kube: 0, prometheus: 0 };
    const kube = await listen((request, response) => {
      asked.kube += Number(request.headers.authorization === `Bearer ${TOKEN}`);
      if (fault === "") void forward(request, response);
      else FAULTS[fault]?.(request, response);
    });
    const prometheus = await listen((request, response) => {
      asked.prometheus += Number([`Bearer ${BEARER}`, `Basic ${BASIC}`, `Token ${KEY}`].includes(request.headers.authorization ?? ""));
      FAULTS[fault === "" ? "echoStatus" : fault]?.(request, response);
    });
    const admin = `127.0.0.1:${await freePort()}`;
    const settings = ["--kubeconfig", kubeconfig(kube.url), "--prometheus-url", prometheus.url, ...LOGINS[login]()];
    const more = [
      "--interval",
      `${INTERVAL_MS}ms`,
      "--namespace",
      login,
      "--admin-address",
      admin,
      "--log-level",
      "trace",
      "--log-format",
      format,
    ];
    const { child, said } = start("run", ...settings, ...more);
    const heard: string[] = [];
    const visit = async () => {
      for (const path of ["/", "/metrics", "/api/routes", "/api/decisions", "/api/records/TrafficSplit/shop/web", "/readyz"]) {
        heard.push(await fetch(`http://${admin}${path}`).then((answer) => answer.text()));
      }
    };
    await expect
      .poll(
        () =>
          fetch(`http://${admin}/readyz`).then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 30_000 },
      )
      .toBe(200);
    await expect.poll(() => double.list("/apis/events.k8s.io/v1/events").length, { timeout: 30_000 }).toBeGreaterThan(0);
    await visit();
    const api: string[] = [];
    for (fault of Object.keys(FAULTS)) {
      kube.server.closeAllConnections();
      await sleep(FAULT_MS);
      await visit();
      api.push(heard.at(-4) ?? "");
    }
    child.kill("SIGTERM");
    heard.push(await said, ...double.list("/apis/events.k8s.io/v1/events").map((event) => JSON.stringify(event)));
    const checks = await Promise.all(
      [FAULTS["echoStatus"]!, FAULTS["garbage"]!].map(async (answer) => {
        const failing = await listen(answer);
        return start("check", "-o", "json", "--kubeconfig", kubeconfig(failing.url), "--prometheus-url", failing.url, ...LOGINS[login]())
          .said;
      }),
    );
    const all = [...heard, ...checks].join("\n");
    expect(SECRETS.filter((secret) => all.includes(secret))).toEqual([]);
    expect(stolen).toEqual([]);
    // The servers did receive the secrets, and their error messages were reported.
    expect(Math.min(asked.kube, asked.prometheus)).toBeGreaterThan(3);
    expect(all).toContain("no: Bearer (secret)");
    const schemes = { bearer: "Bearer", basic: "Basic", headers: "Token" };
    expect(api.some((told) => told.includes(`no: ${schemes[login]} (secret)`))).toBe(true);
    expect(all).toContain("HTTP 307");
  },
  TEST_TIME_LIMIT_MS,
);

async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { authorization: _, host: __, connection: ___, "content-length": ____, ...headers } = request.headers;
  const given = new AbortController();
  response.on("close", () => given.abort());
  const options = { method: request.method ?? "GET", headers: headers as Record<string, string>, signal: given.signal };
  try {
    const answer = await fetch(`${double.url}${request.url}`, chunks.length === 0 ? options : { ...options, body: Buffer.concat(chunks) });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.flushHeaders();
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  } catch {
    response.destroy();
  }
}

it(
  "does not repeat a header that cannot be used",
  async () => {
    const [file, flag] = [write("bad", `X-A: b\n${KEY}\n`), `X-A=${KEY}\u0007`];
    const checked = start("check", "--prometheus-url", thief.url, "--prometheus-headers-file", file);
    const refused = ["run", "check"].map((command) => start(command, "--prometheus-header", flag));
    const said = await Promise.all([checked, ...refused].map((one) => one.said));
    expect(said[0]).toContain("cannot be used: line 2 is not NAME: VALUE");
    expect(said[1]).toContain("--prometheus-header has a line break or another character that cannot be sent in the value of X-A");
    expect(said.join("")).not.toContain(KEY);
  },
  TEST_TIME_LIMIT_MS,
);

it(
  "does not repeat a URL that contains a password, even an invalid one",
  async () => {
    const urls = ["https://me:url-secret-31@example.com", "htp://me:url-secret-31@example.com", "https://me:url-secret-31@exa mple"];
    const runs = urls.flatMap((url) => ["run", "check"].map((command) => start(command, "--prometheus-url", url)));
    const codes = Promise.all(runs.map(({ child }) => new Promise((resolve) => child.once("close", resolve))));
    const said = await Promise.all(runs.map((one) => one.said));
    expect(said.filter((text) => text.includes("url-secret-31"))).toEqual([]);
    expect(said.filter((text) => text.includes("linkerd-failover: --prometheus-url must"))).toHaveLength(runs.length);
    expect(await codes).toEqual(runs.map(() => 2));
  },
  TEST_TIME_LIMIT_MS,
);
