import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Http2ServerRequest } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKubeApi } from "../../src/kube/createKubeApi.ts";
import type { ImpersonationChoice } from "../../src/kube/impersonation.ts";
import { loadKubeConfig } from "../../src/kube/kubeConfig.ts";
import { startTlsServer, TLS_CA_FILE, TLS_NAME } from "./tlsServer.ts";
import { openWire } from "./wire.ts";

const FIXTURE = join(import.meta.dirname, "../fixtures/kubeconfig-impersonation.yaml");
const OF_FILE = ["Impersonate-User: sre", "Impersonate-Uid: 7", "Impersonate-Group: oncall", "Impersonate-Group: system:masters"];
const EXTRA = "Impersonate-Extra-reason: incident";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "impersonation-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A kubeconfig whose user has these keys too. */
function kubeconfigWith(user: object, cluster: object = { server: "http://127.0.0.1:1" }): string {
  const kubeconfig = join(folder, "kubeconfig");
  const content = {
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user: { token: "t", ...user } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    "current-context": "c",
  };
  writeFileSync(kubeconfig, JSON.stringify(content));
  return kubeconfig;
}

/** The headers about impersonation that a plain server gets, each as it was sent. */
async function sent(kubeconfig: string, choice: ImpersonationChoice = {}): Promise<readonly string[]> {
  const headers: string[] = [];
  await using wire = await openWire(({ rawHeaders }, response) => {
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const [name = "", value = ""] = rawHeaders.slice(i, i + 2);
      if (/^impersonate-/i.test(name)) headers.push(`${name}: ${Buffer.from(value, "latin1").toString()}`);
    }
    response.end("{}");
  });
  const loaded = loadKubeConfig({ kubeconfig, ...choice }, {});
  if (!loaded.ok) throw new Error(loaded.message);
  loaded.kubeConfig.clusters = loaded.kubeConfig.clusters.map((cluster) => ({ ...cluster, server: wire.url }));
  expect(await createKubeApi(loaded.kubeConfig, loaded.impersonation).get("/version")).toEqual({ ok: true, value: {} });
  return headers;
}

/** The same as kubectl 1.32 sends, seen at a plain server. */
describe("the headers", () => {
  it("have user, uid, groups and extra of the kubeconfig", async () => {
    expect(await sent(FIXTURE)).toEqual([...OF_FILE, EXTRA]);
  });

  it.each<[ImpersonationChoice, readonly string[]]>([
    [{ as: "bob" }, ["Impersonate-User: bob", ...OF_FILE.slice(1)]],
    [{ asGroup: ["x"] }, [...OF_FILE.slice(0, 2), "Impersonate-Group: x"]],
    [{ asUid: "9" }, ["Impersonate-User: sre", "Impersonate-Uid: 9", ...OF_FILE.slice(2)]],
    [{ as: "", asUid: "", asGroup: [] }, OF_FILE],
  ])("have what a flag says instead: %j", async (choice, headers) => {
    expect(await sent(FIXTURE, choice)).toEqual([...headers, EXTRA]);
  });

  it("have what the flags say without any in the kubeconfig", async () => {
    const kubeconfig = kubeconfigWith({});
    expect(await sent(kubeconfig)).toEqual([]);
    expect(await sent(kubeconfig, { as: "bob", asGroup: ["x", "y, z"] })).toEqual([
      "Impersonate-User: bob",
      "Impersonate-Group: x",
      "Impersonate-Group: y, z",
    ]);
  });

  it("are UTF-8, with keys of extra escaped", async () => {
    const extra = { "example.com/a b%": ["x", "ü"], schlüssel: ["z"], empty: [], none: null };
    expect(await sent(kubeconfigWith({ as: "jürgen", "as-user-extra": extra }))).toEqual([
      "Impersonate-User: jürgen",
      "Impersonate-Extra-example.com%2Fa%20b%25: x",
      "Impersonate-Extra-example.com%2Fa%20b%25: ü",
      "Impersonate-Extra-schl%C3%BCssel: z",
    ]);
  });

  it("are none for empty values", async () => {
    expect(await sent(kubeconfigWith({ as: "", "as-uid": null, "as-groups": [] }))).toEqual([]);
  });
});

it("keeps two groups two for a server that prefers HTTP/2", async () => {
  const seen: Pick<Http2ServerRequest, "httpVersion" | "rawHeaders">[] = [];
  await using server = await startTlsServer((request, response) => {
    seen.push(request);
    response.end("{}");
  });
  const cluster = { server: `https://127.0.0.1:${server.port}`, "tls-server-name": TLS_NAME, "certificate-authority": TLS_CA_FILE };
  const ask = async (groups: readonly string[]) => {
    const loaded = loadKubeConfig({ kubeconfig: kubeconfigWith({ as: "sre", "as-groups": groups }, cluster) }, {});
    if (!loaded.ok) throw new Error(loaded.message);
    expect(await createKubeApi(loaded.kubeConfig, loaded.impersonation).get("/version")).toEqual({ ok: true, value: {} });
    const { httpVersion, rawHeaders } = seen.at(-1) ?? { httpVersion: "", rawHeaders: [] };
    return { httpVersion, groups: rawHeaders.filter((_, i) => /^impersonate-group$/i.test(rawHeaders[i - 1] ?? "")) };
  };
  expect(await ask(["oncall"])).toEqual({ httpVersion: "2.0", groups: ["oncall"] });
  expect(await ask(["oncall", "system:masters"])).toEqual({ httpVersion: "1.1", groups: ["oncall", "system:masters"] });
});

it.each<[object, ImpersonationChoice, string]>([
  [{ "as-groups": ["a"] }, {}, "impersonated without a user: set --as too"],
  [{ "as-uid": "7" }, {}, "impersonated without a user: set --as too"],
  [{ "as-user-extra": { reason: ["a"] } }, {}, "impersonated without a user: set --as too"],
  [{}, { asGroup: ["a"] }, "impersonated without a user: set --as too"],
  [{ as: "sre", "as-uid": 7 }, {}, "as and as-uid must be texts: quote them"],
  [{ as: ["sre"] }, {}, "as and as-uid must be texts: quote them"],
  [{ as: "sre", "as-groups": "oncall" }, {}, "as-groups must be a list of texts"],
  [{ as: "sre", "as-groups": [1] }, {}, "as-groups must be a list of texts"],
  [{ as: "sre", "as-user-extra": { reason: "incident" } }, {}, "as-user-extra must have a list of texts for each key"],
  [{ as: "sre", "as-user-extra": ["incident"] }, {}, "as-user-extra must have a list of texts for each key"],
  [{ as: "sre\nX-Forged: 1" }, {}, "a line break or another control character"],
  [{}, { as: "sre", asGroup: ["a\r\nb"] }, "a line break or another control character"],
])("refuses %j with %j", (user, choice, problem) => {
  const loaded = loadKubeConfig({ kubeconfig: kubeconfigWith(user), ...choice }, {});
  expect(loaded).toEqual({ ok: false, message: expect.stringContaining(`user "u": `) });
  expect(loaded).toEqual({ ok: false, message: expect.stringContaining(problem) });
});

it("takes the user of the first file that has it", async () => {
  const first = kubeconfigWith({ as: "sre", "as-groups": ["oncall"] });
  const second = join(folder, "second");
  writeFileSync(second, JSON.stringify({ users: [{ name: "u", user: { as: "other", "as-uid": "1" } }] }));
  const loaded = loadKubeConfig({}, { KUBECONFIG: `${first}:${second}` });
  expect(loaded).toMatchObject({ impersonation: { user: "sre", uid: "", groups: ["oncall"] } });
});
