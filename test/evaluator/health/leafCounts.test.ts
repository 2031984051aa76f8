import { describe, expect, it } from "vitest";
import { type Leaf, leafCounts } from "../../../src/evaluator/health/leafCounts.ts";
import type { Counts } from "../../../src/evaluator/model/observation.ts";

const counts = (total: number, failures: number): Counts => ({ total, failures });

const leafOf = (leaf: Counts | null, share: number, sent: number | null = null, leastShare = share): Leaf => {
  return { leaf, share, leastShare, hadWeight: share > 0, sent };
};

const account = (leaves: ReadonlyMap<string, Counts>, apex: Counts | null, shares: ReadonlyMap<string, number>) => {
  const counted = leafCounts(
    [...shares].map(([backend, share]) => leafOf(leaves.get(backend) ?? null, share)),
    apex,
    true,
  );
  return new Map([...shares.keys()].map((backend, i) => [backend, counted[i]]));
};

describe("leaves that others call, too", () => {
  const failures = (web: Counts, east: Counts, ofRoute: Counts): readonly (number | undefined)[] => {
    const counted = leafCounts([leafOf(web, 0.5), leafOf(east, 0.5)], ofRoute, true);
    return counted.map(({ leaf }) => leaf?.failures);
  };

  it("share the route's failures by how many of all their requests fail, whichever comes first", () => {
    const [sick, well] = [counts(100, 60), counts(100, 20)];
    expect(failures(sick, well, counts(40, 8))).toEqual([6, 2]);
    expect(failures(well, sick, counts(40, 8))).toEqual([2, 6]);
  });

  it("have no more of them than they counted, and no fewer than others can have", () => {
    expect(failures(counts(100, 3), counts(100, 97), counts(40, 30))).toEqual([3, 20]);
    expect(failures(counts(100, 1), counts(100, 100), counts(40, 20))).toEqual([0, 20]);
  });
});

