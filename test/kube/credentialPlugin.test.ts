import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import { CredentialPlugin, type ExecConfig } from "../../src/kube/credentialPlugin.ts";
import type { KubeApi } from "../../src/kube/kubeApi.ts";
import { loadKubeConfig } from "../../src/kube/kubeConfig.ts";
import { type Listener, openWire } from "./wire.ts";

const API_VERSION = "client.authentication.k8s.io/v1";
const PATH = "/api/v1/services";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plugin-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A plugin that answers as `script` says, in sh: `$n` is how often it has run, now included. */
function plugin(script: string, name = "login"): string {
  const command = join(folder, name);
  writeFileSync(command, `#!/bin/sh\ncd ${folder}\necho x >>runs\nn=$(grep -c x runs)\n${script}\n`);
  chmodSync(command, 0o755);
  return command;
}

/** Prints a credential with this status. */
const says = (status: string) =>
  `echo '{"kind":"ExecCredential","apiVersion":"${API_VERSION}","status":'"${status.replaceAll('"', '\\"')}"'}'`;

const runs = () => (existsSync(join(folder, "runs")) ? readFileSync(join(folder, "runs"), "utf8").trim().split("\n").length : 0);

function apiFor(server: string, exec: Partial<ExecConfig>): KubeApi {
  const kubeconfig = join(folder, "kubeconfig");
  const content = {
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { exec: { apiVersion: API_VERSION, interactiveMode: "Never", ...exec } } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    "current-context": "c",
  };
  writeFileSync(kubeconfig, JSON.stringify(content));
  const loaded = loadKubeConfig({ kubeconfig }, {});
  if (!loaded.ok) throw new Error(loaded.message);
  return createKubeApi(loaded.kubeConfig, loaded.impersonation);
}

/** A server that takes these tokens and keeps what it was sent. */
function taking(...tokens: readonly string[]): { readonly seen: string[]; readonly listener: Listener } {
  const seen: string[] = [];
  const listener: Listener = (request: IncomingMessage, response) => {
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "none";
    seen.push(token);
    if (tokens.includes(token)) return response.end('{"kind":"ServiceList"}\n');
    const message = `${token} has expired`;
    return response.writeHead(401).end(JSON.stringify({ kind: "Status", reason: "Unauthorized", message }));
  };
  return { seen, listener };
}

describe("a refused credential", () => {
  it("is asked for again, once, and the request is sent once more", async () => {
    const { seen, listener } = taking("token-2");
    await using wire = await openWire(listener);
    const api = apiFor(wire.url, { command: plugin(says('{"token":"token-$n"}')) });
    expect(await api.create(PATH, { a: 1 })).toEqual({ ok: true, value: { kind: "ServiceList" } });
    expect(await api.get(PATH)).toMatchObject({ ok: true });
    expect(seen).toEqual(["token-1", "token-2", "token-2"]);
    expect(runs()).toBe(2);
  });

  it("twice ends with the server's words, without the token in them, and is not asked for at each request", async () => {
    const { seen, listener } = taking();
    await using wire = await openWire(listener);
    const api = apiFor(wire.url, { command: plugin(says('{"token":"token-$n"}')) });
    const refused = { ok: false, status: 401, reason: "Unauthorized", message: "(secret) has expired" };
    expect(await api.get(PATH)).toEqual(refused);
    expect(await api.get(PATH)).toEqual(refused);
    expect(seen).toEqual(["token-1", "token-2", "token-2"]);
    expect(runs()).toBe(2);
  });

  it("of several requests at once is asked for once", async () => {
    const { listener } = taking("token-2");
    await using wire = await openWire(listener);
    const api = apiFor(wire.url, { command: plugin(says('{"token":"token-$n"}')) });
    const answers = await Promise.all(Array.from({ length: 5 }, () => api.get(PATH)));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(runs()).toBe(2);
  });

  it("of a watch is asked for again by the next one", async () => {
    const { listener } = taking("token-2");
    await using wire = await openWire(listener);
    const api = apiFor(wire.url, { command: plugin(says('{"token":"token-$n"}')) });
    const watch = () => api.watch(PATH, {}, () => {}, 10_000, new AbortController().signal);
    expect(await watch()).toMatchObject({ end: "failed", failure: { status: 401 } });
    expect(await watch()).not.toMatchObject({ failure: { status: 401 } });
    expect(runs()).toBe(2);
  });

  it("that cannot be renewed is told with the server's and the plugin's words", async () => {
    const { listener } = taking();
    await using wire = await openWire(listener);
    const api = apiFor(wire.url, {
      command: plugin(`[ $n = 1 ] || { echo "session is over" >&2; exit 3; }\n${says('{"token":"token-$n"}')}`),
    });
    expect(await api.get(PATH)).toMatchObject({
      status: 401,
      message: `(secret) has expired; asked again, the credential plugin ${join(folder, "login")} failed (exit code 3): session is over`,
    });
  });

  it("without a plugin is not sent twice", async () => {
    const { seen, listener } = taking();
    await using wire = await openWire(listener, { token: "fixed" });
    expect(await wire.api.get(PATH)).toMatchObject({ status: 401 });
    expect(seen).toEqual(["fixed"]);
  });
});

