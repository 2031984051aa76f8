import { access, constants } from "node:fs/promises";
import { Command, Option } from "commander";
import { createKubeApi } from "../kube/createKubeApi.ts";
import { loadKubeConfig } from "../kube/kubeConfig.ts";
import { createPrometheusClient } from "../observer/prometheus.ts";
import type { CheckReport } from "./check/checkReport.ts";
import { inspect } from "./check/inspect.ts";
import { renderReport } from "./check/renderReport.ts";
import { readNamespace, setting } from "./clusterSettings.ts";
import { complain, EXIT } from "./exit.ts";
import { contradictionIn, prometheusAuth } from "./prometheusAuth.ts";
import { type SightSettings, withSightSettings } from "./sightSettings.ts";

interface CheckSettings extends SightSettings {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly controllerNamespace: string;
  readonly output: "table" | "json";
}

/** A question to Prometheus may take so long. */
const QUERY_TIME_LIMIT_MS = 10_000;
const MOST_COLUMNS = 80;

const EXAMPLES = `
Examples:
  linkerd-failover check
  linkerd-failover check --rules examples/rules.yaml \\
    --prometheus-url http://localhost:9090
  linkerd-failover check -n shop -o json

Exit status: 0 all is well (warnings are), 1 a check failed, 2 wrong usage,
3 the API server or Prometheus cannot be reached.
`;

/** `check`: whether a cluster, the rules and Prometheus are as the controller needs them. Nothing is written. */
export function checkCommand(): Command {
  const command = withSightSettings(new Command("check"))
    .description("check the cluster, the rules and Prometheus, with a hint for what is not as it should be")
    .addOption(new Option("-n, --namespace <name>", "only this namespace").argParser(readNamespace))
    .addOption(new Option("-A, --all-namespaces", "all namespaces, whatever --watch-namespaces says"))
    .addOption(
      setting("--controller-namespace <name>", "where the controller runs, for its Lease", "namespace")
        .default("linkerd-failover")
        .argParser(readNamespace),
    )
    .addOption(new Option("-o, --output <format>", "how to print it").choices(["table", "json"]).default("table"))
    .addHelpText("after", EXAMPLES);
  // `linkerd check` hands these to every extension; they mean nothing here.
  for (const flags of ["--linkerd-namespace <name>", "--verbose [value]", "--proxy [value]", "--wait <duration>"]) {
    command.addOption(new Option(flags).hideHelp());
  }
  return command.action(async (options: CheckSettings) => check(options));
}

async function check(settings: CheckSettings): Promise<void> {
  const wrong = contradictionIn(settings) ?? (await unreadableIn(settings));
  if (wrong !== null) return refuse(wrong);
  const loaded = loadKubeConfig({ kubeconfig: settings.kubeconfig, context: settings.context });
  if (!loaded.ok) return refuse(loaded.message, "--kubeconfig names the file, --context the context in it");
  const { report, unreachable } = await inspect({
    kube: createKubeApi(loaded.kubeConfig),
    prometheus: prometheusOf(settings),
    rulesFile: settings.rules,
    selector: settings.selector ?? null,
    namespaces: namespacesOf(settings),
    maxRoutesPerNamespace: settings.maxRoutesPerNamespace,
    controllerNamespace: settings.controllerNamespace,
  });
  process.stdout.write(settings.output === "json" ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report, paperOf(process.stdout)));
  process.exitCode = exitOf(report, unreachable);
}

function exitOf({ success }: CheckReport, unreachable: boolean): number {
  if (unreachable) return EXIT.unreachable;
  return success ? EXIT.fine : EXIT.no;
}

function namespacesOf({ allNamespaces, namespace, watchNamespaces }: CheckSettings): readonly string[] {
  if (allNamespaces === true) return [];
  return namespace === undefined ? watchNamespaces : [namespace];
}

function prometheusOf(settings: CheckSettings) {
  if (settings.prometheusUrl === undefined) return null;
  const options = { url: settings.prometheusUrl, auth: prometheusAuth(settings), intervalMs: QUERY_TIME_LIMIT_MS };
  return { client: createPrometheusClient(options), url: settings.prometheusUrl.replace(/\/$/, "") };
}

/** The first of the secrets' files that we cannot read. */
async function unreadableIn({ prometheusBearerTokenFile, prometheusPasswordFile }: SightSettings): Promise<string | null> {
  for (const file of [prometheusBearerTokenFile, prometheusPasswordFile]) {
    if (file === undefined) continue;
    const readable = await access(file, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (!readable) return `${file} is not there, or must not be read`;
  }
  return null;
}

function paperOf(stream: NodeJS.WriteStream) {
  const columns = Math.min(MOST_COLUMNS, stream.columns ?? MOST_COLUMNS);
  // https://no-color.org: set and not empty.
  return { columns, colours: stream.isTTY === true && (process.env["NO_COLOR"] ?? "") === "" };
}

function refuse(message: string, hint?: string): void {
  complain(message, hint);
  process.exitCode = EXIT.usage;
}
