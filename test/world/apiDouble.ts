/**
 * test/world/ is a simulated cluster in which the whole controller runs.
 *
 * The API double behaves like a kube-apiserver for a generic client: pages of lists, watches with bookmarks, guarded
 * patches, discovery. It does not check that namespaces exist, sets no defaults, prunes and collects nothing, and has neither
 * authentication nor server-side apply. The conformance tests run on the double and on a real kube-apiserver.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ApiFaults, FaultRules, forWatches } from "./apiFaults.ts";
import { ApiHttp, type RequestRecord } from "./apiHttp.ts";
import { findTarget, type Target } from "./apiRequest.ts";
import { type ApiObject, type ApiResource, groupVersion } from "./apiResource.ts";
import { GATEWAY_ROUTES } from "./gatewayResources.ts";
import { type Change, ObjectStore, storeKey } from "./objectStore.ts";
import { Snapshots } from "./pages.ts";
import { BUILT_IN_RESOURCES, TRAFFIC_SPLITS } from "./resources.ts";
import { seededRandom } from "./seededRandom.ts";

export interface ApiDoubleOptions {
  /** Custom resources; default: all kinds of route. */
  readonly customResources?: readonly ApiResource[];
  /** Default: a free port. */
  readonly port?: number;
  /** Seed for generated names, uids, and faults that affect a share of the requests. */
  readonly seed?: number;
  /** The clock for timestamps; timers are the process's own. */
  readonly now?: () => number;
  readonly bookmarkIntervalMs?: number;
  /** The number of events that each resource keeps for watches that begin in the past. */
  readonly historyLimit?: number;
}

export interface ApiDouble {
  readonly url: string;
  readonly faults: ApiFaults;
  /** The newest requests, oldest first. */
  readonly requests: readonly RequestRecord[];
  /** A kubeconfig for this server as JSON (which is valid YAML). */
  kubeconfig(): string;
  /** Creates or replaces the object as this field manager. Throws if the server would reject it, because then the test is wrong. */
  apply(object: object, manager?: string): ApiObject;
  /** A copy of the object at a path such as `/apis/split.smi-spec.io/v1alpha2/namespaces/shop/trafficsplits/web`. */
  get(path: string): ApiObject | null;
  /** Copies of the objects of a collection. */
  list(path: string): ApiObject[];
  /** Removes an object. Returns whether it existed. */
  remove(path: string): boolean;
  addResource(resource: ApiResource): void;
  /** Removes a resource and its objects, like the deletion of a CRD. */
  removeResource(group: string, plural: string): void;
  /** Calls the listener after every write by any writer. Returns a function that ends this. */
  onWrite(listener: (change: Change) => void): () => void;
  openWatches(): number;
  /** Answers one request, from a socket or from within this process. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

const BOOKMARK_INTERVAL_MS = 60_000;
const HISTORY_LIMIT = 20_000;

/** Starts an API double on 127.0.0.1. */
export async function startApiDouble(options: ApiDoubleOptions = {}): Promise<ApiDouble> {
  const double = new Double(options);
  await double.listen();
  return double;
}

/** An API double without a port: tests pass requests to `handle`. */
export function createApiDouble(options: ApiDoubleOptions = {}): ApiDouble {
  return new Double(options);
}

class Double implements ApiDouble {
  readonly faults: ApiFaults;
  readonly #store: ObjectStore;
  readonly #rules: FaultRules;
  readonly #snapshots = new Snapshots();
  readonly #http: ApiHttp;
  readonly #closing = new AbortController();
  readonly #server: Server;
  #port: number;

