/** The verbs that answer with one body: get, list, create, replace, patch, delete. */
import type { FaultRules } from "./apiFaults.ts";
import type { Target } from "./apiRequest.ts";
import type { ApiObject } from "./apiResource.ts";
import { badRequest, conflict, failure, invalid, notFound, patchRejected, type Result, refuse } from "./apiStatus.ts";
import { applyJsonPatch } from "./jsonPatch.ts";
import { applyMergePatch } from "./mergePatch.ts";
import { type ObjectStore, type Preconditions, storeKey } from "./objectStore.ts";
import { listPage, type Snapshots } from "./pages.ts";
import { readSelectors } from "./selectors.ts";

export interface AnswerContext {
  readonly store: ObjectStore;
  readonly snapshots: Snapshots;
  readonly faults: FaultRules;
}

export interface Asked {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: unknown;
  readonly manager: string;
}

export interface Answer {
  readonly code: number;
  readonly body: unknown;
}

/** Executes the request and returns the answer. */
export function answer(context: AnswerContext, target: Target, asked: Asked): Answer {
  const done = perform(context, target, asked);
  return done.ok ? { code: asked.method === "POST" ? 201 : 200, body: done.value } : { code: done.status.code, body: done.status };
}

function perform(context: AnswerContext, target: Target, asked: Asked): Result<unknown> {
  const { store } = context;
  if (target.name === null) return performOnCollection(context, target, asked);
  const { collection, name } = target;
  const namespace = target.namespace ?? undefined;
  switch (asked.method) {
    case "GET": {
      const object = collection.objects.get(storeKey(namespace, name));
      return object === undefined ? refuse(notFound(collection.about(name))) : { ok: true, value: render(target, object) };
    }
    case "PUT":
      return rendered(target, replace(store, target, asked, name));
    case "PATCH":
      return rendered(target, patch(context, target, asked, name));
    case "DELETE": {
      const preconditions = isMap(asked.body) && isMap(asked.body.preconditions) ? (asked.body.preconditions as Preconditions) : {};
      const removed = store.remove(collection, namespace, name, asked.manager, preconditions);
      if (!removed.ok) return removed;
      const { group, plural } = collection.resource;
      const details = { name, ...(group === "" ? {} : { group }), kind: plural, uid: removed.value.metadata.uid };
      return { ok: true, value: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details } };
    }
    default:
      return refuse(notAllowed());
  }
}

function performOnCollection(context: AnswerContext, target: Target, asked: Asked): Result<unknown> {
  const { store, snapshots } = context;
  const { collection } = target;
  const selector = readSelectors(asked.query);
  if (!selector.ok) return selector;
  if (asked.method === "GET") return listPage(store, snapshots, target, selector.value, asked.query);
  if (collection.resource.namespaced && target.namespace === null) return refuse(notAllowed());
  const namespace = target.namespace ?? undefined;
  if (asked.method === "POST") {
    const body = readObject(target, asked.body);
    if (!body.ok) return body;
    if (body.value.metadata.namespace !== undefined && body.value.metadata.namespace !== namespace) {
      return refuse(badRequest("the namespace of the provided object does not match the namespace sent on the request"));
    }
    return rendered(target, store.create(collection, namespace, body.value, { version: target.version, manager: asked.manager }));
  }
  if (asked.method === "DELETE") {
    const gone = collection.list(target.namespace).filter(selector.value);
    for (const object of gone) store.remove(collection, namespace, object.metadata.name, asked.manager);
    return { ok: true, value: { kind: `${collection.resource.kind}List`, apiVersion: target.apiVersion, metadata: {}, items: gone } };
  }
  return refuse(notAllowed());
}

function replace(store: ObjectStore, target: Target, asked: Asked, name: string): Result<ApiObject> {
  const { collection } = target;
  const { resource } = collection;
  const body = readObject(target, asked.body);
  if (!body.ok) return body;
  const namespace = target.namespace ?? undefined;
  const writing = { version: target.version, manager: asked.manager };
  if (resource.createOnUpdate && !collection.objects.has(storeKey(namespace, name))) {
    return store.create(collection, namespace, body.value, writing);
  }
  if (!body.value.metadata.resourceVersion && !resource.unconditionalUpdate && collection.objects.has(storeKey(namespace, name))) {
    const message = "Invalid value: 0: must be specified for an update";
    return refuse(
      invalid(collection.about(name), resource.kind, [{ field: "metadata.resourceVersion", reason: "FieldValueInvalid", message }]),
    );
  }
  return store.update(collection, namespace, name, writing, () => body);
}

function patch(context: AnswerContext, target: Target, asked: Asked, name: string): Result<ApiObject> {
  const { collection } = target;
  if (context.faults.takeConflict()) return refuse(conflict(collection.about(name)));
  const writing = { version: target.version, manager: asked.manager };
  return context.store.update(collection, target.namespace ?? undefined, name, writing, (current) => {
    const patched = applyPatch(asked, { kind: collection.resource.kind, apiVersion: target.apiVersion, ...current });
    return patched.ok ? readObject(target, patched.value) : patched;
  });
}

function applyPatch(asked: Asked, current: ApiObject): Result<unknown> {
  switch (asked.contentType) {
    case "application/merge-patch+json":
      return isMap(asked.body)
        ? { ok: true, value: applyMergePatch(current, asked.body) }
        : refuse(badRequest("a merge patch is an object"));
    case "application/json-patch+json": {
      const outcome = applyJsonPatch(current, asked.body);
      if (outcome.state === "patched") return { ok: true, value: outcome.value };
      return refuse(outcome.state === "rejected" ? patchRejected() : badRequest(outcome.message));
    }
    default:
      return refuse(failure(415, "UnsupportedMediaType", `the body of the request was in an unknown format: ${asked.contentType}`));
  }
}

function readObject(target: Target, body: unknown): Result<ApiObject> {
  const { kind, builtIn } = target.collection.resource;
  if (!isMap(body) || !isMap(body.metadata)) return refuse(badRequest("the body must be an object with metadata"));
  // The server knows its built-in resources by the URL; the body of a custom resource must name its kind.
  if (!builtIn && (body.kind === undefined || body.apiVersion === undefined)) {
    return refuse(badRequest(`the object provided is unrecognized (must be of type ${kind})`));
  }
  const { apiVersion = target.apiVersion, kind: givenKind = kind } = body;
  if (apiVersion !== target.apiVersion || givenKind !== kind) {
    return refuse(badRequest(`${String(apiVersion)} ${String(givenKind)} in the body, but ${target.apiVersion} ${kind} in the URL`));
  }
  return { ok: true, value: body as ApiObject };
}

function rendered(target: Target, result: Result<ApiObject>): Result<unknown> {
  return result.ok ? { ok: true, value: render(target, result.value) } : result;
}

function render(target: Target, object: ApiObject): unknown {
  return { kind: target.collection.resource.kind, apiVersion: target.apiVersion, ...object };
}

function notAllowed() {
  return failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
