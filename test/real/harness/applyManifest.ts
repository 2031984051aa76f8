import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import { findGatewayApi, findPrometheusOperator, type GatewayApiVersion } from "../../../scripts/tools/crds.ts";
import { type ApiServer, send } from "../../world/plainHttp.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const SERVED_TIME_LIMIT_MS = 60_000;
const SERVED_POLL_MS = 50;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: {
    readonly group?: string;
    readonly names?: { readonly plural: string };
    readonly versions?: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** Installs our minimal CRDs of TrafficSplit and Linkerd's HTTPRoute, and waits until they are served. */
export async function applyCrds(server: ApiServer): Promise<void> {
  for (const name of ["trafficsplit", "policy-httproute"]) await applyManifest(server, resolve(ROOT, `test/fixtures/crds/${name}.yaml`));
}

/** Installs the HTTPRoute and GRPCRoute CRDs of a Gateway API release; replaces those of another release. */
export async function applyGatewayApi(server: ApiServer, version: GatewayApiVersion): Promise<void> {
  await applyFolder(server, findGatewayApi(version));
}

/** Installs the CRDs that the chart can use: those of the Prometheus Operator, and our minimal one of Linkerd's policies. */
export async function applyChartCrds(server: ApiServer): Promise<void> {
  await applyFolder(server, findPrometheusOperator());
  await applyManifest(server, resolve(ROOT, "test/fixtures/crds/policy-authorization.yaml"));
}

async function applyFolder(server: ApiServer, folder: string | null): Promise<void> {
  if (folder === null) throw new Error("CRDs are not there: `npx node scripts/tools/ensureTools.ts crds` fetches them");
  for (const file of readdirSync(folder)) await applyManifest(server, join(folder, file));
}

/** Namespace of the controller's ServiceAccount and Lease. */
export const HOME = "linkerd-failover";

/** Gives the controller's ServiceAccount the permissions of an installation: in all namespaces, or in these. */
export async function applyRbac(server: ApiServer, namespaces: readonly string[] = []): Promise<void> {
  if (namespaces.length === 0) return applyManifest(server, resolve(ROOT, "deploy/rbac.yaml"));
  await applyNamespacedRbac(server, namespaces, HOME);
}

/** Gives a controller in the namespace `home` permissions in these namespaces only. */
export async function applyNamespacedRbac(server: ApiServer, namespaces: readonly string[], home: string): Promise<void> {
  await applyManifest(server, resolve(ROOT, "deploy/rbac-own-namespace.yaml"), home, home);
  for (const namespace of namespaces) await applyManifest(server, resolve(ROOT, "deploy/rbac-watched-namespace.yaml"), namespace, home);
}

/**
 * Creates or replaces every object of a YAML file, in its order, and waits for CRDs to be served. Objects without a
 * namespace go into `namespace`. The default namespace of the controller is replaced by `home`, which must exist if it differs.
 */
async function applyManifest(server: ApiServer, file: string, namespace = "default", home = HOME): Promise<void> {
  const atHome = (key: string, value: unknown) => (key === "namespace" && value === HOME ? home : value);
  for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
    const manifest = JSON.parse(JSON.stringify(document.toJS()), atHome) as Manifest | null;
    if (manifest === null || (manifest.kind === "Namespace" && home !== HOME)) continue;
    await applyObject(server, { ...manifest, metadata: { namespace, ...manifest.metadata } });
  }
}

/** Creates or replaces one object. */
async function applyObject(server: ApiServer, manifest: Manifest): Promise<void> {
  const collection = await collectionPath(server, manifest);
  const object = `${collection}/${manifest.metadata.name}`;
  const created = await send(server, "POST", collection, manifest);
  if (created.status === 409) {
    const { body } = await send(server, "GET", object);
    const metadata = { ...manifest.metadata, resourceVersion: body.metadata.resourceVersion };
    const replaced = await send(server, "PUT", object, { ...manifest, metadata });
    if (replaced.status !== 200) throw new Error(`${object}: ${JSON.stringify(replaced.body)}`);
  } else if (created.status !== 201) throw new Error(`${object}: ${JSON.stringify(created.body)}`);
  if (manifest.kind === "CustomResourceDefinition") await waitUntilServed(server, manifest);
}

/** Path of the collection for objects like this one. */
export async function collectionPath(server: ApiServer, manifest: Manifest): Promise<string> {
  const base = manifest.apiVersion.includes("/") ? `/apis/${manifest.apiVersion}` : `/api/${manifest.apiVersion}`;
  const { body } = await send(server, "GET", base);
  const resources = (body.resources ?? []) as { name: string; kind: string; namespaced: boolean }[];
  const resource = resources.find(({ name, kind }) => kind === manifest.kind && !name.includes("/"));
  if (resource === undefined) throw new Error(`the server has no ${manifest.apiVersion} ${manifest.kind}`);
  const namespace = resource.namespaced ? `/namespaces/${manifest.metadata.namespace}` : "";
  return `${base}${namespace}/${resource.name}`;
}

async function waitUntilServed(server: ApiServer, { spec }: Manifest): Promise<void> {
  const deadline = Date.now() + SERVED_TIME_LIMIT_MS;
  for (const version of (spec?.versions ?? []).filter(({ served }) => served)) {
    const path = `/apis/${spec?.group}/${version.name}/${spec?.names?.plural}`;
    while ((await send(server, "GET", path)).status !== 200) {
      if (Date.now() > deadline) throw new Error(`${path} is not served in time`);
      await sleep(SERVED_POLL_MS);
    }
  }
}
