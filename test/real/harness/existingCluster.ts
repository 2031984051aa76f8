/** A cluster that was there before, and is not ours: what `npm run test:cluster` is told about it. */
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { loadKubeConfig } from "../../../src/kube/kubeConfig.ts";
import type { ApiServer } from "../../world/plainHttp.ts";

/** The label of everything that one run makes there. */
export const RUN_LABEL = "linkerd-failover.test/run";
/** Set for the tests by `npm run test:cluster` alone: without it they start servers of their own. */
export const RUN_VARIABLE = "LINKERD_FAILOVER_TEST_RUN";
const CONTEXT_VARIABLE = "LINKERD_FAILOVER_TEST_CONTEXT";
const PROMETHEUS_VARIABLE = "LINKERD_FAILOVER_TEST_PROMETHEUS_URL";
const MESH_VARIABLE = "LINKERD_FAILOVER_TEST_MESH_ADDRESS";

/** A Prometheus, and where it scrapes the clients that a test plays. */
export interface ForeignPrometheus {
  readonly url: string;
  /** `host:port`. */
  readonly meshAddress: string;
}

export interface ExistingCluster {
  readonly kubeConfig: KubeConfig;
  readonly context: string;
  readonly server: string;
  /** A text where there is none: why. */
  readonly prometheus: ForeignPrometheus | string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The cluster that the environment names, or why nothing may be done there. */
export function readCluster(env: Env): ExistingCluster | string {
  const loaded = loadKubeConfig({}, env);
  if (!loaded.ok) return loaded.message;
  const { kubeConfig } = loaded;
  const context = kubeConfig.getCurrentContext();
  const confirmed = env[CONTEXT_VARIABLE];
  if (confirmed !== context) {
    const said = confirmed === undefined ? "is not set" : `says "${confirmed}"`;
    return `${CONTEXT_VARIABLE} ${said}, and the current context is "${context}": if these tests may make namespaces there, set it to that`;
  }
  const prometheus = readPrometheus(env);
  if (prometheus instanceof Error) return prometheus.message;
  return { kubeConfig, context, server: kubeConfig.getCurrentCluster()?.server ?? "", prometheus };
}

function readPrometheus(env: Env): ForeignPrometheus | string | Error {
  const url = env[PROMETHEUS_VARIABLE];
  if (!url) return `${PROMETHEUS_VARIABLE} is not set`;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) return new Error(`${PROMETHEUS_VARIABLE} must be an http or https URL`);
  const meshAddress = env[MESH_VARIABLE];
  if (!meshAddress) return `${MESH_VARIABLE} is not set`;
  if (!/^[^:/]+:\d+$/.test(meshAddress)) return new Error(`${MESH_VARIABLE} must be HOST:PORT of this machine`);
  return { url, meshAddress };
}

/** The cluster in which these tests are to run; null where they start their own. */
export function existingCluster(env: Env = process.env): ExistingCluster | null {
  if (env[RUN_VARIABLE] === undefined) return null;
  const cluster = readCluster(env);
  if (typeof cluster === "string") throw new Error(cluster);
  return cluster;
}

/** Why a story that needs metrics cannot be played; null where it can. */
export function whyNoMetrics(): string | null {
  const prometheus = existingCluster()?.prometheus;
  return typeof prometheus === "string" ? prometheus : null;
}

/** Why a story that stops or breaks servers cannot be played; null where it can. */
export function whyNoBreaking(): string | null {
  return existingCluster() === null ? null : "the servers of an existing cluster are left alone";
}

/** The title of a story, which says of one that is left out why. */
export function titled(why: string | null, title: string): string {
  return why === null ? title : `SKIPPED (${why}): ${title}`;
}

/** Who the kubeconfig makes us there, for plain requests. */
export async function adminOf({ kubeConfig, server }: ExistingCluster): Promise<ApiServer> {
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const pem = (name: "ca" | "cert" | "key") => (options[name] === undefined ? {} : { [name]: String(options[name]) });
  const { Authorization } = { ...options.headers } as Readonly<Record<string, unknown>>;
  const token = /^Bearer (.+)$/.exec(String(Authorization))?.[1];
  return { url: server, ...pem("ca"), ...pem("cert"), ...pem("key"), ...(token === undefined ? {} : { token }) };
}
