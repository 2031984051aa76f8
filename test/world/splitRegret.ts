/** One second of a split. */
export interface Second {
  readonly atMs: number;
  readonly weights: string;
  /** Requests, and those that fail: with the controller, without it, and with all traffic on each backend. */
  readonly requests: number;
  readonly withUs: number;
  readonly without: number;
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

/** The failures of a split's users, second by second. */
export class SplitRegret {
  readonly #seconds: Second[] = [];

  take(second: Second): void {
    this.#seconds.push(second);
  }

  users(): Users {
    const best = this.#best();
    const sum = (of: (second: Second) => number) => this.#seconds.reduce((total, second) => total + of(second), 0);
    return {
      requests: sum(({ requests }) => requests),
      withUs: sum(({ withUs }) => withUs),
      without: sum(({ without }) => without),
      bestSingle: sum(({ singles }) => singles.get(best) ?? 0),
      lawful: sum(({ lawful }) => lawful),
    };
  }

  /** P15. Returns what is wrong, or null. */
  check(): string | null {
    const { requests, withUs, without, bestSingle, lawful } = this.users();
    const margin = Math.max(MARGIN_REQUESTS, MARGIN_SHARE * requests);
    if (withUs - lawful <= Math.min(without, bestSingle) + margin) return null;
    const [lost, least, single] = [withUs - lawful, without, bestSingle].map((count) => count.toFixed(0));
    return `P15: of ${requests.toFixed(0)} requests ${withUs.toFixed(0)} failed, ${lost} beyond the law; ${least} without the controller, ${single} on ${this.#best()} alone`;
  }

  /** The seconds in which users lost more than by the law. */
  table(clock: (atMs: number) => string): readonly string[] {
    const best = this.#best();
    const lines = this.#seconds
      .filter(({ withUs, lawful }) => withUs - lawful > 1e-6)
      .map(
        ({ atMs, weights, requests, withUs, without, singles, lawful, because }) =>
          `${clock(atMs)} | ${weights} | ${[requests, withUs, lawful, without, singles.get(best) ?? 0].map((count) => count.toFixed(1)).join(" | ")} | ${because}`,
      );
    return ["time | weights | requests | failed | by the law | without | best single | why", ...lines.slice(0, MOST_LINES)];
  }

  /** The backend that would have lost the fewest requests alone. One that was not there from the start is none. */
  #best(): string {
    const sums = new Map<string, number>();
    for (const service of this.#seconds[0]?.singles.keys() ?? [])
      sums.set(
        service,
        this.#seconds.reduce((total, { singles, requests }) => total + (singles.get(service) ?? requests), 0),
      );
    return [...sums].sort(([, a], [, b]) => a - b)[0]?.[0] ?? "";
  }
}
