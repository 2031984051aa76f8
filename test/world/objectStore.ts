/** The objects of the API double, with one increasing resourceVersion for all of them and a limited history for watches. */
import { isDeepStrictEqual } from "node:util";
import { type ApiMetadata, type ApiObject, type ApiResource, groupVersion } from "./apiResource.ts";
import {
  type About,
  alreadyExists,
  badRequest,
  conflict,
  type FieldProblem,
  failure,
  invalid,
  notFound,
  type Result,
  refuse,
} from "./apiStatus.ts";
import { ownersAfter } from "./fieldOwners.ts";

/** One write. */
export interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resourceVersion: number;
  readonly resource: ApiResource;
  readonly object: ApiObject;
  readonly previous: ApiObject | null;
  readonly manager: string;
}

/** The writer, and the version of the resource that it used. */
export interface Writing {
  readonly version: string;
  readonly manager: string;
}

interface StoreOptions {
  readonly now: () => number;
  readonly random: () => number;
  readonly historyLimit: number;
}

/** All objects of one resource. */
export class Collection {
  readonly resource: ApiResource;
  readonly objects = new Map<string, ApiObject>();
  /** Oldest first. */
  readonly history: Change[] = [];
  readonly listeners = new Set<(change: Change) => void>();
  /** The oldest resourceVersion that a watch can start from; the history before it is gone. */
  floor: number;
  /** The newest write to this resource. */
  latest: number;

  constructor(resource: ApiResource, floor: number) {
    this.resource = resource;
    this.floor = floor;
    this.latest = floor;
  }

  about(name: string): About {
    return { group: this.resource.group, plural: this.resource.plural, name };
  }

  /** Sorted by key, like in etcd. Null: all namespaces. */
  list(namespace: string | null): ApiObject[] {
    const all = [...this.objects.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, object]) => object);
    return namespace === null ? all : all.filter((object) => object.metadata.namespace === namespace);
  }
}

