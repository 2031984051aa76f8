import type { Target } from "./apiRequest.ts";
import type { ApiObject } from "./apiResource.ts";
import { badRequest, expired, type Result, refuse } from "./apiStatus.ts";
import type { ObjectStore } from "./objectStore.ts";
import type { Selector } from "./selectors.ts";

/** The remaining items of paged lists, by continue token. Later pages have the same version as the first. */
export class Snapshots {
  readonly #rests = new Map<string, { readonly resourceVersion: number; readonly rest: readonly ApiObject[] }>();
  #last = 0;

  keep(resourceVersion: number, rest: readonly ApiObject[]): string {
    const token = Buffer.from(JSON.stringify({ v: "double", rv: resourceVersion, id: ++this.#last })).toString("base64url");
    this.#rests.set(token, { resourceVersion, rest });
    const oldest = this.#rests.keys().next();
    if (this.#rests.size > SNAPSHOT_LIMIT && !oldest.done) this.#rests.delete(oldest.value);
    return token;
  }

  find(token: string) {
    return this.#rests.get(token);
  }

  clear(): void {
    this.#rests.clear();
  }
}

const SNAPSHOT_LIMIT = 100;
const CONTINUE_TOO_OLD =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.";

/** A list, or one page of it. */
export function listPage(
  store: ObjectStore,
  snapshots: Snapshots,
  target: Target,
  selector: Selector,
  query: URLSearchParams,
): Result<unknown> {
  const limit = Math.max(0, Number.parseInt(query.get("limit") ?? "0", 10) || 0);
  const token = query.get("continue") ?? "";
  if (token !== "" && !isToken(token)) return refuse(badRequest("continue key is not valid"));
  const asked = Number(query.get("resourceVersion") ?? 0);
  if (query.get("resourceVersionMatch") === "Exact" && asked < target.collection.floor) {
    return refuse(expired(`The resourceVersion for the provided list is too old.`));
  }
  const snapshot = token === "" ? undefined : snapshots.find(token);
  if (token !== "" && snapshot === undefined) return refuse(expired(CONTINUE_TOO_OLD));
  const resourceVersion = snapshot?.resourceVersion ?? store.resourceVersion;
  const all = snapshot?.rest ?? target.collection.list(target.namespace).filter(selector);
  const items = limit === 0 ? all : all.slice(0, limit);
  const rest = all.slice(items.length);
  const more = rest.length === 0 ? {} : { continue: snapshots.keep(resourceVersion, rest), remainingItemCount: rest.length };
  const { resource } = target.collection;
  const typed = resource.builtIn ? {} : { apiVersion: target.apiVersion, kind: resource.kind };
  return {
    ok: true,
    value: {
      kind: `${resource.kind}List`,
      apiVersion: target.apiVersion,
      metadata: { resourceVersion: String(resourceVersion), ...more },
      items: items.map((item) => ({ ...typed, ...item })),
    },
  };
}

function isToken(token: string): boolean {
  try {
    return typeof JSON.parse(Buffer.from(token, "base64url").toString("utf8")) === "object";
  } catch {
    return false;
  }
}
