import type { CountedEndpoints } from "../evaluator/model/observation.ts";
import type { Slice, SliceEndpoint } from "./endpointSlice.ts";

/** What is known of the past of an endpoint: it has been ready, it was added not ready, or it was found not ready by a list. */
type Past = "ready" | "new" | "unclear";

interface Known {
  readonly addressType: string | null;
  /** How often slices list it, and as ready. */
  listed: number;
  listedReady: number;
  past: Past;
}

interface Tally {
  ready: number;
  notReady: number;
  unclear: number;
}

/**
 * The endpoints of one Service, each once, and which of them have been ready. It remembers only endpoints that a slice lists,
 * so it is as large as the slices are.
 */
export class ServiceEndpoints {
  #slices = 0;
  readonly #known = new Map<string, Known>();
  /** Of endpoints that are known by their pod: nearly always all of them. */
  readonly #pods: Tally = { ready: 0, notReady: 0, unclear: 0 };
  /** Of the others, by address type; null: there was none yet. */
  #others: Map<string, Tally> | null = null;
  #counts: CountedEndpoints | null = null;

  add({ endpoints }: Slice, fromList: boolean): void {
    this.#slices += 1;
    for (const endpoint of endpoints) this.#list(endpoint, fromList ? "unclear" : "new");
    this.#counts = null;
  }

  /** Returns how many slices are left. */
  remove({ endpoints }: Slice): number {
    for (const endpoint of endpoints) this.#unlist(endpoint);
    this.#counts = null;
    return (this.#slices -= 1);
  }

  /**
   * A dual-stack Service lists each pod once per address type. Endpoints without a pod cannot be matched, so of these the address
   * type with the most is counted.
   */
  counts(): CountedEndpoints {
    if (this.#counts !== null) return this.#counts;
    const pods = this.#pods;
    let ready = 0;
    let withNotReady = 0;
    let all = 0;
    for (const tally of this.#others?.values() ?? []) {
      ready = Math.max(ready, tally.ready);
      withNotReady = Math.max(withNotReady, tally.ready + tally.notReady);
      all = Math.max(all, tally.ready + tally.notReady + tally.unclear);
    }
    const unclear = pods.unclear + all - withNotReady;
    const counted = { state: "counted", ready: pods.ready + ready, notReady: pods.notReady + withNotReady - ready } as const;
    return (this.#counts = unclear > 0 ? { ...counted, unclear } : counted);
  }

  #list({ id, addressType, ready }: SliceEndpoint, pastIfNew: Past): void {
    const known = this.#known.get(id) ?? { addressType, listed: 0, listedReady: 0, past: pastIfNew };
    if (known.listed > 0) this.#tally(known, -1);
    else this.#known.set(id, known);
    known.listed += 1;
    if (ready) {
      known.listedReady += 1;
      known.past = "ready";
    }
    this.#tally(known, 1);
  }

  #unlist({ id, ready }: SliceEndpoint): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    this.#tally(known, -1);
    known.listed -= 1;
    if (ready) known.listedReady -= 1;
    if (known.listed > 0) this.#tally(known, 1);
    else this.#known.delete(id);
  }

  #tally({ addressType, listedReady, past }: Known, by: 1 | -1): void {
    const tally = this.#tallyOf(addressType);
    if (listedReady > 0) tally.ready += by;
    else if (past === "ready") tally.notReady += by;
    else if (past === "unclear") tally.unclear += by;
  }

  #tallyOf(addressType: string | null): Tally {
    if (addressType === null) return this.#pods;
    this.#others ??= new Map();
    const tally = this.#others.get(addressType) ?? { ready: 0, notReady: 0, unclear: 0 };
    this.#others.set(addressType, tally);
    return tally;
  }
}
