import type { Users } from "./splitRegret.ts";

/** A number of many stories. */
export interface Spread {
  readonly median: number;
  readonly p99: number;
  readonly worst: number;
  readonly worstSeed: number;
}

/** How much of the requests of a story failed, in many stories. */
export interface RegretSpread {
  readonly withUs: Spread;
  readonly without: Spread;
  readonly bestSingle: Spread;
  /** With the controller, less the better of the two others: below 0 where it saved more than either. */
  readonly regret: Spread;
}

/** The users of a seed's story. */
export interface SeedUsers {
  readonly seed: number;
  readonly users: Users;
}

/** The distribution of the shares of failed requests over stories that had any requests. */
export function regretSpread(stories: readonly SeedUsers[]): RegretSpread {
  const asked = stories.filter(({ users }) => users.requests > 0);
  const spread = (failed: (users: Users) => number) => spreadOf(asked, ({ users }) => failed(users) / users.requests);
  return {
    withUs: spread(({ withUs }) => withUs),
    without: spread(({ without }) => without),
    bestSingle: spread(({ bestSingle }) => bestSingle),
    regret: spread(({ withUs, without, bestSingle }) => withUs - Math.min(without, bestSingle)),
  };
}

function spreadOf(stories: readonly SeedUsers[], valueOf: (story: SeedUsers) => number): Spread {
  const sorted = stories.map((story) => ({ seed: story.seed, value: valueOf(story) })).sort((a, b) => a.value - b.value || a.seed - b.seed);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const last = sorted.at(-1);
  return { median: at(0.5)?.value ?? 0, p99: at(0.99)?.value ?? 0, worst: last?.value ?? 0, worstSeed: last?.seed ?? 0 };
}
