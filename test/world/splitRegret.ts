/** One second of a split. */
export interface Second {
  readonly atMs: number;
  readonly weights: string;
  /** Requests, and those that fail: with the controller, without it, and with all traffic on each backend. */
  readonly requests: number;
  readonly withUs: number;
  readonly without: number;
  /** The same if this split alone were left to its owner's weights, beside the others of its route as they are. */
  readonly leftAlone: number;
  readonly singles: ReadonlyMap<string, number>;
  /** Of the failures with the controller, those that detection, trials and return cost by the law. */
  readonly lawful: number;
  /** Why. */
  readonly because: string;
}

/** Requests and failures of a part of a story. */
export interface Users {
  readonly requests: number;
  readonly withUs: number;
  readonly without: number;
  readonly bestSingle: number;
  readonly lawful: number;
}

/** Part of the requests that may fail beyond the law, and a number for splits with few requests. */
const MARGIN_SHARE = 0.02;
const MARGIN_REQUESTS = 5;
/** More lines of the table are left out. */
const MOST_LINES = 150;

/** Failures with all traffic on one backend. */
interface Single {
  failed: number;
  /** The same, if all requests fail while the backend is not there. */
  failedOrAbsent: number;
}

/** The failures of a split's users, second by second. */
export class SplitRegret {
  readonly #sums = { requests: 0, withUs: 0, without: 0, lawful: 0 };
  #leftAlone = 0;
  /** By the backends that were there from the start. */
  #singles: ReadonlyMap<string, Single> | null = null;
  /** Seconds in which users lost more than by the law: as many as the table shows. */
  readonly #losses: Second[] = [];

  take(second: Second): void {
    const { requests, withUs, without, leftAlone, lawful, singles } = second;
    this.#sums.requests += requests;
    this.#sums.withUs += withUs;
    this.#sums.without += without;
    this.#leftAlone += leftAlone;
    this.#sums.lawful += lawful;
    this.#singles ??= new Map([...singles.keys()].map((service) => [service, { failed: 0, failedOrAbsent: 0 }]));
    for (const [service, sum] of this.#singles) {
      const failed = singles.get(service);
      sum.failed += failed ?? 0;
      sum.failedOrAbsent += failed ?? requests;
    }
    if (withUs - lawful > 1e-6 && this.#losses.length < MOST_LINES) this.#losses.push(second);
  }

  users(): Users {
    return { ...this.#sums, bestSingle: this.#singles?.get(this.#best())?.failed ?? 0 };
  }

  /**
   * P15. Returns what is wrong, or null. Without the controller one split of a route may lose all of its requests, which leaves room for another one
   * on a backend that cannot answer them all. That room is not there once the first one is helped, whatever is done with the other.
   */
  check(): string | null {
    const users = this.users();
    const { requests, withUs, bestSingle, lawful } = users;
    const without = Math.max(users.without, this.#leftAlone);
    if (withUs - lawful <= Math.min(without, bestSingle) + marginOf(requests)) return null;
    const [lost, least, single] = [withUs - lawful, without, bestSingle].map((count) => count.toFixed(0));
    return `P15: of ${requests.toFixed(0)} requests ${withUs.toFixed(0)} failed, ${lost} beyond the law; ${least} without the controller, ${single} on ${this.#best()} alone`;
  }

  /** The seconds in which users lost more than by the law. */
  table(clock: (atMs: number) => string): readonly string[] {
    const best = this.#best();
    const lines = this.#losses.map(
      ({ atMs, weights, requests, withUs, without, singles, lawful, because }) =>
        `${clock(atMs)} | ${weights} | ${[requests, withUs, lawful, without, singles.get(best) ?? 0].map((count) => count.toFixed(1)).join(" | ")} | ${because}`,
    );
    return ["time | weights | requests | failed | by the law | without | best single | why", ...lines];
  }

  /** The backend that would have lost the fewest requests alone. One that was not there from the start is none. */
  #best(): string {
    const sorted = [...(this.#singles ?? [])].sort(([, a], [, b]) => a.failedOrAbsent - b.failedOrAbsent);
    return sorted[0]?.[0] ?? "";
  }
}

/** P15 of all splits of a route together: what one of them gains, another one must not lose. Returns what is wrong, or null. */
export function checkTogether(splits: readonly SplitRegret[]): string | null {
  const users = splits.map((split) => split.users());
  const sumOf = (count: (of: Users) => number) => users.reduce((sum, of) => sum + count(of), 0);
  const lost = sumOf(({ withUs, lawful }) => withUs - lawful);
  const without = sumOf((of) => of.without);
  const requests = sumOf((of) => of.requests);
  if (lost <= without + marginOf(requests)) return null;
  return `P15: of ${requests.toFixed(0)} requests of all splits ${lost.toFixed(0)} failed beyond the law; ${without.toFixed(0)} without the controller`;
}

function marginOf(requests: number): number {
  return Math.max(MARGIN_REQUESTS, MARGIN_SHARE * requests);
}
