import { accessSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import type { Cluster } from "@kubernetes/client-node/dist/config_types.js";
import { type Environment, environmentProxy, isProxyUrl } from "./environmentProxy.ts";
import { type Impersonation, type ImpersonationChoice, readImpersonation } from "./impersonation.ts";
import { loadFiles, type RawUsers } from "./kubeConfigFiles.ts";
import { TokenFile } from "./tokenFile.ts";

const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

export interface KubeConfigChoice extends ImpersonationChoice {
  /** `--kubeconfig`: this file and no other. */
  readonly kubeconfig?: string | undefined;
  /** `--context`: instead of the file's current one. */
  readonly context?: string | undefined;
}

export type LoadedKubeConfig =
  /** `namespace`: of the context or the pod; null: neither has one. */
  | {
      readonly ok: true;
      readonly kubeConfig: KubeConfig;
      readonly impersonation: Impersonation | null;
      readonly namespace: string | null;
      readonly source: string;
      /** The names of all contexts. */
      readonly contexts: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

/** Selects the cluster as kubectl does: --kubeconfig, else `KUBECONFIG`, else `~/.kube/config`, else the pod's service account. */
export function loadKubeConfig(choice: KubeConfigChoice = {}, env: Environment = process.env): LoadedKubeConfig {
  const source = findSource(choice, env);
  if (source === null) {
    return {
      ok: false,
      message: "no cluster configured: there is no --kubeconfig, no KUBECONFIG, no ~/.kube/config, and this is not a pod",
    };
  }
  const kubeConfig = new KubeConfig();
  kubeConfig.addAuthenticator(new TokenFile());
  let users: RawUsers = new Map();
  try {
    if (source.files === null) kubeConfig.loadFromCluster();
    else users = loadFiles(kubeConfig, source.files);
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
  const proxy = proxyOf(cluster, env);
  if ("problem" in proxy) return { ok: false, message: `${proxy.of === "kubeconfig" ? `${source.name}: ` : ""}${proxy.problem}` };
  const found = readImpersonation(users.get(context.user) ?? {}, choice);
  if ("problem" in found) return { ok: false, message: `${source.name}: user "${context.user}": ${found.problem}` };
  adjustCluster(kubeConfig, cluster, proxy.proxy);
  return {
    ok: true,
    kubeConfig,
    impersonation: found.impersonation,
    namespace: context.namespace?.trim() || null,
    source: source.name,
    contexts: kubeConfig.getContexts().map(({ name }) => name),
  };
}

/** The error in one line. A YAML parser quotes the file, perhaps a password, so only the position is kept. */
function whyUnreadable(error: unknown): string {
  if (!(error instanceof Error)) return "it is not a kubeconfig";
  const [why = ""] = error.message.split("\n");
  if (error.name !== "YAMLException" && error.name !== "YAMLParseError") return why;
  const place = /\((\d+):(\d+)\)$/.exec(why);
  return `it is not YAML${place === null ? "" : ` (line ${place[1]}, column ${place[2]})`}`;
}

function findSource(choice: KubeConfigChoice, env: Environment): { name: string; files: readonly string[] | null } | null {
  if (choice.kubeconfig !== undefined) return { name: choice.kubeconfig, files: [choice.kubeconfig] };
  const listed = (env["KUBECONFIG"] ?? "").split(path.delimiter).filter((file) => file !== "");
  if (listed.length > 0) return { name: `KUBECONFIG ${listed.join(path.delimiter)}`, files: listed };
  const own = path.join(env["HOME"] ?? homedir(), ".kube", "config");
  if (exists(own)) return { name: own, files: [own] };
  return exists(SERVICE_ACCOUNT_TOKEN) ? { name: "the pod's service account", files: null } : null;
}

type ProxyChoice = { readonly proxy: string | null } | { readonly problem: string; readonly of: "kubeconfig" | "environment" };

/** A kubeconfig's proxy-url is for every server, the environment's proxy is not. */
function proxyOf(cluster: Cluster, env: Environment): ProxyChoice {
  if (!cluster.proxyUrl) {
    const found = environmentProxy(new URL(cluster.server), env);
    return "problem" in found ? { ...found, of: "environment" } : found;
  }
  if (isProxyUrl(cluster.proxyUrl)) return { proxy: cluster.proxyUrl };
  return { problem: `cluster "${cluster.name}": proxy-url is not an http, https or socks5 URL`, of: "kubeconfig" };
}

function contextProblem(kubeConfig: KubeConfig, source: string): string {
  const names = kubeConfig.getContexts().map((context) => context.name);
  const wanted = kubeConfig.getCurrentContext();
  const known = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
  return wanted ? `${source}: there is no context "${wanted}" (${known})` : `${source}: no current context is set (${known})`;
}

/** Sets the proxy. client-node refuses `http:` servers (such as `kubectl proxy`) unless TLS verification is off. */
function adjustCluster(kubeConfig: KubeConfig, cluster: Cluster, proxyUrl: string | null): void {
  const adjusted = {
    ...cluster,
    ...(proxyUrl !== null && { proxyUrl }),
    ...(cluster.server.startsWith("http:") && { skipTLSVerify: true }),
  };
  kubeConfig.clusters = kubeConfig.clusters.map((other) => (other.name === cluster.name ? adjusted : other));
}

function exists(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
}
