import type { WatchStream } from "./watchStream.ts";

/** Faults of an answer. */
export type Fault =
  /** Answers later. */
  | { readonly kind: "latency"; readonly ms: number }
  /** Closes the connection without an answer. */
  | { readonly kind: "drop" }
  /** Executes the request, then closes the connection before the answer. */
  | { readonly kind: "lost" }
  /** Accepts the request and never answers. */
  | { readonly kind: "hang" }
  /** Answers with a Status of this code. */
  | { readonly kind: "status"; readonly code: number; readonly retryAfterSeconds?: number }
  /** Answers like a proxy in between. */
  | { readonly kind: "html"; readonly code?: number };

export interface FaultRule {
  readonly fault: Fault;
  /** Share of the matching requests; default: all. Drawn from the double's seeded generator. */
  readonly share?: number;
  /** The number of requests after which the rule ends; default: unlimited. */
  readonly times?: number;
  readonly matches?: (request: { readonly method: string; readonly path: string }) => boolean;
}

/** The faults of the API double; tests change them while it runs. */
export interface ApiFaults {
  /** Adds a rule and returns a function that removes it. Of several matching rules the oldest applies; latencies add up. */
  add(rule: FaultRule): () => void;
  /** Removes all rules; silenced watches stay silent until they are cut. */
  clear(): void;
  /** The next patches, this many, get 409 Conflict and change nothing. */
  conflictNextPatches(count?: number): void;
  /** Open watches send nothing any more. New ones do. */
  silenceWatches(matches?: (path: string) => boolean): void;
  /** Open watches get an ERROR event with this code and end. */
  failWatches(code: 410 | 500, matches?: (path: string) => boolean): void;
  /** Open watches lose their connection. */
  cutWatches(matches?: (path: string) => boolean): void;
  /** Deletes the history of events: older watches and continue tokens are too old from now on. */
  compact(): void;
  /** Stops listening and closes all connections; the objects stay. */
  refuseConnections(): Promise<void>;
  /** Listens again on the same port. */
  acceptConnections(): Promise<void>;
}

/** The active rules, and their effect on a request. */
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

  /** Draws the faults of one request: its latency, and what it gets instead of an answer. */
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

/** The open watches that a fault affects. */
export function forWatches(
  watches: Iterable<WatchStream>,
  matches: ((path: string) => boolean) | undefined,
  act: (watch: WatchStream) => void,
): void {
  for (const watch of [...watches]) if (matches === undefined || matches(watch.path)) act(watch);
}
