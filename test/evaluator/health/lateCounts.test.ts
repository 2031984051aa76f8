import { describe, expect, it } from "vitest";
import { hasAnswered } from "../../../src/evaluator/health/backendCounts.ts";
import { type Leaf, leafCounts } from "../../../src/evaluator/health/leafCounts.ts";
import { type OwnBackend, ownCounts, withGrpcFailures } from "../../../src/evaluator/health/ownCounts.ts";
import { counts } from "../routeFacts.ts";

const rounded = (all: readonly { unaccounted: number }[]) => all.map(({ unaccounted }) => Math.round(unaccounted));

describe("failures that the split counted and no leaf did", () => {
  const leaf = (total: number, share: number, sent: number | null = null): Leaf => {
    return { leaf: counts(total), share, leastShare: share, hadWeight: share > 0, sent };
  };

  it("are divided by what each leaf was sent and did not answer", () => {
    const all = [leaf(100, 0.5, 300), leaf(350, 0.5, 450)];
    expect(rounded(leafCounts(all, counts(750, 300), true))).toEqual([200, 100]);
  });

  it("are not those of a leaf that answered all that it was sent", () => {
    const all = [leaf(100, 0.5, 400), leaf(400, 0.5, 400)];
    expect(rounded(leafCounts(all, counts(800, 300), true))).toEqual([300, 0]);
  });

  it("belong to the only one that carries, whatever it answered", () => {
    expect(rounded(leafCounts([leaf(800, 1), leaf(0, 0)], counts(820, 20), true))).toEqual([20, 0]);
    expect(rounded(leafCounts([leaf(0, 0), leaf(800, 1)], counts(820, 20), true))).toEqual([0, 20]);
  });

  it("belong to one that had weight a moment ago, if the only one that carries answered", () => {
    // The share of a backend that is out covers a longer time.
    expect(rounded(leafCounts([leaf(800, 1), leaf(0, 0.2)], counts(820, 20), true))).toEqual([0, 20]);
  });

  it("are not those of a leaf that answered more than it was sent", () => {
    expect(rounded(leafCounts([leaf(310, 0.5, 300), leaf(100, 0.5, 300)], counts(600, 200), true))).toEqual([0, 200]);
  });

  it("are not those of a standby without weight beside two that carry", () => {
    expect(rounded(leafCounts([leaf(0, 0.5), leaf(200, 0.5), leaf(0, 0)], counts(400, 200), true))).toEqual([200, 0, 0]);
  });

  it("are divided by weight where the splits differ", () => {
    const all = [leaf(0, 0.75), leaf(0, 0.25)];
    expect(rounded(leafCounts(all, counts(100, 100), false))).toEqual([75, 25]);
  });

  it("leave the failures of other callers out: only what the split can have sent belongs to it", () => {
    const shared: Leaf = { leaf: counts(5_000, 400), share: 0.5, leastShare: 0.5, hadWeight: true, sent: null };
    const own: Leaf = { leaf: counts(200, 50), share: 0.5, leastShare: 0.5, hadWeight: true, sent: null };
    const [first, second] = leafCounts([shared, own], counts(400, 60), true);
    expect(first?.leaf).toEqual(counts(200, 10));
    expect(second?.leaf).toEqual(counts(200, 50));
    expect(rounded([first, second].flatMap((one) => one ?? []))).toEqual([0, 0]);
  });

  it("do not count a leaf without series as answered", () => {
    const shared: Leaf = { leaf: counts(5_000, 0), share: 0.5, leastShare: 0.5, hadWeight: true, sent: null };
    const gone: Leaf = { leaf: null, share: 0.5, leastShare: 0.5, hadWeight: true, sent: null };
    const [first, second] = leafCounts([shared, gone], counts(400, 200), true);
    expect(first).toMatchObject({ leaf: counts(200, 0), unaccounted: 0 });
    expect(second).toMatchObject({ leaf: null, unaccounted: 200 });
  });
});

describe("requests that reached no backend of a route with its own counts", () => {
  const own = (total: number, failures: number, share: number, more: Partial<OwnBackend> = {}): OwnBackend => {
    return { own: counts(total, failures), share, leastShare: share, shareBefore: share, ...more };
  };

  it("are no more than its failures, nor than the requests that no backend counted", () => {
    expect(rounded(ownCounts([own(10, 10, 1)], counts(100, 40), true))).toEqual([30]);
    expect(rounded(ownCounts([own(10, 0, 1)], counts(50, 50), true))).toEqual([40]);
    expect(rounded(ownCounts([own(100, 0, 1)], counts(90, 90), true))).toEqual([0]);
    expect(rounded(ownCounts([own(10, 0, 1)], null, true))).toEqual([0]);
  });

  it("are divided by weight among those that did not answer", () => {
    const all = [own(0, 0, 0.6), own(0, 0, 0.2), own(200, 0, 0.2)];
    expect(rounded(ownCounts(all, counts(1_000, 800), true))).toEqual([600, 200, 0]);
  });

  it("are divided by weight where the splits differ, among those that answered next to nothing", () => {
    const all = [own(0, 0, 0.6), own(0, 0, 0.2), own(200, 0, 0.2)];
    expect(rounded(ownCounts(all, counts(1_000, 800), false))).toEqual([600, 200, 0]);
  });

  it("may be those of one that has just got its weight, if nobody else can explain them", () => {
    const late = { leastShare: 0, shareBefore: 0.3 };
    const all = [own(0, 0, 0.5, late), own(0, 0, 0.25, { ...late, shareBefore: 0.1 }), own(250, 0, 0.25)];
    expect(rounded(ownCounts(all, counts(1_000, 750), true))).toEqual([500, 250, 0]);
  });

  it("may be those of one that has lost all its weight", () => {
    const all = [own(0, 0, 0, { shareBefore: 0.4 }), own(660, 0, 1)];
    expect(rounded(ownCounts(all, counts(700, 40), true))).toEqual([40, 0]);
  });
});

describe("a backend has answered", () => {
  it("nine tenths of what it was promised", () => {
    expect(hasAnswered(counts(90), 100, 0)).toBe(true);
    expect(hasAnswered(counts(89), 100, 0)).toBe(false);
    expect(hasAnswered(null, 100, 0)).toBe(false);
  });

  it("with one good answer, if it may have been promised nothing yet", () => {
    expect(hasAnswered(counts(2, 1), 0, 100)).toBe(true);
    expect(hasAnswered(counts(2, 2), 0, 100)).toBe(false);
    expect(hasAnswered(null, 0, 0)).toBe(false);
  });

  it("more than a trickle beside the failures, where the promise is unknown", () => {
    expect(hasAnswered(counts(11), null, 100)).toBe(true);
    expect(hasAnswered(counts(10), null, 100)).toBe(false);
  });
});

describe("failures of gRPC that only the leaf knows", () => {
  it("are the same share of the route's own requests, and never fewer than its own", () => {
    expect(withGrpcFailures(counts(100, 1), counts(1_000, 500))).toEqual(counts(100, 50));
    expect(withGrpcFailures(counts(100, 60), counts(1_000, 500))).toEqual(counts(100, 60));
    expect(withGrpcFailures(counts(100, 1), counts(50, 50))).toEqual(counts(100, 50));
    expect(withGrpcFailures(counts(100, 1), counts(0, 0))).toEqual(counts(100, 1));
    expect(withGrpcFailures(counts(100, 1), null)).toEqual(counts(100, 1));
    expect(withGrpcFailures(null, counts(50, 50))).toBeNull();
  });
});
