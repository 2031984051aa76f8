import { Command, CommanderError } from "commander";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type RunSettings, runSettingsOf, withRunSettings } from "../../../src/cli/wiring/runSettings.ts";

const DEFAULTS = {
  watchNamespaces: [],
  maxRoutesPerNamespace: 1_000,
  namespace: "linkerd-failover",
  intervalMs: 5_000,
  adminAddress: { host: "127.0.0.1", port: 8080 },
  dryRun: false,
  leaderElect: true,
  logLevel: "info",
  logFormat: "json",
};

/** The settings, or the one-line error. */
function read(...args: string[]): RunSettings | string {
  let said = "";
  const command = withRunSettings(new Command("run")).exitOverride();
  command.configureOutput({ writeErr: (text) => (said += text) });
  try {
    command.parse(args, { from: "user" });
    return runSettingsOf(command.opts());
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return said;
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[{}[\]|\\]/g, "\\$&");
}

afterEach(() => vi.unstubAllEnvs());

describe("the settings of run", () => {
  it("have defaults", () => {
    expect(read()).toEqual(DEFAULTS);
  });

  it.each([
    [["--interval", "1m30s"], { intervalMs: 90_000 }],
    [["--interval", "500ms"], { intervalMs: 500 }],
    [["--admin-address", "0.0.0.0:80"], { adminAddress: { host: "0.0.0.0", port: 80 } }],
    [["--admin-address", ":80"], { adminAddress: { host: "0.0.0.0", port: 80 } }],
    [["--admin-address", "[::1]:0"], { adminAddress: { host: "::1", port: 0 } }],
    [["--runbook-url", "https://wiki.example/r.md"], { runbookUrl: "https://wiki.example/r.md" }],
    [["--dashboard-url", "http://grafana/d/x"], { dashboardUrl: "http://grafana/d/x" }],
    [["--watch-namespaces", "a, b,"], { watchNamespaces: ["a", "b"] }],
    [["--max-routes-per-namespace", "3"], { maxRoutesPerNamespace: 3 }],
    [["--selector", "example.com/team=edge"], { selector: { label: "example.com/team", value: "edge" } }],
    [["--dry-run"], { dryRun: true }],
    [["--dry-run", "false"], { dryRun: false }],
    [["--dry-run", "--leader-elect", "false"], { dryRun: true, leaderElect: false }],
    [["--log-level", "debug", "--log-format", "plain"], { logLevel: "debug", logFormat: "plain" }],
    [["--prometheus-url", "https://p.example/base"], { prometheusUrl: "https://p.example/base" }],
    [["--prometheus-header", "A=b", "--prometheus-header", "C=d=e"], { prometheusHeader: ["A=b", "C=d=e"] }],
    [["--prometheus-param", "a=b", "--prometheus-param", "c="], { prometheusParam: ["a=b", "c="] }],
    [["--prometheus-selector", 'a = "b" , c!="d",'], { prometheusSelector: 'a="b",c!="d"' }],
  ])("are read from %j", (args, expected) => {
    expect(read(...args)).toEqual({ ...DEFAULTS, ...expected });
  });

  it("are read from the environment, all of them; arguments win", () => {
    const settings = {
      KUBECONFIG: ["k", { kubeconfig: "k" }],
      CONTEXT: ["c", { context: "c" }],
      RULES: ["r", { rules: "r" }],
      PROMETHEUS_URL: ["http://p", { prometheusUrl: "http://p" }],
      PROMETHEUS_BEARER_TOKEN_FILE: ["t", { prometheusBearerTokenFile: "t" }],
      PROMETHEUS_USERNAME: ["u", { prometheusUsername: "u" }],
      PROMETHEUS_PASSWORD_FILE: ["p", { prometheusPasswordFile: "p" }],
      PROMETHEUS_CA_FILE: ["ca", { prometheusCaFile: "ca" }],
      PROMETHEUS_CLIENT_CERT_FILE: ["cc", { prometheusClientCertFile: "cc" }],
      PROMETHEUS_CLIENT_KEY_FILE: ["ck", { prometheusClientKeyFile: "ck" }],
      PROMETHEUS_HEADER: ["A=b\nC=d", { prometheusHeader: ["A=b\nC=d"] }],
      PROMETHEUS_HEADERS_FILE: ["h", { prometheusHeadersFile: "h" }],
      PROMETHEUS_PARAM: ["a=b\nc=d", { prometheusParam: ["a=b\nc=d"] }],
      PROMETHEUS_SELECTOR: ['a="b"', { prometheusSelector: 'a="b"' }],
      SELECTOR: ["a=b", { selector: { label: "a", value: "b" } }],
      WATCH_NAMESPACES: ["a,b", { watchNamespaces: ["a", "b"] }],
      MAX_ROUTES_PER_NAMESPACE: ["7", { maxRoutesPerNamespace: 7 }],
      NAMESPACE: ["own", { namespace: "own" }],
      INTERVAL: ["2s", { intervalMs: 2_000 }],
      ADMIN_ADDRESS: ["0.0.0.0:1", { adminAddress: { host: "0.0.0.0", port: 1 } }],
      RUNBOOK_URL: ["https://wiki.example/r.md", { runbookUrl: "https://wiki.example/r.md" }],
      DASHBOARD_URL: ["http://grafana/d/x", { dashboardUrl: "http://grafana/d/x" }],
      DRY_RUN: ["true", { dryRun: true }],
      LEADER_ELECT: ["false", { leaderElect: false }],
      LOG_LEVEL: ["warn", { logLevel: "warn" }],
      LOG_FORMAT: ["plain", { logFormat: "plain" }],
    } as const;
    for (const [name, [text]] of Object.entries(settings)) vi.stubEnv(`LINKERD_FAILOVER_${name}`, text);
    const expected = Object.assign({}, ...Object.values(settings).map(([, value]) => value));
    expect(read()).toEqual(expected);
    expect(read("--interval", "7s", "--dry-run", "false")).toEqual({ ...expected, intervalMs: 7_000, dryRun: false });
  });

  // Kubernetes sets these variables in a namespace with a Service of this name.
  it("are not confused by the environment of a Service", () => {
    vi.stubEnv("LINKERD_FAILOVER_PORT", "tcp://10.0.0.1:8080");
    vi.stubEnv("LINKERD_FAILOVER_SERVICE_HOST", "10.0.0.1");
    expect(read()).toEqual(DEFAULTS);
  });

  it.each([
    ["--interval", "5", "It must be a duration such as 5s."],
    ["--interval", "499ms", "It must be between 500ms and 5m."],
    ["--interval", "1h", "It must be between 500ms and 5m."],
    ["--admin-address", "8080", "It must be HOST:PORT, such as 0.0.0.0:8080."],
    ["--admin-address", "a:65536", "It must be HOST:PORT, such as 0.0.0.0:8080."],
    ["--runbook-url", "javascript:alert", "It must be a URL that begins with http:// or https://."],
    ["--dashboard-url", "/d/x", "It must be a URL that begins with http:// or https://."],
    ["--watch-namespaces", "a,B", "It must be the name of a namespace."],
    ["--max-routes-per-namespace", "0", "It must be a whole number from 1 to 999999."],
    ["--max-routes-per-namespace", "1e3", "It must be a whole number from 1 to 999999."],
    ["--namespace", "", "It must be the name of a namespace."],
    ["--selector", "team", "It must be LABEL=VALUE."],
    ["--selector", "a=b,c=d", "It must be LABEL=VALUE."],
    ["--prometheus-selector", "a=b", 'It is not a list of label matchers from "b" on: write label matchers as in PromQL, .*'],
    ["--prometheus-selector", 'a="b"} or c{d="e"', "It is more than label matchers: .*"],
    ["--dry-run", "maybe", "It must be true or false."],
    ["--log-level", "loud", "Allowed choices are trace, debug, info, warn, error."],
    ["--log-format", "xml", "Allowed choices are json, plain."],
  ])("refuse %s %s, also from the environment", (name, text, why) => {
    expect(read(name, text)).toMatch(new RegExp(`^error: option '${name} .*' argument '${escaped(text)}' is invalid\\. ${why}\\n$`));
    const variable = `LINKERD_FAILOVER_${name.slice(2).replaceAll("-", "_").toUpperCase()}`;
    vi.stubEnv(variable, text);
    expect(read()).toMatch(
      new RegExp(`^error: option '${name} .*' value '${escaped(text)}' from env '${variable}' is invalid\\. ${why}\\n$`),
    );
  });

  it.each([[["--wrong"]], [["extra"]], [["--interval"]]])("refuse %j", (args) => {
    expect(read(...args)).toMatch(/^error: .*\n$/);
  });
});