describe("leafCounts", () => {
  it("attributes the failures that no leaf counted to the backend that had the whole weight", () => {
    const leaves = new Map([
      ["web", counts(30, 0)],
      ["east", counts(300, 0)],
    ]);
    const result = account(
      leaves,
      counts(1_500, 1_460),
      new Map([
        ["web", 1],
        ["east", 0],
      ]),
    );
    expect(result.get("web")).toEqual({ leaf: counts(30, 0), unaccounted: 1_460, promised: 1_500, isIncomplete: false });
    expect(result.get("east")).toMatchObject({ unaccounted: 0, promised: 0 });
  });

  it("does so if the dead backend has no series at all", () => {
    const result = account(
      new Map(),
      counts(100, 100),
      new Map([
        ["web", 1],
        ["east", 0],
      ]),
    );
    expect(result.get("web")).toMatchObject({ leaf: null, unaccounted: 100 });
  });

  it("attributes them after a shift to the backend that received less than its weight promised", () => {
    const leaves = new Map([["east", counts(500, 0)]]);
    const result = account(
      leaves,
      counts(1_000, 500),
      new Map([
        ["web", 0.5],
        ["east", 0.5],
      ]),
    );
    expect(result.get("web")?.unaccounted).toBe(500);
    expect(result.get("east")?.unaccounted).toBe(0);
  });

  it("attributes them in proportion to the shortfall", () => {
    const leaves = new Map([
      ["a", counts(200, 0)],
      ["b", counts(300, 0)],
    ]);
    const result = account(
      leaves,
      counts(1_000, 500),
      new Map([
        ["a", 0.5],
        ["b", 0.5],
      ]),
    );
    expect(result.get("a")?.unaccounted).toBe(300);
    expect(result.get("b")?.unaccounted).toBe(200);
  });

  it("attributes them to no backend if all answered what their weight promised", () => {
    const leaves = new Map([
      ["a", counts(900, 0)],
      ["b", counts(300, 0)],
    ]);
    const shares = new Map([
      ["a", 0.8],
      ["b", 0.2],
    ]);
    const result = account(leaves, counts(1_000, 100), shares);
    expect([...result.values()].map((own) => own?.unaccounted)).toEqual([0, 0]);
  });

  it("attributes late failures to the backend that was sent them, not to a standby that answered what it was promised", () => {
    const result = leafCounts([leafOf(counts(300, 0), 0.5, 500), leafOf(counts(480, 0), 0.5, 480)], counts(1_000, 200), true);
    expect(result.map(({ unaccounted }) => unaccounted)).toEqual([200, 0]);
  });

  it("counts nothing twice: failures that a leaf counted are not added", () => {
    const result = account(new Map([["web", counts(1_000, 300)]]), counts(1_000, 300), new Map([["web", 1]]));
    expect(result.get("web")).toMatchObject({ unaccounted: 0 });
  });

  it("is never below zero, even if retries make leaves count more failures than the route", () => {
    const result = account(new Map([["web", counts(1_000, 300)]]), counts(700, 10), new Map([["web", 1]]));
    expect(result.get("web")).toMatchObject({ unaccounted: 0 });
  });

  describe("if the splits of a route are not alike", () => {
    const unlike = (web: Counts, east: Counts, ofRoute: Counts) =>
      leafCounts([leafOf(web, 0.5), leafOf(east, 0.5)], ofRoute, false).map(({ unaccounted, promised }) => ({ unaccounted, promised }));

    it("attributes them to the backend that answered almost nothing, and promises nothing", () => {
      const [web, east] = unlike(counts(10, 0), counts(500, 0), counts(1_400, 890));
      expect([web, east]).toEqual([
        { unaccounted: 890, promised: null },
        { unaccounted: 0, promised: null },
      ]);
    });

    it("attributes them to no backend if all answered more than that", () => {
      const result = unlike(counts(900, 0), counts(100, 0), counts(1_000, 300));
      expect(result.map(({ unaccounted }) => unaccounted)).toEqual([0, 0]);
    });

    it("attributes them by weight if several answered almost nothing", () => {
      const result = unlike(counts(1, 0), counts(0, 0), counts(300, 300));
      expect(result.map(({ unaccounted }) => unaccounted)).toEqual([150, 150]);
    });
  });

  it("promises nothing if the route has no series", () => {
    const result = account(new Map([["web", counts(10, 0)]]), null, new Map([["web", 1]]));
    expect(result.get("web")).toEqual({ leaf: counts(10, 0), unaccounted: 0, promised: null, isIncomplete: false });
  });
});

describe("other callers of a leaf", () => {
  it("do not excuse: a total failure of the route is seen behind a million good requests of others", () => {
    const [web] = leafCounts([leafOf(counts(1_001_000, 1_000), 1), leafOf(null, 0)], counts(1_000, 1_000), true);
    expect(web).toMatchObject({ leaf: counts(1_000, 1_000), unaccounted: 0 });
  });

  it("do not convict: their failures are not the route's, which failed nowhere", () => {
    const [web] = leafCounts([leafOf(counts(101_000, 100_000), 1), leafOf(null, 0)], counts(1_000, 0), true);
    expect(web).toMatchObject({ leaf: counts(1_000, 0), unaccounted: 0 });
  });

  it("do not hide failures that reached no endpoint of another backend", () => {
    const [web, east] = leafCounts([leafOf(null, 1), leafOf(counts(100_000, 1_000), 0)], counts(1_000, 1_000), true);
    expect(web).toMatchObject({ leaf: null, unaccounted: 1_000 });
    expect(east?.unaccounted).toBe(0);
  });

  it("keep all that they see of a backend without weight: nothing else is known of it", () => {
    const [, east] = leafCounts([leafOf(counts(1_000, 0), 1), leafOf(counts(100_000, 1_000), 0)], counts(1_000, 0), true);
    expect(east?.leaf).toEqual(counts(100_000, 1_000));
  });

  it("begin where a leaf counts more than chance and the edges of the window explain", () => {
    const web = (total: number) => leafCounts([leafOf(counts(total, 0), 1)], counts(1_000, 0), true)[0]?.leaf?.total;
    expect([web(1_053), web(1_054)]).toEqual([1_053, 1_000]);
  });

  it("leave the route those failures that were answered, and no backend had", () => {
    const leaves = [leafOf(counts(5_000, 400), 0.5), leafOf(counts(100, 0), 0.5)];
    // 100 of 400 requests were not answered, so 30 of 130 failures were.
    const result = leafCounts(leaves, counts(400, 130), true);
    expect(result).toMatchObject([
      { leaf: counts(200, 30), unaccounted: 0 },
      { leaf: counts(100, 0), unaccounted: 100 },
    ]);
  });

  it("leave it no more failures than the leaf counted, and each failure once", () => {
    const first = leafCounts([leafOf(counts(5_000, 10), 0.5), leafOf(counts(200, 0), 0.5)], counts(400, 60), true)[0];
    expect(first?.leaf).toEqual(counts(200, 10));
    const both = leafCounts([leafOf(counts(5_000, 50), 0.5), leafOf(counts(5_000, 150), 0.5)], counts(400, 80), true);
    expect(both.map(({ leaf }) => leaf)).toEqual([counts(200, 20), counts(200, 60)]);
  });

  it("cannot have had more failures than requests", () => {
    const [web] = leafCounts([leafOf(counts(700, 400), 0.5, 500), leafOf(counts(500, 0), 0.5, 500)], counts(1_000, 100), true);
    expect(web?.leaf).toEqual(counts(500, 200));
  });

  it("are told apart by what the route's clients sent, also where they are few", () => {
    const [web] = leafCounts([leafOf(counts(700, 100), 0.5, 500), leafOf(counts(500, 0), 0.5, 500)], counts(1_000, 0), true);
    expect(web).toMatchObject({ leaf: counts(500, 0) });
  });
});

