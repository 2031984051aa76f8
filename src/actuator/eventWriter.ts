import type { KubeApi } from "../kube/kubeApi.ts";
import { resourcePath } from "../kube/resourcePath.ts";
import { KeyedPool } from "./keyedPool.ts";
import type { RouteEvent } from "./routeEvent.ts";

/** An Event that takes longer is lost. */
export const EVENT_TIME_LIMIT_MS = 5_000;

/** Events under way at once: fewer than writes, since nothing depends on them. */
const EVENTS_AT_A_TIME = 4;

/** Events that wait at most; what comes beyond is lost. */
export const MOST_WAITING_EVENTS = 1_000;

/** UTF-8 bytes that the API takes of a note. */
export const LONGEST_NOTE_BYTES = 1_024;

/** Characters that the API takes of a reporting instance. */
const LONGEST_INSTANCE = 128;

const CONTROLLER = "linkerd-failover";

export interface EventWriterOptions {
  readonly kube: KubeApi;
  /** Who tells: the identity of this process. */
  readonly instance: string;
  /** Nothing is sent at all. */
  readonly dryRun: boolean;
  /** Wall clock. */
  readonly nowMs: () => number;
  readonly onLost: (event: RouteEvent, why: string) => void;
  readonly timeLimitMs?: number;
}

/** Tells of routes in Kubernetes Events, as well as it can: an Event that cannot be written is lost, and nothing waits for it. */
export class EventWriter {
  readonly #options: EventWriterOptions;
  readonly #pool: KeyedPool<{ readonly event: RouteEvent; readonly atMs: number }>;
  #count = 0;

  constructor(options: EventWriterOptions) {
    this.#options = options;
    this.#pool = new KeyedPool({ atATime: EVENTS_AT_A_TIME, run: ({ event, atMs }, signal) => this.#send(event, atMs, signal) });
  }

  /** Takes an Event and returns at once. */
  tell(event: RouteEvent): void {
    if (this.#options.dryRun) return;
    if (this.#pool.waiting >= MOST_WAITING_EVENTS) {
      this.#options.onLost(event, `${MOST_WAITING_EVENTS} events are waiting already`);
      return;
    }
    this.#count += 1;
    this.#pool.submit(String(this.#count), { event, atMs: this.#options.nowMs() });
  }

  /** Sends what is left within this time, then stops. */
  stop(withinMs: number): Promise<void> {
    return this.#pool.drain(withinMs);
  }

  async #send(event: RouteEvent, atMs: number, signal: AbortSignal): Promise<void> {
    const { kube, instance, onLost, timeLimitMs = EVENT_TIME_LIMIT_MS } = this.#options;
    const path = resourcePath({ group: "events.k8s.io", version: "v1", plural: "events", namespace: event.route.namespace });
    const result = await kube.create(path, eventObject(event, instance, atMs), { timeLimitMs, signal });
    if (!result.ok) onLost(event, `${result.reason}: ${result.message}`);
  }
}

/** The Event as the API has it. */
function eventObject(event: RouteEvent, instance: string, atMs: number): object {
  const { kind, apiVersion, namespace, name, uid, resourceVersion } = event.route;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    // A generated name may not follow a dot.
    metadata: { generateName: `${name}-`, namespace },
    // Kubernetes spells these times to the microsecond.
    eventTime: new Date(atMs).toISOString().replace("Z", "000Z"),
    type: event.type,
    reason: event.reason,
    action: event.action,
    note: cutToBytes(event.note, LONGEST_NOTE_BYTES),
    reportingController: CONTROLLER,
    reportingInstance: instance.slice(0, LONGEST_INSTANCE),
    // Our name of Linkerd's own HTTPRoute carries its group, which the apiVersion tells already.
    regarding: { apiVersion, kind: kind.split(".", 1)[0], namespace, name, uid, resourceVersion },
  };
}

/** The beginning of a text that fits, without half a character at its end. */
function cutToBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  // Three bytes are for the ellipsis; back to where a character begins.
  let end = most - 3;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString()}…`;
}
