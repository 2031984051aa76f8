import { hostname, networkInterfaces } from "node:os";
import type { ControllerWorld } from "../controllerWorld.ts";
import { HOME } from "./applyManifest.ts";

/** The API server connects to no pod on a loopback address, so a pod's server needs another address of this machine. */
export const POD_ADDRESS = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;

/** Creates the pod that a controller on this machine runs in, as far as the API server knows. */
export async function playPod(world: ControllerWorld, podIP: string): Promise<void> {
  const pods = `/api/v1/namespaces/${HOME}/pods`;
  await world.admin("POST", `/api/v1/namespaces/${HOME}/serviceaccounts`, { metadata: { name: "default" } });
  const spec = { containers: [{ name: "controller", image: "none" }], nodeName: "none" };
  const labels = { "app.kubernetes.io/name": "linkerd-failover", "app.kubernetes.io/component": "controller" };
  const made = await world.admin("POST", pods, { metadata: { name: hostname(), labels }, spec });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  const status = { phase: "Running", podIP, podIPs: [{ ip: podIP }], conditions: [{ type: "Ready", status: "True" }] };
  await world.admin("PATCH", `${pods}/${hostname()}/status`, { status }, "application/merge-patch+json");
}