describe("leaves that lack what the route counted as good", () => {
  it("are incomplete, and nothing is attributed", () => {
    const result = leafCounts([leafOf(null, 1), leafOf(null, 0)], counts(1_000, 20), true);
    expect(result.map(({ unaccounted, isIncomplete }) => [unaccounted, isIncomplete])).toEqual([
      [0, true],
      [0, true],
    ]);
  });

  it("are complete where one answered what it was promised", () => {
    const incomplete = (total: number) =>
      leafCounts([leafOf(counts(total, 0), 0.5), leafOf(null, 0.5)], counts(1_000, 20), true).map(({ isIncomplete }) => isIncomplete);
    expect(incomplete(480)).toEqual([false, true]);
    expect(incomplete(300)).toEqual([true, true]);
  });

  it("lack nothing if less than three in ten requests are missing; bad answers are no good ones", () => {
    const incomplete = (total: number, failures: number, ofRoute: Counts) =>
      leafCounts([leafOf(counts(total, failures), 1)], ofRoute, true)[0]?.isIncomplete;
    expect([incomplete(700, 0, counts(1_000, 0)), incomplete(699, 0, counts(1_000, 0))]).toEqual([false, true]);
    expect(incomplete(600, 300, counts(1_000, 100))).toBe(true);
  });

  it("excuse no outage: few good requests of many may be missing by chance", () => {
    const [web] = leafCounts([leafOf(counts(30, 0), 1), leafOf(null, 0)], counts(1_500, 1_460), true);
    expect(web).toMatchObject({ unaccounted: 1_460, isIncomplete: false });
  });
});

describe("a backend that has just got its weight", () => {
  const unaccounted = (leaves: readonly Leaf[], ofRoute: Counts) =>
    leafCounts(leaves, ofRoute, true).map((counted) => Math.round(counted.unaccounted));

  it("has none of the failures while its answers are not all scraped yet", () => {
    expect(unaccounted([leafOf(counts(0, 0), 0.6), leafOf(counts(34, 0), 0.4, null, 0)], counts(149, 115))).toEqual([115, 0]);
    expect(unaccounted([leafOf(counts(20, 0), 0.9), leafOf(null, 0.1, null, 0)], counts(149, 129))).toEqual([129, 0]);
  });

  it("has them if all others answered", () => {
    expect(unaccounted([leafOf(null, 0.4, null, 0), leafOf(counts(90, 0), 0.6)], counts(150, 60))).toEqual([60, 0]);
  });
});