  constructor(options: ApiDoubleOptions) {
    const random = seededRandom(options.seed ?? 1);
    this.#port = options.port ?? 0;
    this.#rules = new FaultRules(random);
    this.#store = new ObjectStore({ now: options.now ?? Date.now, random, historyLimit: options.historyLimit ?? HISTORY_LIMIT });
    for (const resource of [...BUILT_IN_RESOURCES, ...(options.customResources ?? [TRAFFIC_SPLITS, ...GATEWAY_ROUTES])])
      this.#store.addResource(resource);
    this.#http = new ApiHttp({
      store: this.#store,
      rules: this.#rules,
      snapshots: this.#snapshots,
      bookmarkIntervalMs: options.bookmarkIntervalMs ?? BOOKMARK_INTERVAL_MS,
      closing: this.#closing.signal,
    });
    this.#server = createServer((request, response) => this.handle(request, response));
    this.faults = this.#createFaults();
  }

  get requests(): readonly RequestRecord[] {
    return this.#http.requests;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#http.handle(request, response).catch((error: unknown) => this.#http.crash(error, response));
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#port, "127.0.0.1", () => {
        this.#server.removeListener("error", reject);
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#stopListening();
  }

  kubeconfig(): string {
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "double", cluster: { server: this.url } }],
      users: [{ name: "double", user: { token: "double" } }],
      contexts: [{ name: "double", context: { cluster: "double", user: "double", namespace: "default" } }],
      "current-context": "double",
    });
  }

  apply(object: object, manager = "test"): ApiObject {
    const { apiVersion, kind, ...given } = structuredClone(object) as ApiObject;
    const collection = [...this.#store.collections.values()].find(
      ({ resource }) => resource.kind === kind && resource.versions.some((version) => groupVersion(resource.group, version) === apiVersion),
    );
    if (collection === undefined) throw new Error(`no such resource: ${apiVersion} ${kind}`);
    const { name } = given.metadata;
    const namespace = collection.resource.namespaced ? (given.metadata.namespace ?? "default") : undefined;
    const writing = { version: apiVersion?.split("/").at(-1) ?? "", manager };
    const result = collection.objects.has(storeKey(namespace, name))
      ? this.#store.update(collection, namespace, name, writing, () => ({ ok: true, value: given }))
      : this.#store.create(collection, namespace, given, writing);
    if (!result.ok) throw new Error(result.status.message);
    return structuredClone({ kind, apiVersion, ...result.value }) as ApiObject;
  }

  get(path: string): ApiObject | null {
    const target = this.#find(path);
    const object = target.collection.objects.get(storeKey(target.namespace ?? undefined, target.name ?? ""));
    return object === undefined ? null : this.#copy(target, object);
  }

  list(path: string): ApiObject[] {
    const target = this.#find(path);
    return target.collection.list(target.namespace).map((object) => this.#copy(target, object));
  }

  remove(path: string): boolean {
    const target = this.#find(path);
    return this.#store.remove(target.collection, target.namespace ?? undefined, target.name ?? "", "test").ok;
  }

  addResource(resource: ApiResource): void {
    this.#store.addResource(resource);
  }

  removeResource(group: string, plural: string): void {
    const collection = this.#store.collections.get(`${group}/${plural}`);
    if (collection === undefined) return;
    for (const { metadata } of collection.list(null)) this.#store.remove(collection, metadata.namespace, metadata.name, "test");
    this.#store.collections.delete(`${group}/${plural}`);
    const base = `/apis/${group}/`;
    forWatches(
      this.#http.watches,
      (path) => path.startsWith(base) && path.split(/[/?]/).includes(plural),
      (watch) => watch.end(),
    );
  }

  onWrite(listener: (change: Change) => void): () => void {
    this.#store.listeners.add(listener);
    return () => this.#store.listeners.delete(listener);
  }

  openWatches(): number {
    return this.#http.watches.size;
  }

  #find(path: string): Target {
    const target = findTarget(this.#store, path);
    if (target === null) throw new Error(`nothing is served at ${path}`);
    return target;
  }

  #copy(target: Target, object: ApiObject): ApiObject {
    return structuredClone({ kind: target.collection.resource.kind, apiVersion: target.apiVersion, ...object });
  }

  async #stopListening(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #createFaults(): ApiFaults {
    return {
      add: (rule) => this.#rules.add(rule),
      clear: () => this.#rules.clear(),
      conflictNextPatches: (count = 1) => this.#rules.addConflicts(count),
      silenceWatches: (matches) => forWatches(this.#http.watches, matches, (watch) => watch.silence()),
      failWatches: (code, matches) => forWatches(this.#http.watches, matches, (watch) => watch.fail(code)),
      cutWatches: (matches) => forWatches(this.#http.watches, matches, (watch) => watch.cut()),
      compact: () => {
        this.#store.compact();
        this.#snapshots.clear();
      },
      refuseConnections: () => this.#stopListening(),
      acceptConnections: () => this.listen(),
    };
  }
}
