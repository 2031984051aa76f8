/** The servers that tests run on: our own, or an existing cluster with some namespaces for the time of the test. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type ApiServer, send } from "../../world/plainHttp.ts";
import type { Mesh } from "../mesh.ts";
import { applyCrds, applyNamespacedRbac, HOME } from "./applyManifest.ts";
import { adminOf, type ExistingCluster, type ForeignPrometheus, RUN_LABEL, RUN_VARIABLE } from "./existingCluster.ts";
import { openHttpProxy } from "./httpProxy.ts";
import { type KubeApiserver, kubeconfigOf, startKubeApiserver, type User } from "./kubeApiserver.ts";
import { startPrometheus } from "./prometheusServer.ts";

export interface Stage {
  readonly apiserver: KubeApiserver;
  /** The namespace of the routes. */
  readonly shop: string;
  /** The namespace of the controller and its Lease. */
  readonly home: string;
  /** A label by which the controller manages a route, and an alternative to it. */
  readonly managed: Readonly<Record<string, string>>;
  readonly managedToo: Readonly<Record<string, string>>;
  /** Settings of the controller for this stage, as environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Address where the test's clients expose their counters. */
  readonly meshAddress: string;
  /** A Prometheus that scrapes these clients, and that a test can stop. */
  metered(mesh: Mesh, scrapeIntervalMs: number): Promise<LosablePrometheus>;
}

export interface LosablePrometheus {
  readonly url: string;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const SCRAPED_WITHIN_MS = 30_000;
const SEEN_WINDOW_S = 10;
const TOKEN_LASTS_S = 4 * 3_600;

/** Our own etcd and kube-apiserver with the CRDs of routes, but without permissions for the controller. */
export async function ownStage(): Promise<Stage> {
  const apiserver = await startKubeApiserver();
  await applyCrds(apiserver.as("admin"));
  return {
    apiserver,
    shop: "shop",
    home: HOME,
    managed: { "failover.linkerd.io/controlled-by": "linkerd-failover" },
    managedToo: { "app.kubernetes.io/managed-by": "linkerd-failover" },
    env: {},
    meshAddress: "127.0.0.1:0",
    metered: (mesh, scrapeIntervalMs) => startPrometheus({ targets: [mesh.target], scrapeIntervalMs }),
  };
}

/**
 * Two new namespaces of a cluster with the controller's ServiceAccount, which has only the permissions of
 * `--watch-namespaces` there. Routes have a label of this run, so that no other controller manages them.
 */
export async function clusterStage(cluster: ExistingCluster): Promise<Stage> {
  const admin = await adminOf(cluster);
  const run = process.env[RUN_VARIABLE] ?? "";
  const home = `failover-test-${run}-${randomBytes(2).toString("hex")}`;
  const shop = `${home}-shop`;
  for (const name of [home, shop]) await create(admin, "/api/v1/namespaces", { metadata: { name, labels: { [RUN_LABEL]: run } } });
  await applyNamespacedRbac(admin, [shop], home);
  await create(admin, `/api/v1/namespaces/${home}/serviceaccounts`, { metadata: { name: "other" } });
  const users = {
    admin,
    controller: await asServiceAccount(admin, home, "linkerd-failover"),
    other: await asServiceAccount(admin, home, "other"),
  };
  const managed = { [RUN_LABEL]: run };
  const { prometheus } = cluster;
  return {
    apiserver: foreignApiserver(users),
    shop,
    home,
    managed,
    managedToo: managed,
    env: {
      LINKERD_FAILOVER_NAMESPACE: home,
      LINKERD_FAILOVER_WATCH_NAMESPACES: shop,
      LINKERD_FAILOVER_SELECTOR: `${RUN_LABEL}=${run}`,
    },
    meshAddress: typeof prometheus === "string" ? "127.0.0.1:0" : prometheus.meshAddress,
    metered: async ({ name }, scrapeIntervalMs) => {
      if (typeof prometheus === "string") throw new Error(prometheus);
      await untilScraped(prometheus, shop, name, scrapeIntervalMs);
      // The Prometheus is not ours to kill, so the test cuts the connection to it.
      const proxy = await openHttpProxy({ url: prometheus.url });
      let stopped: Promise<void> | null = null;
      const stop = () => (stopped ??= proxy.stop());
      return { url: proxy.url, kill: stop, stop };
    },
  };
}

/** An existing cluster's API server, which tests must not stop. */
function foreignApiserver(users: Readonly<Record<User, ApiServer>>): KubeApiserver {
  const never = () => Promise.reject(new Error("tests must not stop the servers of an existing cluster"));
  return {
    url: users.admin.url,
    ca: users.admin.ca ?? "",
    adminToken: users.admin.token ?? "",
    folder: "",
    etcdUrl: "",
    tokenFor: (user) => users[user].token ?? "",
    as: (user) => users[user],
    kubeconfig: (user, via) => kubeconfigOf({ ...users[user], ...(via === undefined ? {} : { url: via }) }, user),
    compact: never,
    pause: never,
    resume: never,
    pauseEtcd: never,
    resumeEtcd: never,
    stop: async () => undefined,
  };
}

async function create(admin: ApiServer, path: string, object: object) {
  const { status, body } = await send(admin, "POST", path, object);
  if (status !== 201) throw new Error(`POST ${path}: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** The cluster's API server with a ServiceAccount's token. */
async function asServiceAccount(admin: ApiServer, namespace: string, name: string): Promise<ApiServer> {
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: TOKEN_LASTS_S } };
  const { status } = await create(admin, `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, request);
  const { url, ca } = admin;
  return { url, token: status.token, ...(ca === undefined ? {} : { ca }) };
}

/** Waits until Prometheus has enough samples of the clients. On a timeout the error says what is wrong. */
async function untilScraped({ url, meshAddress }: ForeignPrometheus, shop: string, name: string, scrapeIntervalMs: number): Promise<void> {
  const query = `max(count_over_time(response_total{dst_namespace="${shop}",dst_service="${name}"}[${SEEN_WINDOW_S}s]))`;
  const wanted = (SEEN_WINDOW_S * 1_000) / scrapeIntervalMs - 1;
  const deadlineMs = performance.now() + SCRAPED_WITHIN_MS;
  let last = "no sample";
  while (performance.now() < deadlineMs) {
    await sleep(500);
    try {
      const answer = await fetch(`${url.replace(/\/$/, "")}/api/v1/query?query=${encodeURIComponent(query)}`);
      const { data } = (await answer.json()) as { data?: { result?: { value: [number, string] }[] } };
      const samples = Number(data?.result?.[0]?.value[1] ?? 0);
      if (samples >= wanted) return;
      last = `${samples} samples in ${SEEN_WINDOW_S} s`;
    } catch (error) {
      last = String(error);
    }
  }
  throw new Error(`${url} does not scrape ${meshAddress} every ${scrapeIntervalMs / 1_000} s (${last}): give it such a scrape config`);
}
