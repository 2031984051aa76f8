import { accessSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";

const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

export interface KubeConfigChoice {
  /** `--kubeconfig`: this file and no other. */
  readonly kubeconfig?: string | undefined;
  /** `--context`: instead of the file's current one. */
  readonly context?: string | undefined;
}

export type LoadedKubeConfig =
  /** `namespace`: of the context or the pod; null: neither has one. */
  | { readonly ok: true; readonly kubeConfig: KubeConfig; readonly namespace: string | null; readonly source: string }
  | { readonly ok: false; readonly message: string };

/** Selects the cluster as kubectl does: --kubeconfig, else `KUBECONFIG`, else `~/.kube/config`, else the pod's service account. */
export function loadKubeConfig(
  choice: KubeConfigChoice = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
): LoadedKubeConfig {
  const source = findSource(choice, env);
  if (source === null) {
    return {
      ok: false,
      message: "no cluster configured: there is no --kubeconfig, no KUBECONFIG, no ~/.kube/config, and this is not a pod",
    };
  }
  const kubeConfig = new KubeConfig();
  try {
    if (source.files === null) kubeConfig.loadFromCluster();
    else loadFiles(kubeConfig, source.files);
  } catch (error) {
    return { ok: false, message: `cannot read ${source.name}: ${whyUnreadable(error)}` };
  }
  if (choice.context !== undefined) kubeConfig.setCurrentContext(choice.context);
  const context = kubeConfig.getContextObject(kubeConfig.getCurrentContext());
  if (context === null) return { ok: false, message: contextProblem(kubeConfig, source.name) };
  const cluster = kubeConfig.getCluster(context.cluster);
  if (cluster === null)
    return { ok: false, message: `${source.name}: context "${context.name}" names the cluster "${context.cluster}", which does not exist` };
  if (!URL.canParse(cluster.server)) return { ok: false, message: `${source.name}: cluster "${cluster.name}" has no valid server URL` };
  allowPlainHttp(kubeConfig);
  return { ok: true, kubeConfig, namespace: context.namespace?.trim() || null, source: source.name };
}

/** The error in one line. A YAML parser quotes the file, perhaps a password, so only the position is kept. */
function whyUnreadable(error: unknown): string {
  if (!(error instanceof Error)) return "it is not a kubeconfig";
  const [why = ""] = error.message.split("\n");
  if (error.name !== "YAMLException") return why;
  const place = /\((\d+):(\d+)\)$/.exec(why);
  return `it is not YAML${place === null ? "" : ` (line ${place[1]}, column ${place[2]})`}`;
}

function findSource(
  choice: KubeConfigChoice,
  env: Readonly<Record<string, string | undefined>>,
): { name: string; files: readonly string[] | null } | null {
  if (choice.kubeconfig !== undefined) return { name: choice.kubeconfig, files: [choice.kubeconfig] };
  const listed = (env["KUBECONFIG"] ?? "").split(path.delimiter).filter((file) => file !== "");
  if (listed.length > 0) return { name: `KUBECONFIG ${listed.join(path.delimiter)}`, files: listed };
  const own = path.join(env["HOME"] ?? homedir(), ".kube", "config");
  if (exists(own)) return { name: own, files: [own] };
  return exists(SERVICE_ACCOUNT_TOKEN) ? { name: "the pod's service account", files: null } : null;
}

/** If several files define the same name, the first one wins, as in kubectl. */
function loadFiles(kubeConfig: KubeConfig, files: readonly string[]): void {
  const [first, ...others] = files;
  kubeConfig.loadFromFile(first ?? "");
  for (const file of others) {
    const other = new KubeConfig();
    other.loadFromFile(file);
    other.clusters = other.clusters.filter((cluster) => kubeConfig.getCluster(cluster.name) === null);
    other.users = other.users.filter((user) => kubeConfig.getUser(user.name) === null);
    other.contexts = other.contexts.filter((context) => kubeConfig.getContextObject(context.name) === null);
    kubeConfig.mergeConfig(other, Boolean(kubeConfig.getCurrentContext()));
  }
}

function contextProblem(kubeConfig: KubeConfig, source: string): string {
  const names = kubeConfig.getContexts().map((context) => context.name);
  const wanted = kubeConfig.getCurrentContext();
  const known = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
  return wanted ? `${source}: there is no context "${wanted}" (${known})` : `${source}: no current context is set (${known})`;
}

/** client-node refuses `http:` servers (such as `kubectl proxy`) unless TLS verification is off. */
function allowPlainHttp(kubeConfig: KubeConfig): void {
  kubeConfig.clusters = kubeConfig.clusters.map((cluster) =>
    cluster.server.startsWith("http:") ? { ...cluster, skipTLSVerify: true } : cluster,
  );
}

function exists(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
}
