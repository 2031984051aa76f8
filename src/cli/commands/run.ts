import { Command } from "commander";
import { createKubeApi } from "../../kube/createKubeApi.ts";
import { loadKubeConfig } from "../../kube/kubeConfig.ts";
import { complain, EXIT } from "../output/exit.ts";
import { refuseRules } from "../output/refuseRules.ts";
import { loadRules } from "../wiring/liveRules.ts";
import { createLogger } from "../wiring/logger.ts";
import { contradictionIn } from "../wiring/prometheusAuth.ts";
import { type RunSettings, runSettingsOf, withRunSettings } from "../wiring/runSettings.ts";
import { spareMemory } from "../wiring/spareMemory.ts";
import { type Controller, startController } from "../wiring/startController.ts";
import { VERSION } from "./version.ts";

/** Whatever hangs when we are told to stop, we are gone after this. */
const STOP_TIME_LIMIT_MS = 4_500;

const EXAMPLES = `
Examples:
  linkerd-failover run --dry-run --log-format plain
  linkerd-failover run --rules examples/rules.yaml \\
    --prometheus-url http://localhost:9090

Every setting is an environment variable, too, as LINKERD_FAILOVER_RULES.
SIGTERM ends it: what is being written is finished, the Lease is given back.

Exit status: 0 stopped when told to, 2 wrong usage or invalid rules.
`;

/** `run`: the controller. */
export function runCommand(): Command {
  const command = new Command("run").description("run the controller").addHelpText("after", EXAMPLES);
  return withRunSettings(command).action(async (options: Record<string, unknown>) => run(runSettingsOf(options)));
}

async function run(settings: RunSettings): Promise<void> {
  spareMemory();
  const log = createLogger(settings.logLevel, settings.logFormat);
  const wrong = contradictionIn(settings);
  if (wrong !== null) return refuse(wrong);
  const loaded = loadKubeConfig({ kubeconfig: settings.kubeconfig, context: settings.context });
  if (!loaded.ok) return refuse(loaded.message, "--kubeconfig names the file, --context the context in it");
  const stopping = new AbortController();
  const rules = await loadRules(settings.rules, log, stopping.signal, () => Date.now());
  if (!rules.ok) return refuseRules(rules.problems);
  log.info({ version: VERSION, cluster: loaded.source, interval: settings.intervalMs, dryRun: settings.dryRun }, "linkerd-failover starts");
  if (settings.prometheusUrl === undefined) log.warn({}, "no --prometheus-url: metric signals are off, readiness alone decides");
  let controller: Controller | null = null;
  stopOnSignals(
    async () => {
      stopping.abort();
      await controller?.stop();
    },
    (text) => log.info({}, text),
  );
  controller = await startController(settings, createKubeApi(loaded.kubeConfig), rules.rules, log).catch((error: unknown) => {
    // The one thing that can go wrong before anything runs: the address is taken, or not ours.
    complain(
      `cannot listen on ${settings.adminAddress.host}:${settings.adminAddress.port}: ${String(error)}`,
      "--admin-address names another one",
    );
    process.exit(EXIT.usage);
  });
  log.info({ url: controller.adminUrl }, "metrics, probes and the status page are served");
}

/** The first signal stops in peace, the second one at once. */
function stopOnSignals(stopAll: () => Promise<void>, tell: (text: string) => void): void {
  let stops = false;
  const stop = (signal: string): void => {
    if (stops) process.exit(EXIT.no);
    stops = true;
    tell(`${signal}: stopping`);
    setTimeout(() => {
      tell("stopped; what was still under way is abandoned");
      process.exit(EXIT.fine);
    }, STOP_TIME_LIMIT_MS).unref();
    void stopAll().then(() => process.exit(EXIT.fine));
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
}

function refuse(message: string, hint?: string): void {
  complain(message, hint);
  process.exitCode = EXIT.usage;
}
