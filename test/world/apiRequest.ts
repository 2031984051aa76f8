import type { IncomingMessage } from "node:http";
import { type ApiResource, groupVersion } from "./apiResource.ts";
import { badRequest, failure, type Result, refuse } from "./apiStatus.ts";
import type { Collection, ObjectStore } from "./objectStore.ts";

/** What a path addresses. */
export interface Target {
  readonly collection: Collection;
  readonly version: string;
  readonly apiVersion: string;
  /** Null: no namespace in the path (a cluster-wide list, or a cluster-wide resource). */
  readonly namespace: string | null;
  /** Null: the whole collection. */
  readonly name: string | null;
}

const BODY_LIMIT_BYTES = 3 * 1024 * 1024;

/** Finds what `/api/v1/…` and `/apis/GROUP/VERSION/…` address; null if the server does not serve it. */
export function findTarget(store: ObjectStore, path: string): Target | null {
  const steps = path.split("/").slice(1).map(decodeURIComponent);
  const core = steps[0] === "api";
  if (!core && steps[0] !== "apis") return null;
  const group = core ? "" : (steps[1] ?? "");
  const version = (core ? steps[1] : steps[2]) ?? "";
  const rest = steps.slice(core ? 2 : 3);
  const scoped = rest[0] === "namespaces" && rest.length >= 3;
  const namespace = scoped ? (rest[1] ?? null) : null;
  const [plural, name, ...tooMuch] = scoped ? rest.slice(2) : rest;
  const collection = store.collections.get(`${group}/${plural}`);
  if (collection === undefined || !serves(collection.resource, version) || tooMuch.length > 0) return null;
  if (scoped !== collection.resource.namespaced && (scoped || name !== undefined)) return null;
  return { collection, version, apiVersion: groupVersion(group, version), namespace, name: name ?? null };
}

function serves(resource: ApiResource, version: string): boolean {
  return resource.versions.includes(version);
}

/** The field manager: from the request's query, otherwise the first word of its User-Agent. */
export function managerOf(request: IncomingMessage, query: URLSearchParams): string {
  return query.get("fieldManager") || (request.headers["user-agent"] ?? "").split("/")[0] || "unknown";
}

/** The request's body as JSON; undefined if it is empty. */
export async function readBody(request: IncomingMessage): Promise<Result<unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) return refuse(failure(413, "RequestEntityTooLarge", `limit is ${BODY_LIMIT_BYTES}`));
    chunks.push(chunk);
  }
  if (size === 0) return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
  } catch (error) {
    return refuse(badRequest(`error decoding the body: ${String(error)}`));
  }
}
