import { type ControllerWorld, until } from "../test/real/controllerWorld.ts";
import { send } from "../test/world/plainHttp.ts";

/** The namespace of all routes. */
export const FLEET_NAMESPACE = "bench";
const SUFFIXES = ["-a", "-b", "-c"] as const;
const ENDPOINTS_OF_SLICE = 3;
/** etcd takes at most 128 operations in a transaction. */
const PUTS_AT_ONCE = 120;
/** What the names of a template have in the place of a route's number and a backend's suffix. */
const NUMBER = "0n0";
const SUFFIX = "-0s0";

const SERVED_TIME_LIMIT_MS = 120_000;
const LISTS = ["/apis/gateway.networking.k8s.io/v1/httproutes", "/apis/discovery.k8s.io/v1/endpointslices", "/api/v1/services"];

interface Template {
  readonly etcdPrefix: string;
  /** As the API server stores it. */
  readonly text: string;
  readonly uid: string;
}

interface Templates {
  readonly route: Template;
  readonly service: Template;
  readonly slice: Template;
}

/**
 * HTTPRoutes over three Services with three ready endpoints each, in a real API server. The first of each kind is created by the
 * API; the others are written beside it into etcd with other names, which takes seconds instead of many minutes.
 */
export class Fleet {
  readonly #world: ControllerWorld;
  #templates: Templates | null = null;
  #size = 0;

  constructor(world: ControllerWorld) {
    this.#world = world;
  }

  /** Adds routes until there are so many. */
  async grow(size: number): Promise<void> {
    this.#templates ??= await this.#createTemplates();
    const { route, service, slice } = this.#templates;
    let puts: object[] = [];
    const flush = async (): Promise<void> => {
      const { status, body } = await send({ url: this.#world.apiserver.etcdUrl }, "POST", "/v3/kv/txn", { success: puts });
      if (status !== 200) throw new Error(`etcd: ${status} ${JSON.stringify(body)}`);
      puts = [];
    };
    for (let i = this.#size; i < size; i++) {
      puts.push(put(route, "route", i, ""));
      for (const suffix of SUFFIXES) puts.push(put(service, "svc", i, suffix), put(slice, "svc", i, suffix));
      if (puts.length + 1 + 2 * SUFFIXES.length > PUTS_AT_ONCE) await flush();
    }
    if (puts.length > 0) await flush();
    this.#size = size;
    for (const path of LISTS)
      await until(
        `${path} to be served`,
        () => this.#counted(path),
        (count) => count >= size,
        SERVED_TIME_LIMIT_MS,
      );
  }

  /** How many objects a list has, by the API server's own cache. */
  async #counted(path: string): Promise<number> {
    const { status, body } = await this.#world.admin("GET", `${path}?limit=1`);
    return status === 200 ? 1 + (body.metadata.remainingItemCount ?? 0) : 0;
  }

  async #createTemplates(): Promise<Templates> {
    await this.#world.admin("POST", "/api/v1/namespaces", { metadata: { name: FLEET_NAMESPACE } });
    return {
      route: await this.#template(
        "/apis/gateway.networking.k8s.io/v1",
        "httproutes",
        "gateway.networking.k8s.io/httproutes",
        routeObject(),
      ),
      service: await this.#template("/api/v1", "services", "services/specs", serviceObject()),
      slice: await this.#template("/apis/discovery.k8s.io/v1", "endpointslices", "endpointslices", sliceObject()),
    };
  }

  /** Creates one by the API, and takes it away again: it is only the form of the others. */
  async #template(root: string, plural: string, etcdPath: string, object: object): Promise<Template> {
    const path = `${root}/namespaces/${FLEET_NAMESPACE}/${plural}`;
    const { status, body } = await this.#world.admin("POST", path, object);
    if (status !== 201) throw new Error(JSON.stringify(body));
    await this.#world.admin("DELETE", `${path}/${body.metadata.name}`);
    const { resourceVersion: _, ...metadata } = body.metadata;
    const text = JSON.stringify({ ...body, metadata });
    return { etcdPrefix: `/registry/${etcdPath}/${FLEET_NAMESPACE}/`, text, uid: metadata.uid };
  }
}

function put({ etcdPrefix, text, uid }: Template, name: string, i: number, suffix: string): object {
  const own = uid.slice(0, -8) + (i * 1_000 + (suffix.codePointAt(1) ?? 0)).toString(16).padStart(8, "0");
  const value = text.replaceAll(NUMBER, String(i)).replaceAll(SUFFIX, suffix).replaceAll(uid, own);
  return { requestPut: { key: base64(`${etcdPrefix}${name}-${i}${suffix}`), value: base64(value) } };
}

function routeObject(): object {
  const labels = { "failover.linkerd.io/controlled-by": "linkerd-failover", app: `app-${NUMBER}`, team: "bench" };
  const backendRefs = SUFFIXES.map((suffix, i) => ({ name: `svc-${NUMBER}${suffix}`, port: 80, weight: i === 0 ? 100 : 0 }));
  const parentRefs = [{ group: "", kind: "Service", name: `svc-${NUMBER}-a`, port: 80 }];
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: `route-${NUMBER}`, labels },
    spec: { parentRefs, rules: [{ matches: [{ path: { type: "PathPrefix", value: "/" } }], backendRefs }] },
  };
}

function serviceObject(): object {
  const metadata = { name: `svc-${NUMBER}${SUFFIX}`, labels: { app: `app-${NUMBER}`, team: "bench" } };
  const spec = { clusterIP: "None", selector: { app: `app-${NUMBER}` }, ports: [{ name: "http", port: 80, targetPort: 8080 }] };
  return { apiVersion: "v1", kind: "Service", metadata, spec };
}

function sliceObject(): object {
  const name = `svc-${NUMBER}${SUFFIX}`;
  const labels = { "kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "bench", app: `app-${NUMBER}` };
  const endpoints = Array.from({ length: ENDPOINTS_OF_SLICE }, (_, i) => ({
    addresses: [`10.0.0.${i + 1}`],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node-${i}`,
    zone: `zone-${i}`,
    targetRef: { kind: "Pod", namespace: FLEET_NAMESPACE, name: `${name}-5d4f8c7b9-x${i}`, uid: `0b6e1b2a-0000-4000-800${i}-${name}` },
  }));
  const ports = [{ name: "http", port: 8080, protocol: "TCP" }];
  const metadata = { name: `${name}-1`, labels };
  return { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata, addressType: "IPv4", ports, endpoints };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