export class ObjectStore {
  readonly collections = new Map<string, Collection>();
  readonly listeners = new Set<(change: Change) => void>();
  readonly #options: StoreOptions;
  #version = 1;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  get resourceVersion(): number {
    return this.#version;
  }

  addResource(resource: ApiResource): Collection {
    const collection = new Collection(resource, this.#version);
    this.collections.set(`${resource.group}/${resource.plural}`, collection);
    return collection;
  }

  /** Deletes the history: watches from before now are too old. */
  compact(): void {
    for (const collection of this.collections.values()) {
      collection.history.length = 0;
      collection.floor = this.#version;
    }
  }

  create(collection: Collection, namespace: string | undefined, body: ApiObject, writing: Writing): Result<ApiObject> {
    const metadata = { ...body.metadata };
    if (!metadata.name && metadata.generateName) metadata.name = metadata.generateName + this.#suffix();
    if (!metadata.name) {
      const problem = {
        field: "metadata.name",
        reason: "FieldValueRequired",
        message: "Required value: name or generateName is required",
      } as const;
      return refuse(invalid(collection.about(""), collection.resource.kind, [problem]));
    }
    const badName = nameProblem(metadata);
    if (badName !== null) return refuse(invalid(collection.about(metadata.name), collection.resource.kind, [badName]));
    if (metadata.resourceVersion) return refuse(badRequest("resourceVersion should not be set on objects to be created"));
    if (collection.objects.has(storeKey(namespace, metadata.name))) return refuse(alreadyExists(collection.about(metadata.name)));
    const { generation: _generation, managedFields: _managedFields, ...given } = metadata;
    const next: ApiObject = {
      ...body,
      metadata: {
        ...given,
        ...(namespace === undefined ? {} : { namespace }),
        uid: this.#uid(),
        creationTimestamp: this.#timestamp(),
        ...(collection.resource.generation ? { generation: 1 } : {}),
      },
    };
    return this.#store(collection, null, next, writing);
  }

  /** Reads, changes and writes one object. `change` must return a new object and leave the old one unchanged. */
  update(
    collection: Collection,
    namespace: string | undefined,
    name: string,
    writing: Writing,
    change: (current: Readonly<ApiObject>) => Result<ApiObject>,
  ): Result<ApiObject> {
    const current = collection.objects.get(storeKey(namespace, name));
    if (current === undefined) return refuse(notFound(collection.about(name)));
    const changed = change(current);
    if (!changed.ok) return changed;
    const asked = changed.value.metadata;
    const about = collection.about(name);
    if (asked.name !== name || (asked.namespace ?? namespace) !== namespace) {
      return refuse(
        badRequest(`the name or namespace of the object (${asked.namespace}/${asked.name}) does not match the URL (${namespace}/${name})`),
      );
    }
    if (asked.uid !== undefined && asked.uid !== current.metadata.uid) {
      return refuse(conflict(about, `Precondition failed: UID in precondition: ${asked.uid}, UID in object meta: ${current.metadata.uid}`));
    }
    if (asked.resourceVersion && asked.resourceVersion !== current.metadata.resourceVersion) return refuse(conflict(about));
    const { uid, creationTimestamp, generation, managedFields, resourceVersion } = current.metadata;
    const server = { uid, creationTimestamp, generation, managedFields, resourceVersion };
    const next: ApiObject = { ...changed.value, metadata: { ...asked, ...(namespace === undefined ? {} : { namespace }) } };
    for (const [field, value] of Object.entries(server)) {
      if (value === undefined) delete next.metadata[field];
      else next.metadata[field] = value;
    }
    return this.#store(collection, current, next, writing);
  }

  remove(
    collection: Collection,
    namespace: string | undefined,
    name: string,
    manager: string,
    preconditions: Preconditions = {},
  ): Result<ApiObject> {
    const key = storeKey(namespace, name);
    const current = collection.objects.get(key);
    if (current === undefined) return refuse(notFound(collection.about(name)));
    for (const field of ["uid", "resourceVersion"] as const) {
      const wanted = preconditions[field];
      if (wanted !== undefined && wanted !== current.metadata[field]) {
        return refuse(conflict(collection.about(name), `Precondition failed: ${field} is ${current.metadata[field]}, not ${wanted}`));
      }
    }
    collection.objects.delete(key);
    const last = { ...current, metadata: { ...current.metadata, resourceVersion: String(++this.#version) } };
    this.#publish(collection, { type: "DELETED", object: last, previous: current, manager });
    return { ok: true, value: last };
  }

  #store(collection: Collection, current: ApiObject | null, next: ApiObject, writing: Writing): Result<ApiObject> {
    const { resource } = collection;
    const name = next.metadata.name;
    const { apiVersion: _apiVersion, kind: _kind, ...bare } = next;
    // An unchanged spec is accepted even if it does not fit the version of this request.
    const sameSpec = current !== null && isDeepStrictEqual(current.spec, bare.spec) && bare.spec !== undefined;
    const problems = sameSpec ? [] : (resource.validate?.(bare, writing.version) ?? []);
    if (problems.length > 0) return refuse(invalid(collection.about(name), resource.kind, problems));
    if (JSON.stringify(bare).length > OBJECT_SIZE_LIMIT_BYTES)
      return refuse(failure(413, "RequestEntityTooLarge", "etcdserver: request is too large"));
    if (current !== null && isDeepStrictEqual(current, bare)) return { ok: true, value: current };
    const stored: ApiObject = bare;
    if (current !== null && resource.generation && !isDeepStrictEqual({ ...current, metadata: 0 }, { ...bare, metadata: 0 })) {
      stored.metadata.generation = (current.metadata.generation ?? 0) + 1;
    }
    const writer = { manager: writing.manager, apiVersion: groupVersion(resource.group, writing.version), time: this.#timestamp() };
    stored.metadata.managedFields = ownersAfter(current, stored, writer);
    stored.metadata.resourceVersion = String(++this.#version);
    collection.objects.set(storeKey(stored.metadata.namespace, name), stored);
    this.#publish(collection, {
      type: current === null ? "ADDED" : "MODIFIED",
      object: stored,
      previous: current,
      manager: writing.manager,
    });
    return { ok: true, value: stored };
  }

  #publish(collection: Collection, what: Omit<Change, "resource" | "resourceVersion">): void {
    const change: Change = { ...what, resource: collection.resource, resourceVersion: this.#version };
    collection.latest = change.resourceVersion;
    collection.history.push(change);
    if (collection.history.length > this.#options.historyLimit) {
      const dropped = collection.history.splice(0, Math.ceil(this.#options.historyLimit / 2));
      collection.floor = dropped.at(-1)?.resourceVersion ?? collection.floor;
    }
    for (const listener of [...collection.listeners]) listener(change);
    for (const listener of [...this.listeners]) listener(change);
  }

  #timestamp(): string {
    return new Date(this.#options.now()).toISOString().replace(/\.\d+Z$/, "Z");
  }

  #suffix(): string {
    return Array.from({ length: 5 }, () => SUFFIX_ALPHABET[Math.floor(this.#options.random() * SUFFIX_ALPHABET.length)]).join("");
  }

  #uid(): string {
    const hex = Array.from({ length: 32 }, () => Math.floor(this.#options.random() * 16).toString(16)).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** The key of an object among those of its kind. */
export function storeKey(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The alphabet of generated names: no vowels, to avoid words. */
const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const OBJECT_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const OBJECT_SIZE_LIMIT_BYTES = 1_500_000;

/** A prefix can end in dashes, because a suffix follows; it cannot end in a dot. */
function nameProblem({ name, generateName }: ApiMetadata): FieldProblem | null {
  const field = generateName ? "metadata.generateName" : "metadata.name";
  const checked = generateName ? generateName.replace(/-+$/, "") : name;
  if (OBJECT_NAME.test(checked)) return null;
  const rule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'";
  return { field, reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(generateName || name)}: ${rule}` };
}
