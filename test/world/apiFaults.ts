import type { WatchStream } from "./watchStream.ts";

/** What can be wrong with an answer. */
export type Fault =
  /** Answers later. */
  | { readonly kind: "latency"; readonly ms: number }
  /** Closes the connection without a byte. */
  | { readonly kind: "drop" }
  /** Does what is asked, and the connection breaks before the answer. */
  | { readonly kind: "lost" }
  /** Accepts the request and never answers. */
  | { readonly kind: "hang" }
  /** Answers with a Status of this code. */
  | { readonly kind: "status"; readonly code: number; readonly retryAfterSeconds?: number }
  /** Answers as a proxy in between would. */
  | { readonly kind: "html"; readonly code?: number };

export interface FaultRule {
  readonly fault: Fault;
  /** Of the requests that match; default all. Drawn from the double's seeded generator. */
  readonly share?: number;
  /** How many requests are hit before the rule is over; default no end. */
  readonly times?: number;
  readonly matches?: (request: { readonly method: string; readonly path: string }) => boolean;
}

/** All that can go wrong with the API double, switched while it runs. */
export interface ApiFaults {
  /** Adds a rule; the answer takes it away again. Of several rules that match, the oldest wins, latency adds to it. */
  add(rule: FaultRule): () => void;
  /** Takes all rules away; watches that were silenced stay so until cut. */
  clear(): void;
  /** The next so many patches get 409 Conflict and change nothing. */
  conflictNextPatches(count?: number): void;
  /** Open watches send nothing any more. New ones do. */
  silenceWatches(matches?: (path: string) => boolean): void;
  /** Open watches get an ERROR event with this code and end. */
  failWatches(code: 410 | 500, matches?: (path: string) => boolean): void;
  /** Open watches lose their connection. */
  cutWatches(matches?: (path: string) => boolean): void;
  /** Forgets the history of events: watches and continue tokens from before now are too old. */
  compact(): void;
  /** Stops listening and tears all connections; the objects stay. */
  refuseConnections(): Promise<void>;
  /** Listens again, on the same port. */
  acceptConnections(): Promise<void>;
}

/** The rules in force, and what they do to one request. */
export class FaultRules {
  readonly #random: () => number;
  #rules: { rule: FaultRule; left: number }[] = [];
  #conflicts = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  add(rule: FaultRule): () => void {
    const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY };
    this.#rules.push(entry);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== entry);
    };
  }

  clear(): void {
    this.#rules = [];
    this.#conflicts = 0;
  }

  addConflicts(count: number): void {
    this.#conflicts += count;
  }

  takeConflict(): boolean {
    if (this.#conflicts === 0) return false;
    this.#conflicts -= 1;
    return true;
  }

  /** Draws for one request: how long to wait, and what to do instead of answering. */
  draw(request: { readonly method: string; readonly path: string }): { latencyMs: number; fault: Fault | null } {
    let latencyMs = 0;
    let fault: Fault | null = null;
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (entry.left <= 0 || rule.matches?.(request) === false) continue;
      if (fault !== null && rule.fault.kind !== "latency") continue;
      if (rule.share !== undefined && this.#random() >= rule.share) continue;
      entry.left -= 1;
      if (rule.fault.kind === "latency") latencyMs += rule.fault.ms;
      else fault = rule.fault;
    }
    return { latencyMs, fault };
  }
}

/** The watches that are open, for the faults that hit them. */
export function forWatches(
  watches: Iterable<WatchStream>,
  matches: ((path: string) => boolean) | undefined,
  act: (watch: WatchStream) => void,
): void {
  for (const watch of [...watches]) if (matches === undefined || matches(watch.path)) act(watch);
}
