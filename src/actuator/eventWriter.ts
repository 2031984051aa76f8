import type { KubeApi } from "../kube/kubeApi.ts";
import { resourcePath } from "../kube/resourcePath.ts";
import { KeyedPool } from "./keyedPool.ts";
import type { RouteEvent } from "./routeEvent.ts";

/** A request that takes longer is abandoned, and its Event is lost. */
export const EVENT_TIME_LIMIT_MS = 5_000;

/** Concurrent requests: fewer than for writes, because nothing depends on Events. */
const EVENTS_AT_A_TIME = 4;

/** While writes of routes wait, Events leave the API server to them. */
const EVENTS_BESIDE_WRITES = 1;

/** Maximum number of waiting Events; those that follow are told together. */
export const MOST_WAITING_EVENTS = 2_000;

/** Maximum number of Events that stand for several: one for each namespace and reason. Further ones are lost. */
const MOST_COLLECTIVE_EVENTS = 1_000;

/** How many routes an Event names that stands for several. */
const NAMED_TOGETHER = 10;

/** How long no Event is sent after a 429 that does not say it, and at most. */
const PAUSE_MS = { usual: 1_000, longest: 30_000 } as const;

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
  /** Whether writes of routes wait for their turn; absent: never. */
  readonly isBusy?: () => boolean;
  readonly timeLimitMs?: number;
}

/** An Event that waits, and the routes that it stands for beside its own. */
interface Waiting {
  readonly event: RouteEvent;
  readonly atMs: number;
  /** Null: it stands for itself. */
  readonly others: Others | null;
}

interface Others {
  readonly key: string;
  readonly names: readonly string[];
  readonly count: number;
}

/**
 * Writes Kubernetes Events, best effort: an Event that cannot be written is lost, and nothing waits for it. Where there are too many
 * to write, or the API server says so, one Event stands for those of a namespace that have the same reason.
 */
export class EventWriter {
  readonly #options: EventWriterOptions;
  readonly #pool: KeyedPool<Waiting>;
  /** By namespace and reason: the Events that wait for others, too. */
  readonly #together = new Map<string, Waiting>();
  #count = 0;

  constructor(options: EventWriterOptions) {
    this.#options = options;
    const atATime = () => (options.isBusy?.() === true ? EVENTS_BESIDE_WRITES : EVENTS_AT_A_TIME);
    this.#pool = new KeyedPool({ atATime, run: (waiting, signal) => this.#send(waiting, signal) });
  }

  /** Queues an Event and returns at once. */
  tell(event: RouteEvent): void {
    if (this.#options.dryRun) return;
    const atMs = this.#options.nowMs();
    if (this.#pool.waiting - this.#together.size >= MOST_WAITING_EVENTS) return this.#tellTogether(event, atMs);
    this.#count += 1;
    this.#pool.submit(String(this.#count), { event, atMs, others: null });
  }

  /** Sends the queued Events for at most `withinMs`, then stops. */
  stop(withinMs: number): Promise<void> {
    return this.#pool.drain(withinMs);
  }

  /** Adds an Event to the one that stands for its namespace and reason. */
  #tellTogether(event: RouteEvent, atMs: number): void {
    const { namespace, name } = event.route;
    const key = `together ${namespace} ${event.reason}`;
    const known = this.#together.get(key);
    if (known === undefined && this.#together.size >= MOST_COLLECTIVE_EVENTS) {
      this.#options.onLost(event, `${MOST_WAITING_EVENTS} events are queued already`);
      return;
    }
    const { names, count } = known?.others ?? { names: [], count: 0 };
    const others: Others = { key, names: count < NAMED_TOGETHER ? [...names, name] : names, count: count + 1 };
    const waiting: Waiting = { event: known?.event ?? event, atMs: known?.atMs ?? atMs, others };
    this.#together.set(key, waiting);
    this.#pool.submit(key, waiting, LAST);
  }

  async #send({ event, atMs, others }: Waiting, signal: AbortSignal): Promise<void> {
    const { kube, instance, onLost, timeLimitMs = EVENT_TIME_LIMIT_MS } = this.#options;
    if (others !== null) this.#together.delete(others.key);
    const path = resourcePath({ group: "events.k8s.io", version: "v1", plural: "events", namespace: event.route.namespace });
    const told = others === null ? event : { ...event, note: togetherNote(event, others) };
    const result = await kube.create(path, eventObject(told, instance, atMs), { timeLimitMs, signal });
    if (result.ok) return;
    if (result.status !== 429 || others !== null) return onLost(event, `${result.reason}: ${result.message}`);
    // Too many for the server, so fewer are sent.
    this.#pool.pause(Math.min(PAUSE_MS.longest, result.retryAfterMs ?? PAUSE_MS.usual));
    this.#tellTogether(event, atMs);
  }
}

/** Events that stand for several follow those that stand for themselves, so that they stand for as many as possible. */
const LAST = 1;

function togetherNote({ note }: RouteEvent, { names, count }: Others): string {
  if (count === 1) return note;
  const more = count > names.length ? `, and ${count - names.length} more` : "";
  return `${count} routes of this namespace, too many for an Event each: ${names.join(", ")}${more}. The first of them: ${note}`;
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
