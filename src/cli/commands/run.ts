import { Command } from "commander";
import { createKubeApi } from "../../kube/createKubeApi.ts";
import { loadKubeConfig } from "../../kube/kubeConfig.ts";
import { EXIT, printError } from "../output/exit.ts";
import { refuseRules } from "../output/refuseRules.ts";
import { loadRules } from "../wiring/liveRules.ts";
import { createLogger } from "../wiring/logger.ts";
import { VERSION } from "../wiring/ownVersion.ts";
import { contradictionIn, mistakeInFastUrl } from "../wiring/prometheusAuth.ts";
import { type RunSettings, runSettingsOf, withRunSettings } from "../wiring/runSettings.ts";
import { spareMemory } from "../wiring/spareMemory.ts";
import { type Controller, startController } from "../wiring/startController.ts";

/** After a stop signal the process ends within this time, even if something hangs. */
const STOP_TIME_LIMIT_MS = 4_500;

const EXAMPLES = `
Examples:
  linkerd-failover run --dry-run --log-format plain
  linkerd-failover run --rules examples/rules.yaml \\
    --prometheus-url http://localhost:9090

Every option is also an environment variable, such as LINKERD_FAILOVER_RULES.
On SIGTERM it finishes the writes in flight, releases the Lease and ends.

Exit status: 0 stopped by a signal, 2 wrong usage or invalid rules.
`;

/** `run`: the controller. */
export function runCommand(): Command {
  const command = new Command("run").description("run the controller").addHelpText("after", EXAMPLES);
  return withRunSettings(command).action(async (options: Record<string, unknown>) => run(runSettingsOf(options)));
}

async function run(settings: RunSettings): Promise<void> {
  spareMemory();
  const log = createLogger(settings.logLevel, settings.logFormat);
  const wrong = contradictionIn(settings) ?? mistakeInFastUrl(settings.fastPrometheusUrl);
  if (wrong !== null) return refuse(wrong);
  const loaded = loadKubeConfig(settings);
  if (!loaded.ok) return refuse(loaded.message, "set the file with --kubeconfig, the context with --context");
  const stopping = new AbortController();
  const rules = await loadRules(settings.rules, log, stopping.signal, () => Date.now());
  if (!rules.ok) return refuseRules(rules.problems);
  log.info({ version: VERSION, cluster: loaded.source, interval: settings.intervalMs, dryRun: settings.dryRun }, "linkerd-failover starts");
  if (settings.prometheusUrl === undefined && settings.fastPrometheusUrl === undefined)
    log.warn({}, "no --prometheus-url: metric signals are off, readiness alone decides");
  let controller: Controller | null = null;
  stopOnSignals(
    async () => {
      stopping.abort();
      await controller?.stop();
    },
    (text) => log.info({}, text),
  );
  controller = await startController(settings, createKubeApi(loaded.kubeConfig, loaded.impersonation), rules.rules, log).catch(
    (error: unknown) => {
      // The only failure that is possible here: the address is in use or not available.
      printError(
        `cannot listen on ${settings.adminAddress.host}:${settings.adminAddress.port}: ${String(error)}`,
        "set another address with --admin-address",
      );
      process.exit(EXIT.usage);
    },
  );
  log.info({ url: controller.adminUrl }, "metrics, probes and the status page are served");
}

/** The first signal stops gracefully, a second one at once. */
function stopOnSignals(stopAll: () => Promise<void>, log: (text: string) => void): void {
  let stops = false;
  const stop = (signal: string): void => {
    if (stops) process.exit(EXIT.no);
    stops = true;
    log(`${signal}: stopping`);
    setTimeout(() => {
      log("stopped; unfinished work was abandoned");
      process.exit(EXIT.fine);
    }, STOP_TIME_LIMIT_MS).unref();
    void stopAll().then(() => process.exit(EXIT.fine));
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
}

function refuse(message: string, hint?: string): void {
  printError(message, hint);
  process.exitCode = EXIT.usage;
}
