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
 * The cluster must have TrafficSplits (linkerd-smi). All is done in new namespaces, which are deleted at the end.
 * Exit code 0 when all went as it must, 1 when something did not, 2 when nothing was done.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { adminOf, type ExistingCluster, RUN_LABEL, RUN_VARIABLE, readCluster } from "../test/real/harness/existingCluster.ts";
import { type ApiServer, send } from "../test/world/plainHttp.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SUITES = ["controller", "ownerCommands"].map((name) => `test/real/${name}.test.ts`);
const SPLITS = "/apis/split.smi-spec.io/v1alpha2/trafficsplits?limit=1";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const cluster = readCluster(process.env);
  if (typeof cluster === "string") return refuse(cluster);
  const admin = await adminOf(cluster);
  const splits = await send(admin, "GET", SPLITS).catch((error: unknown) => ({ status: 0, body: String(error) }));
  if (splits.status === 404) return refuse("the cluster has no TrafficSplits, on which the stories are played: install linkerd-smi");
  if (splits.status !== 200)
    return refuse(`${cluster.server} does not list TrafficSplits: ${splits.status} ${JSON.stringify(splits.body)}`);
  const run = randomBytes(4).toString("hex");
  introduce(cluster, run);
  try {
    return await play(run, args);
  } finally {
    await cleanUp(admin, run);
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
  const child = spawn("vitest", words, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"], env });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`vitest cannot be started, as npm run test:cluster does: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code) => resolve(code === 0 ? 0 : 1));
  });
}

/** Deletes the namespaces of this run, and no other. The cluster takes its time with what is in them. */
async function cleanUp(admin: ApiServer, run: string): Promise<void> {
  const namespaces = "/api/v1/namespaces";
  const { body } = await send(admin, "GET", `${namespaces}?labelSelector=${encodeURIComponent(`${RUN_LABEL}=${run}`)}`);
  for (const { metadata } of body.items as { metadata: { name: string } }[]) {
    const { status } = await send(admin, "DELETE", `${namespaces}/${metadata.name}`);
    console.log(status === 200 ? `deleted: namespace ${metadata.name}` : `× namespace ${metadata.name} was not deleted: ${status}`);
  }
}
