/** An existing cluster that is not ours: what `npm run test:cluster` knows about it. */
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { loadKubeConfig } from "../../../src/kube/kubeConfig.ts";
import { type ApiServer, send } from "../../world/plainHttp.ts";

/** The label of all objects that one run creates there. */
export const RUN_LABEL = "linkerd-failover.test/run";
/** Set only by `npm run test:cluster`; without it the tests start their own servers. */
export const RUN_VARIABLE = "LINKERD_FAILOVER_TEST_RUN";
/** Environment variables for `npm run test:cluster`, in addition to KUBECONFIG. */
export const VARIABLES = {
  context: "LINKERD_FAILOVER_TEST_CONTEXT",
  prometheus: "LINKERD_FAILOVER_TEST_PROMETHEUS_URL",
  mesh: "LINKERD_FAILOVER_TEST_MESH_ADDRESS",
} as const;

/** The kinds of route that the tests need, and what installs them. */
const KINDS = [
  ["/apis/split.smi-spec.io/v1alpha2/trafficsplits?limit=1", "TrafficSplits: install linkerd-smi"],
  ["/apis/gateway.networking.k8s.io/v1/httproutes?limit=1", "HTTPRoutes: install Gateway API"],
] as const;

/** A Prometheus, and the address where it scrapes the test's clients. */
export interface ForeignPrometheus {
  readonly url: string;
  /** `host:port`. */
  readonly meshAddress: string;
}

export interface ExistingCluster {
  readonly kubeConfig: KubeConfig;
  readonly context: string;
  readonly server: string;
  /** The Prometheus, or the reason why there is none. */
  readonly prometheus: ForeignPrometheus | string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The cluster that the environment names, or the reason why the tests may not use it. */
export function readCluster(env: Env): ExistingCluster | string {
  const loaded = loadKubeConfig({}, env);
  if (!loaded.ok) return loaded.message;
  const { kubeConfig } = loaded;
  const context = kubeConfig.getCurrentContext();
  const confirmed = env[VARIABLES.context];
  if (confirmed !== context) {
    const said = confirmed === undefined ? "is not set" : `says "${confirmed}"`;
    return `${VARIABLES.context} ${said}, and the current context is "${context}": if these tests may make namespaces there, set it to that`;
  }
  const prometheus = readPrometheus(env);
  if (prometheus instanceof Error) return prometheus.message;
  return { kubeConfig, context, server: kubeConfig.getCurrentCluster()?.server ?? "", prometheus };
}

function readPrometheus(env: Env): ForeignPrometheus | string | Error {
  const url = env[VARIABLES.prometheus];
  if (!url) return `${VARIABLES.prometheus} is not set`;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) return new Error(`${VARIABLES.prometheus} must be an http or https URL`);
  const meshAddress = env[VARIABLES.mesh];
  if (!meshAddress) return `${VARIABLES.mesh} is not set`;
  if (!/^[^:/]+:\d+$/.test(meshAddress)) return new Error(`${VARIABLES.mesh} must be HOST:PORT of this machine`);
  return { url, meshAddress };
}

/** The cluster that the tests run in; null if they start their own servers. */
export function existingCluster(env: Env = process.env): ExistingCluster | null {
  if (env[RUN_VARIABLE] === undefined) return null;
  const cluster = readCluster(env);
  if (typeof cluster === "string") throw new Error(cluster);
  return cluster;
}

/** The reason why tests about metrics cannot run; null if they can. */
export function whyNoMetrics(): string | null {
  const prometheus = existingCluster()?.prometheus;
  return typeof prometheus === "string" ? prometheus : null;
}

/** The reason why tests that stop or break servers cannot run; null if they can. */
export function whyNoBreaking(): string | null {
  return existingCluster() === null ? null : "the servers of an existing cluster are left alone";
}

/** The beginning of a test's title; it has the reason if the test is skipped. */
export function skipped(why: string | null): string {
  return why === null ? "" : `SKIPPED (${why}): `;
}

/** The kubeconfig's user and server, for plain requests. */
export async function adminOf({ kubeConfig, server }: ExistingCluster): Promise<ApiServer> {
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const pem = (name: "ca" | "cert" | "key") => (Buffer.isBuffer(options[name]) ? { [name]: options[name].toString("utf8") } : {});
  const { Authorization } = { ...options.headers } as Readonly<Record<string, unknown>>;
  const token = /^Bearer (.+)$/.exec(String(Authorization))?.[1];
  return { url: server, ...pem("ca"), ...pem("cert"), ...pem("key"), ...(token === undefined ? {} : { token }) };
}

/** What the tests need and the cluster lacks; null if it lacks nothing. */
export async function whatIsLacking(admin: ApiServer): Promise<string | null> {
  for (const [path, kind] of KINDS) {
    const { status, body } = await send(admin, "GET", path).catch((error: unknown) => ({ status: 0, body: String(error) }));
    if (status === 404) return `the cluster has no ${kind}`;
    if (status !== 200) return `GET ${admin.url}${path}: ${status} ${JSON.stringify(body)}`;
  }
  return null;
}

/** Deletes the namespaces of a run, and no others, and returns a line about each. The cluster deletes their objects later. */
export async function removeRun(admin: ApiServer, run: string): Promise<readonly string[]> {
  const namespaces = "/api/v1/namespaces";
  const { body } = await send(admin, "GET", `${namespaces}?labelSelector=${encodeURIComponent(`${RUN_LABEL}=${run}`)}`);
  const names = (body.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
  const deleted = await Promise.all(names.map((name) => send(admin, "DELETE", `${namespaces}/${name}`)));
  return deleted.map(({ status }, i) =>
    status === 200 ? `deleted: namespace ${names[i]}` : `× namespace ${names[i]} stays: HTTP ${status}`,
  );
}
