/**
 * Runs the main suites of `test/real` in an existing cluster, with its Prometheus.
 *
 *     KUBECONFIG=… LINKERD_FAILOVER_TEST_CONTEXT=kind-west npm run test:cluster
 *     … npm run test:cluster -- -t readiness      some of the tests; arguments after `--` go to vitest
 *
 *     LINKERD_FAILOVER_TEST_CONTEXT          name of the current context, as a confirmation
 *     LINKERD_FAILOVER_TEST_PROMETHEUS_URL   Prometheus of the cluster, for the tests with metrics
 *     LINKERD_FAILOVER_TEST_MESH_ADDRESS     HOST:PORT on this machine, where the tests serve the metrics of simulated clients;
 *                                            that Prometheus must scrape it every 2 s
 *
 * The cluster must have TrafficSplits (linkerd-smi) and HTTPRoutes (Gateway API). The tests use new namespaces and delete them at the end.
 * Exit code: 0 if all tests passed, 1 if one failed, 2 if nothing was done.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  adminOf,
  type ExistingCluster,
  RUN_LABEL,
  RUN_VARIABLE,
  readCluster,
  removeRun,
  whatIsLacking,
} from "../test/real/harness/existingCluster.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SUITES = ["controller", "controllerMetrics", "prometheusLoss", "httpRouteMetrics", "ownerCommands"].map(
  (name) => `test/real/${name}.test.ts`,
);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const cluster = readCluster(process.env);
  if (typeof cluster === "string") return refuse(cluster);
  const admin = await adminOf(cluster);
  const lacking = await whatIsLacking(admin);
  if (lacking !== null) return refuse(lacking);
  const run = randomBytes(4).toString("hex");
  introduce(cluster, run);
  try {
    return await play(run, args);
  } finally {
    for (const line of await removeRun(admin, run)) console.log(line);
  }
}

function refuse(why: string): number {
  console.error(`nothing was done: ${why}`);
  return 2;
}

function introduce({ context, server, prometheus }: ExistingCluster, run: string): void {
  console.log(`the cluster: ${context}, ${server}`);
  const left = typeof prometheus === "string" ? `none (${prometheus}): tests with metrics are skipped` : prometheus.url;
  console.log(`its Prometheus: ${left}`);
  console.log("skipped: tests that stop the API server or change its clock");
  console.log(`to clean up if this run is killed: kubectl delete namespaces -l ${RUN_LABEL}=${run}`);
}

/** Runs the suites and returns the exit code. A signal goes to them first, so that their namespaces can be removed. */
function play(run: string, args: readonly string[]): Promise<number> {
  // One file after the other: all of them serve their metrics at the same address.
  const words = ["run", "--project", "real", "--no-file-parallelism", "--reporter", "verbose", ...SUITES, ...args];
  const env = { ...process.env, [RUN_VARIABLE]: run };
  const child = spawn(join(ROOT, "node_modules/.bin/vitest"), words, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"], env });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`vitest cannot be started: ${error.message}; npm ci installs it`);
      resolve(1);
    });
    child.on("exit", (code) => resolve(code === 0 ? 0 : 1));
  });
}
