import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Child, freePort, startChild } from "./child.ts";
import { type Ending, waitFor } from "./ending.ts";
import { CONTROLLER_INTERVAL_MS, CONTROLLER_NAMESPACE, rulesYaml } from "./plan.ts";
import { isReady } from "./prometheus.ts";

export interface Controller {
  readonly adminUrl: string;
  readonly child: Child;
}

export interface ControllerOptions {
  readonly folder: string;
  readonly kubeconfig: string;
  readonly prometheusUrl: string;
  readonly signal: AbortSignal;
  readonly onDeath: (ending: Ending) => void;
}

const MAIN = join(import.meta.dirname, "../src/main.ts");
const READY_LIMIT_MS = 30_000;

/** Starts the controller as a user would, and waits until it is ready. */
export async function startController({ folder, kubeconfig, prometheusUrl, signal, onDeath }: ControllerOptions): Promise<Controller> {
  const kubeconfigFile = join(folder, "kubeconfig.json");
  const rulesFile = join(folder, "rules.yaml");
  await writeFile(kubeconfigFile, kubeconfig);
  await writeFile(rulesFile, rulesYaml());
  const address = `127.0.0.1:${await freePort()}`;
  const settings = {
    kubeconfig: kubeconfigFile,
    "prometheus-url": prometheusUrl,
    rules: rulesFile,
    interval: `${CONTROLLER_INTERVAL_MS / 1_000}s`,
    namespace: CONTROLLER_NAMESPACE,
    "admin-address": address,
  };
  const child = startChild({
    name: "the controller",
    command: process.execPath,
    args: [MAIN, "run", ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])],
    env: environment(),
    logFile: join(folder, "controller.log"),
    onDeath,
  });
  const adminUrl = `http://${address}`;
  await waitFor(`the controller to be ready at ${adminUrl}/readyz`, READY_LIMIT_MS, signal, () => isReady(`${adminUrl}/readyz`));
  return { adminUrl, child };
}

/** The environment without settings of the controller and without an HTTP proxy. */
function environment(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("LINKERD_FAILOVER_"));
  return { ...Object.fromEntries(kept), NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };
}
