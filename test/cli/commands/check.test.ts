import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CheckReport } from "../../../src/cli/commands/check/checkReport.ts";
import { openWire } from "../../kube/wire.ts";

const MAIN = join(import.meta.dirname, "../../../src/main.ts");

let folder: string;
let kubeconfig: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "check-"));
  kubeconfig = join(folder, "kubeconfig");
  const content = {
    clusters: [{ name: "a", cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "a", user: { token: "a" } }],
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    "current-context": "a",
  };
  writeFileSync(kubeconfig, JSON.stringify(content));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A kubeconfig for this server. */
function kubeconfigOf(server: string): string {
  const file = join(folder, "kubeconfig-of-server");
  writeFileSync(file, readFileSync(kubeconfig, "utf8").replace("https://127.0.0.1:1", server));
  return file;
}

async function run(...args: string[]) {
  const env = { ...process.env, HOME: folder, KUBECONFIG: "" };
  const child = spawn(process.execPath, [MAIN, "check", ...args], { env, stdio: ["ignore", "pipe", "pipe"], timeout: 30_000 });
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

it("reports in the format of linkerd check that the API server does not answer, and exits with 3", async () => {
  const { code, out, err } = await run("--kubeconfig", kubeconfig, "-o", "json");
  expect([code, err]).toEqual([3, ""]);
  const { success, categories } = JSON.parse(out);
  expect(success).toBe(false);
  expect(categories[0]).toEqual({
    categoryName: "kubernetes",
    checks: [
      {
        description: "the API server answers",
        result: "error",
        hint: "is the cluster up, and is it the right one? --context and --kubeconfig select another",
        error: expect.stringContaining("ECONNREFUSED"),
      },
    ],
  });
});

it("is a list for people, without colours if stdout is not a terminal", async () => {
  // `linkerd check` passes its own flags to extensions.
  const { code, out } = await run(
    "--kubeconfig",
    kubeconfig,
    "--linkerd-namespace=linkerd",
    "--verbose=false",
    "--proxy=false",
    "--wait=5m0s",
  );
  expect(code).toBe(3);
  expect(out).toMatch(/^kubernetes\n-+\n× the API server answers\n {4}Unreachable: [\s\S]*\nStatus check results are ×\n$/);
});

it("answers linkerd check with JSON, and follows the flags that it hands to every extension", async () => {
  const seen = new Set<string | string[] | undefined>();
  await using wire = await openWire(({ url, headers }, response) => {
    for (const name of ["impersonate-user", "impersonate-group"]) seen.add(headers[name]);
    if (url === "/version") response.end('{"gitVersion":"v1.36.3"}');
    else response.writeHead(404).end('{"kind":"Status","reason":"NotFound","message":"no"}');
  });
  const places = ["--api-addr=127.0.0.1:8085", "--context=a", `--kubeconfig=${kubeconfigOf(wire.url)}`, "--namespace=shop"];
  const others = ["--linkerd-namespace=linkerd", "--verbose=false", "--proxy=false", "--wait=5m0s", "--output=json"];
  const { code, out, err } = await run("--as=bob", "--as-group=[oncall,sre]", ...places, ...others);
  expect([code, err]).toEqual([0, ""]);
  const { success, categories } = JSON.parse(out) as CheckReport;
  expect([success, categories[0]?.categoryName]).toEqual([true, "kubernetes"]);
  expect(seen).toEqual(new Set(["bob", "oncall, sre"]));
  const said = categories.flatMap(({ checks }) => checks.map(({ error }) => error));
  expect(said).toContain("check asks no control plane: --api-addr 127.0.0.1:8085 has no effect");
});

const NO_PEM = join(import.meta.dirname, "check.test.ts");

it.each([
  [["-o", "yaml"], "Allowed choices are table, short, json"],
  [["-n", "Shop"], "It must be the name of a namespace."],
  [["--as-group", "oncall"], "impersonated without a user: set --as too"],
  [["--prometheus-username", "me"], "must be set together"],
  [
    ["--prometheus-url", "http://x", "--prometheus-bearer-token-file", "/nowhere/token"],
    "cannot read /nowhere/token: it does not exist, or its permissions forbid it",
  ],
  [["--prometheus-url", "https://x", "--prometheus-ca-file", "/nowhere/ca"], "cannot read /nowhere/ca: it does not exist"],
  [["--prometheus-url", "https://x", "--prometheus-ca-file", NO_PEM], `the CA file ${NO_PEM} has no certificate in PEM`],
  [["--prometheus-url", "http://x", "--prometheus-headers-file", "/nowhere/h"], "cannot read /nowhere/h: it does not exist"],
  [["--prometheus-url", "http://x?a=b"], "must not contain a query string: use --prometheus-param NAME=VALUE"],
  [["--prometheus-selector", "cluster=west"], 'It is not a list of label matchers from "west" on'],
  [["--kubeconfig", "/nowhere/config"], "cannot read /nowhere/config"],
])("refuses %j", async (args, why) => {
  const { code, out, err } = await run("--kubeconfig", kubeconfig, ...args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(why);
});

it("shows examples and exit codes in its help", async () => {
  const { code, out } = await run("--help");
  expect(code).toBe(0);
  expect(out).toContain("linkerd-failover check --rules examples/rules.yaml");
  expect(out).toContain("Exit status: 0 ");
  expect(out).toMatch(/\nFlags of linkerd check:\n(.*\n)*? {2}--verbose \[value\] +no effect: there is no log\n/);
});
