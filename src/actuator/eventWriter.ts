import type { KubeApi } from "../kube/kubeApi.ts";
import { resourcePath } from "../kube/resourcePath.ts";
import { KeyedPool } from "./keyedPool.ts";
import type { RouteEvent } from "./routeEvent.ts";

/** A request that takes longer is abandoned, and its Event is lost. */
export const EVENT_TIME_LIMIT_MS = 5_000;

/** Concurrent requests: fewer than for writes, because nothing depends on Events. */
const EVENTS_AT_A_TIME = 4;

/** Maximum number of waiting Events; further ones are lost. */
export const MOST_WAITING_EVENTS = 1_000;

/** Limit of the API for a note, in UTF-8 bytes. */
export const LONGEST_NOTE_BYTES = 1_024;

/** Limit of the API for a reporting instance, in characters. */
const LONGEST_INSTANCE = 128;

const CONTROLLER = "linkerd-failover";

export interface EventWriterOptions {
  readonly kube: KubeApi;
  /** The identity of this process. */
  readonly instance: string;
  /** No request is sent. */
  readonly dryRun: boolean;
  /** The wall clock. */
  readonly nowMs: () => number;
  readonly onLost: (event: RouteEvent, why: string) => void;
  readonly timeLimitMs?: number;
}

/** Writes Kubernetes Events, best effort: an Event that cannot be written is lost, and nothing waits for it. */
export class EventWriter {
  readonly #options: EventWriterOptions;
  readonly #pool: KeyedPool<{ readonly event: RouteEvent; readonly atMs: number }>;
  #count = 0;

  constructor(options: EventWriterOptions) {
    this.#options = options;
    this.#pool = new KeyedPool({ atATime: EVENTS_AT_A_TIME, run: ({ event, atMs }, signal) => this.#send(event, atMs, signal) });
  }

  /** Queues an Event and returns at once. */
  tell(event: RouteEvent): void {
    if (this.#options.dryRun) return;
    if (this.#pool.waiting >= MOST_WAITING_EVENTS) {
      this.#options.onLost(event, `${MOST_WAITING_EVENTS} events are queued already`);
      return;
    }
    this.#count += 1;
    this.#pool.submit(String(this.#count), { event, atMs: this.#options.nowMs() });
  }

  /** Sends the queued Events for at most `withinMs`, then stops. */
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

/** The Event object for the API. */
function eventObject(event: RouteEvent, instance: string, atMs: number): object {
  const { kind, apiVersion, namespace, name, uid, resourceVersion } = event.route;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    // A generated name may not follow a dot.
    metadata: { generateName: `${name}-`, namespace },
    // Kubernetes writes these times with microseconds.
    eventTime: new Date(atMs).toISOString().replace("Z", "000Z"),
    type: event.type,
    reason: event.reason,
    action: event.action,
    note: cutToBytes(event.note, LONGEST_NOTE_BYTES),
    reportingController: CONTROLLER,
    reportingInstance: instance.slice(0, LONGEST_INSTANCE),
    // Our kind of Linkerd's own HTTPRoute includes the group, which is in the apiVersion already.
    regarding: { apiVersion, kind: kind.split(".", 1)[0], namespace, name, uid, resourceVersion },
  };
}

/** The beginning of a text that fits, never cut inside a character. */
function cutToBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  // The ellipsis takes three bytes. Go back to the first byte of a character.
  let end = most - 3;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString()}…`;
}
