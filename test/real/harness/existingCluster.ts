/** A cluster that was there before, and is not ours: what `npm run test:cluster` is told about it. */
import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node/dist/config.js";
import { loadKubeConfig } from "../../../src/kube/kubeConfig.ts";
import { type ApiServer, send } from "../../world/plainHttp.ts";

/** The label of everything that one run makes there. */
export const RUN_LABEL = "linkerd-failover.test/run";
/** Set for the tests by `npm run test:cluster` alone: without it they start servers of their own. */
export const RUN_VARIABLE = "LINKERD_FAILOVER_TEST_RUN";
/** What its user tells `npm run test:cluster`, beside the kubeconfig. */
export const VARIABLES = {
  context: "LINKERD_FAILOVER_TEST_CONTEXT",
  prometheus: "LINKERD_FAILOVER_TEST_PROMETHEUS_URL",
  mesh: "LINKERD_FAILOVER_TEST_MESH_ADDRESS",
} as const;

/** The kinds of route that the stories are about, and who brings them. */
const KINDS = [
  ["/apis/split.smi-spec.io/v1alpha2/trafficsplits?limit=1", "TrafficSplits: install linkerd-smi"],
  ["/apis/gateway.networking.k8s.io/v1/httproutes?limit=1", "HTTPRoutes: install Gateway API"],
] as const;

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

/** The beginning of a story's title: of one that is left out it says why. */
export function skipped(why: string | null): string {
  return why === null ? "" : `SKIPPED (${why}): `;
}

/** Who the kubeconfig makes us there, for plain requests. */
export async function adminOf({ kubeConfig, server }: ExistingCluster): Promise<ApiServer> {
  const options: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const pem = (name: "ca" | "cert" | "key") => (Buffer.isBuffer(options[name]) ? { [name]: options[name].toString("utf8") } : {});
  const { Authorization } = { ...options.headers } as Readonly<Record<string, unknown>>;
  const token = /^Bearer (.+)$/.exec(String(Authorization))?.[1];
  return { url: server, ...pem("ca"), ...pem("cert"), ...pem("key"), ...(token === undefined ? {} : { token }) };
}

/** What the stories need and the cluster does not give; null where nothing is lacking. */
export async function whatIsLacking(admin: ApiServer): Promise<string | null> {
  for (const [path, kind] of KINDS) {
    const { status, body } = await send(admin, "GET", path).catch((error: unknown) => ({ status: 0, body: String(error) }));
    if (status === 404) return `the cluster has no ${kind}`;
    if (status !== 200) return `GET ${admin.url}${path}: ${status} ${JSON.stringify(body)}`;
  }
  return null;
}

/** Deletes the namespaces of a run, and no other; tells of each what came of it. The cluster takes its time with what is in them. */
export async function removeRun(admin: ApiServer, run: string): Promise<readonly string[]> {
  const namespaces = "/api/v1/namespaces";
  const { body } = await send(admin, "GET", `${namespaces}?labelSelector=${encodeURIComponent(`${RUN_LABEL}=${run}`)}`);
  const names = (body.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
  const deleted = await Promise.all(names.map((name) => send(admin, "DELETE", `${namespaces}/${name}`)));
  return deleted.map(({ status }, i) =>
    status === 200 ? `deleted: namespace ${names[i]}` : `× namespace ${names[i]} stays: HTTP ${status}`,
  );
}