it("keeps a credential until it expires", async () => {
  const { seen, listener } = taking("token-1", "token-2");
  await using wire = await openWire(listener);
  const expired = new Date(Date.now() - 1_000).toISOString();
  const command = plugin(`t=2999-01-01T00:00:00Z; [ $n = 1 ] && t=${expired}\n${says('{"token":"token-$n","expirationTimestamp":"$t"}')}`);
  const own = new CredentialPlugin({ apiVersion: API_VERSION, command }, null);
  const user = { name: "u" };
  for (const token of ["token-1", "token-2", "token-2"]) {
    const options: { headers?: Record<string, string> } = {};
    await own.applyAuthentication(user, options);
    expect(options.headers).toEqual({ Authorization: `Bearer ${token}` });
  }
  expect(await apiFor(wire.url, { command: plugin(says('{"token":"token-1"}'), "other") }).get(PATH)).toMatchObject({ ok: true });
  expect(seen).toEqual(["token-1"]);
});

it("tells the plugin its arguments, environment and cluster, as kubectl does", async () => {
  const { listener } = taking("t");
  await using wire = await openWire(listener);
  const script = `printf '%s' "$KUBERNETES_EXEC_INFO" >info; echo "$1 $2 $STAGE" >told; ${says('{"token":"t"}')}`;
  plugin(script);
  const exec = { command: "./login", args: ["get", "token"], env: [{ name: "STAGE", value: "prod" }], provideClusterInfo: true };
  expect(await apiFor(wire.url, exec).get(PATH)).toMatchObject({ ok: true });
  expect(readFileSync(join(folder, "told"), "utf8")).toBe("get token prod\n");
  expect(JSON.parse(readFileSync(join(folder, "info"), "utf8"))).toEqual({
    kind: "ExecCredential",
    apiVersion: API_VERSION,
    spec: { interactive: false, cluster: { server: wire.url, "insecure-skip-tls-verify": true } },
  });
});

it("hands the plugin the CA as data, and the proxy", async () => {
  const command = plugin(`printf '%s' "$KUBERNETES_EXEC_INFO" >info; ${says('{"token":"t"}')}`);
  const caFile = join(folder, "ca.crt");
  writeFileSync(caFile, "a CA");
  const cluster = { name: "c", server: "https://a.test", skipTLSVerify: false, tlsServerName: "b.test", caFile, proxyUrl: "http://p.test" };
  await new CredentialPlugin({ command, provideClusterInfo: true }, cluster).applyAuthentication({ name: "u" }, {});
  expect(JSON.parse(readFileSync(join(folder, "info"), "utf8"))).toMatchObject({
    spec: {
      cluster: {
        ...{ server: "https://a.test", "tls-server-name": "b.test", "proxy-url": "http://p.test" },
        "certificate-authority-data": Buffer.from("a CA").toString("base64"),
      },
    },
  });
});

