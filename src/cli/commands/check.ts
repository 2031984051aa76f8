import { Command, Option } from "commander";
import { createKubeApi } from "../../kube/createKubeApi.ts";
import { loadKubeConfig } from "../../kube/kubeConfig.ts";
import { EXIT, printError } from "../output/exit.ts";
import { printableJson } from "../output/printable.ts";
import { textStyleOf } from "../output/textStyle.ts";
import { readNamespace } from "../wiring/clusterSettings.ts";
import { type ControllerSettings, withControllerSettings } from "../wiring/controllerSettings.ts";
import { findPrometheus } from "../wiring/findPrometheus.ts";
import { openPrometheus } from "../wiring/openPrometheus.ts";
import { mistakeInFastUrl } from "../wiring/prometheusAuth.ts";
import { type SightSettings, withSightSettings } from "../wiring/sightSettings.ts";
import { type CheckReport, onlyTroubles } from "./check/checkReport.ts";
import { inspect } from "./check/inspect.ts";
import { type LinkerdFlags, withLinkerdFlags } from "./check/linkerdFlags.ts";
import { renderReport } from "./check/renderReport.ts";

interface CheckSettings extends SightSettings, ControllerSettings, LinkerdFlags {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly pre?: boolean;
  readonly output: "table" | "short" | "json";
}

const EXAMPLES = `
Examples:
  linkerd-failover check --pre
  linkerd-failover check --rules examples/rules.yaml \\
    --prometheus-url http://localhost:9090
  linkerd-failover check -n shop -o json

Exit status: 0 no check failed (warnings do not count), 1 a check failed,
2 wrong usage, 3 the API server or Prometheus cannot be reached.
`;

/** `check`: whether the cluster, the rules and Prometheus have what the controller needs. Writes nothing. */
export function checkCommand(): Command {
  const command = withControllerSettings(withSightSettings(new Command("check")))
    .description("check the controller, the cluster, the rules and Prometheus, with a hint for each problem")
    .addOption(new Option("-n, --namespace <name>", "only this namespace").argParser(readNamespace))
    .addOption(new Option("-A, --all-namespaces", "all namespaces, even if --watch-namespaces is set"))
    .addOption(new Option("--pre", "before an installation: what the controller needs, and not the controller itself"))
    .addOption(new Option("-o, --output <format>", "output format").choices(["table", "short", "json"]).default("table"))
    .addHelpText("after", EXAMPLES);
  return withLinkerdFlags(command).action(async (options: CheckSettings) => check(options));
}

async function check(settings: CheckSettings): Promise<void> {
  const until = settings.wait ? AbortSignal.timeout(settings.wait) : undefined;
  const wrong = mistakeInFastUrl(settings.fastPrometheusUrl);
  if (wrong !== null) return refuse(wrong);
  const { prometheusUrl, fastPrometheusUrl } = settings;
  // Where there is only the fast one, it is asked everything.
  const opened = await openPrometheus(prometheusUrl === undefined ? { ...settings, prometheusUrl: fastPrometheusUrl } : settings, until);
  if ("wrong" in opened) return refuse(opened.wrong);
  const fast = prometheusUrl === undefined ? null : await openPrometheus({ prometheusUrl: fastPrometheusUrl }, until);
  if (fast !== null && "wrong" in fast) return refuse(fast.wrong);
  const loaded = loadKubeConfig(settings);
  if (!loaded.ok) return refuse(loaded.message, "set the file with --kubeconfig, the context with --context");
  const kube = createKubeApi(loaded.kubeConfig, loaded.impersonation);
  const found = opened.prometheus ?? (await findPrometheus(kube, loaded, settings, until));
  const { report, unreachable } = await inspect({
    kube,
    ...("why" in found ? { prometheus: null, notFound: found.why } : { prometheus: found }),
    fastPrometheus: fast?.prometheus ?? null,
    missing: fastPrometheusUrl === undefined ? "fast" : prometheusUrl === undefined ? "main" : null,
    rulesFile: settings.rules,
    selector: settings.selector ?? null,
    namespaces: namespacesOf(settings),
    maxRoutesPerNamespace: settings.maxRoutesPerNamespace,
    controllerNamespace: settings.controllerNamespace,
    ...(settings.pre !== true && { adminPort: settings.adminPort }),
    flags: settings,
    until,
  });
  if (!("why" in found)) found.stop?.();
  const style = textStyleOf(process.stdout);
  const shown = settings.output === "short" ? onlyTroubles(report) : report;
  process.stdout.write(settings.output === "json" ? printableJson(report) : renderReport(shown, style));
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

function refuse(message: string, hint?: string): void {
  printError(message, hint);
  process.exitCode = EXIT.usage;
}
