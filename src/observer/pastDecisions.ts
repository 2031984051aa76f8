import { type PastDecision, readDecisionText } from "../evaluator/explain/pastDecision.ts";
import type { KubeApi, KubeObject } from "../kube/kubeApi.ts";
import { listPage } from "../kube/listPage.ts";
import { resourcePath } from "../kube/resourcePath.ts";
import type { RouteCodec, RouteRef } from "../routes/route.ts";

const LIST_TIME_LIMIT_MS = 10_000;
/** Pages of up to 500 Events that one reading takes. */
const PAGES_LIMIT = 20;
/** Decisions that are kept, the newest. */
export const PAST_DECISIONS_KEPT = 1_000;
/** A replica that does not lead reads again after this time, while a page is open. */
export const READ_AGAIN_MS = 60_000;

const CONTROLLER = "linkerd-failover";

export interface PastDecisionsOptions {
  readonly kube: KubeApi;
  readonly codecs: readonly RouteCodec[];
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** The name of this process: its own Events are no past. */
  readonly identity: string;
  /** A monotonic clock. */
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly onFailure: (why: string) => void;
}

interface EventObject extends KubeObject {
  readonly eventTime?: string;
  readonly note?: string;
  readonly reason?: string;
  readonly reportingInstance?: string;
  readonly regarding?: { readonly apiVersion?: string; readonly kind?: string; readonly namespace?: string; readonly name?: string };
}

/**
 * The decisions of earlier processes and of other replicas, read from the Events on the routes. The API server keeps Events for an
 * hour by default, and that is how far back they go.
 */
export class PastDecisions {
  readonly #options: PastDecisionsOptions;
  #kept: readonly PastDecision[] = [];
  #readMs: number | null = null;
  #reading: Promise<void> | null = null;

  constructor(options: PastDecisionsOptions) {
    this.#options = options;
  }

  newestFirst(): readonly PastDecision[] {
    return this.#kept;
  }

  /** Reads once. What could not be read leaves what was known. */
  read(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  /** Reads again if the last reading is old. */
  readAgain(): void {
    if (this.#readMs !== null && this.#options.nowMs() - this.#readMs < READ_AGAIN_MS) return;
    void this.read();
  }

  async #readAll(): Promise<void> {
    const { namespaces, nowMs, onFailure } = this.#options;
    this.#readMs = nowMs();
    const found: PastDecision[] = [];
    for (const namespace of namespaces.length === 0 ? [undefined] : new Set(namespaces)) {
      const why = await this.#readNamespace(namespace, found);
      if (why !== null) return onFailure(why);
    }
    this.#kept = found.toSorted((a, b) => b.atMs - a.atMs).slice(0, PAST_DECISIONS_KEPT);
  }

  /** Returns why it failed; null: it did not. */
  async #readNamespace(namespace: string | undefined, found: PastDecision[]): Promise<string | null> {
    const { kube, signal } = this.#options;
    const path = resourcePath({ group: "events.k8s.io", version: "v1", plural: "events", ...(namespace !== undefined && { namespace }) });
    let next: string | undefined;
    for (let i = 0; i < PAGES_LIMIT; i++) {
      const query = { fieldSelector: `reportingController=${CONTROLLER}`, ...(next !== undefined && { continue: next }) };
      const page = await listPage(kube, path, { query, timeLimitMs: LIST_TIME_LIMIT_MS, signal });
      if (signal.aborted) return null;
      if (!page.ok) return `${page.reason}: ${page.message}`;
      for (const item of page.value.items ?? []) {
        const decision = this.#decisionOf(item);
        if (decision !== null) found.push(decision);
      }
      next = page.value.metadata?.continue || undefined;
      if (next === undefined) return null;
    }
    return null;
  }

  #decisionOf({ eventTime = "", note = "", reportingInstance, regarding }: EventObject): PastDecision | null {
    const atMs = Date.parse(eventTime);
    const route = this.#routeOf(regarding);
    if (Number.isNaN(atMs) || route === null || reportingInstance === this.#options.identity) return null;
    return readDecisionText(route, atMs, note);
  }

  #routeOf(regarding: EventObject["regarding"]): RouteRef | null {
    const { apiVersion = "", kind, namespace, name } = regarding ?? {};
    if (namespace === undefined || name === undefined) return null;
    const [group] = apiVersion.split("/", 1);
    // Our kind of Linkerd's own HTTPRoute has the group in it.
    const codec = this.#options.codecs.find((one) => one.resource.group === group && one.kind.split(".", 1)[0] === kind);
    return codec === undefined ? null : { kind: codec.kind, namespace, name };
  }
}
