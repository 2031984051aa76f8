/**
 * Plays the main stories of `test/real` in a cluster that is there already, with its Prometheus.
 *
 *     KUBECONFIG=… LINKERD_FAILOVER_TEST_CONTEXT=kind-west npm run test:cluster
 *     … npm run test:cluster -- -t readiness      some of them; what follows `--` goes to vitest
 *
 *     LINKERD_FAILOVER_TEST_CONTEXT          the current context: nothing is done before you name it
 *     LINKERD_FAILOVER_TEST_PROMETHEUS_URL   its Prometheus, for the stories about metrics
 *     LINKERD_FAILOVER_TEST_MESH_ADDRESS     HOST:PORT of this machine, where the tests show what played clients count;
 *                                            that Prometheus has to scrape it every 2 s
 *
 * The cluster must have TrafficSplits (linkerd-smi) and HTTPRoutes (Gateway API). All is done in new namespaces, which are deleted at the end.
 * Exit code 0 when all went as it must, 1 when something did not, 2 when nothing was done.
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
const SUITES = ["controller", "httpRouteMetrics", "ownerCommands"].map((name) => `test/real/${name}.test.ts`);

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
  const left = typeof prometheus === "string" ? `none (${prometheus}): the stories about metrics are left out` : prometheus.url;
  console.log(`its Prometheus: ${left}`);
  console.log("left out: stories that stop the API server or shift its clock");
  console.log(`should this be killed: kubectl delete namespaces -l ${RUN_LABEL}=${run}`);
}

/** The suites, told where to play. A signal ends them first, so that what they made can be removed. */
function play(run: string, args: readonly string[]): Promise<number> {
  const words = ["run", "--project", "real", "--reporter", "verbose", ...SUITES, ...args];
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