it("uses the client certificate of the plugin", async () => {
  const own = new CredentialPlugin(
    { apiVersion: API_VERSION, command: plugin(says('{"clientCertificateData":"c","clientKeyData":"k"}')) },
    null,
  );
  const options = {};
  await own.applyAuthentication({ name: "u" }, options);
  expect(options).toEqual({ cert: "c", key: "k" });
});

describe("a plugin that fails is reported with its words:", () => {
  const failing = async (exec: Partial<ExecConfig>) => {
    const { seen, listener } = taking();
    await using wire = await openWire(listener);
    const answer = await apiFor(wire.url, exec).get(PATH);
    expect(seen).toEqual([]);
    expect(answer).toMatchObject({ ok: false, status: null, reason: "NoCredentials" });
    return answer.ok ? "" : answer.message.replace(`${folder}/`, "");
  };

  it.each([
    ["an exit code", 'echo "first line\n  second" >&2; exit 255', "the credential plugin login failed (exit code 255): first line second"],
    ["no words", "exit 1", "the credential plugin login failed (exit code 1)"],
    ["a signal", "kill -TERM $$", "the credential plugin login failed (SIGTERM)"],
    ["no answer", "", "the credential plugin login answered something that is not JSON"],
    ["no status", "echo '{}'", "the credential plugin login answered without a status"],
    ["no token", "echo '{\"status\":{}}'", "the credential plugin login answered without a token or certificate"],
    [
      "half a certificate",
      'echo \'{"status":{"token":"secret-1","clientKeyData":"k"}}\'',
      "the credential plugin login answered with only one of certificate and key",
    ],
  ])("%s", async (_what, script, message) => {
    expect(await failing({ command: plugin(script) })).toBe(message);
  });

  it("a long stderr, by its end", async () => {
    const message = await failing({ command: plugin('i=0; while [ $i -lt 200 ]; do echo "line $i" >&2; i=$((i+1)); done; exit 1') });
    expect(message).toMatch(/^the credential plugin login failed \(exit code 1\): ….* line 198 line 199$/);
    expect(message.length).toBeLessThan(600);
  });

  it("a plugin that is not installed, with its hint", async () => {
    expect(await failing({ command: "no-such-login", installHint: "brew install no-such-login" })).toBe(
      "the credential plugin no-such-login is not installed: brew install no-such-login",
    );
  });

  it("no command", async () => {
    expect(await failing({ command: "" })).toBe("the credential plugin has no command");
  });

  it("one that must ask, without a terminal", async () => {
    expect(await failing({ command: plugin("exit 0"), interactiveMode: "Always" })).toBe(
      "the credential plugin login needs a terminal to ask on",
    );
  });
});

it("ends a plugin that hangs, even one whose child holds its output", async () => {
  const command = plugin('echo "open https://login.test" >&2; sleep 9 & sleep 9');
  const own = new CredentialPlugin({ apiVersion: API_VERSION, command }, null, 500);
  const began = performance.now();
  await expect(own.applyAuthentication({ name: "u" }, {})).rejects.toThrow(
    `the credential plugin ${command} did not end within 0.5 s: open https://login.test`,
  );
  expect(performance.now() - began).toBeLessThan(5_000);
});

it("does not count the plugin's time against a request, and lets its caller abort", async () => {
  const { listener } = taking("t");
  await using wire = await openWire(listener);
  const api = apiFor(wire.url, { command: plugin(`sleep 1; ${says('{"token":"t"}')}`) });
  const aborted = await api.get(PATH, { signal: AbortSignal.timeout(100) });
  expect(aborted).toMatchObject({ reason: "TimeLimit", message: `GET ${PATH}: the time for all requests is over` });
  expect(await api.get(PATH, { timeLimitMs: 500 })).toMatchObject({ ok: true });
  expect(runs()).toBe(1);
});
