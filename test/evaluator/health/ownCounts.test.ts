import { describe, expect, it } from "vitest";
import { type OwnBackend, ownCounts, withGrpcFailures } from "../../../src/evaluator/health/ownCounts.ts";
import type { Counts } from "../../../src/evaluator/model/observation.ts";

const counts = (total: number, failures: number): Counts => ({ total, failures });
const backend = (own: Counts | null, share: number, shareBefore = share, leastShare = share): OwnBackend => {
  return { own, share, leastShare, shareBefore };
};
const shedTo = (backends: readonly OwnBackend[], ofRoute: Counts | null, alike = true) =>
  ownCounts(backends, ofRoute, alike).map(({ unaccounted }) => Math.round(unaccounted));

describe("requests that reached no backend", () => {
  it("are those of the backend that carries all and answers next to nothing", () => {
    expect(shedTo([backend(counts(178, 151), 1), backend(counts(0, 0), 0)], counts(1_250, 1_223))).toEqual([1_072, 0]);
  });

  it("stay with the backend that has left, not with the standby that answers what it was promised", () => {
    expect(shedTo([backend(counts(20, 10), 0.3), backend(counts(600, 0), 0.7)], counts(850, 240))).toEqual([230, 0]);
  });

  it("stay with the backend that left before the window, if they come late", () => {
    expect(shedTo([backend(null, 0, 0.2), backend(counts(600, 0), 1)], counts(620, 20))).toEqual([20, 0]);
  });

  it("are divided between that one and one that has its weight and does not answer", () => {
    expect(shedTo([backend(null, 0, 0.2), backend(null, 0.3), backend(counts(200, 0), 0.7)], counts(240, 40))).toEqual([16, 24, 0]);
  });

  it("are no backend's if none has left and all answered what they were promised at the least", () => {
    expect(shedTo([backend(counts(30, 0), 0.5, 0.5, 0.2), backend(counts(50, 0), 0.5, 0.5, 0.2)], counts(100, 20))).toEqual([0, 0]);
  });

  it("are no backend's if all answered what they were promised", () => {
    expect(shedTo([backend(counts(500, 0), 0.5), backend(counts(500, 0), 0.5)], counts(1_010, 10))).toEqual([0, 0]);
  });

  it("are never those of a backend that has just got its weight, whose answers are not all scraped yet", () => {
    expect(shedTo([backend(counts(35, 0), 0.77, 0.8, 0.77), backend(counts(10, 0), 0.23, 0.2, 0)], counts(149, 104))).toEqual([104, 0]);
    expect(shedTo([backend(counts(35, 0), 0.93, 0.9, 0.93), backend(null, 0.07, 0.05, 0)], counts(149, 114))).toEqual([114, 0]);
  });

  it("are those of a backend that has just got its weight, if all others answered", () => {
    expect(shedTo([backend(null, 0.3, 0.2, 0), backend(counts(35, 0), 0.7, 0.8, 0.7)], counts(50, 15))).toEqual([15, 0]);
    expect(shedTo([backend(counts(8, 8), 0.3, 0.2, 0), backend(counts(35, 0), 0.7, 0.8, 0.7)], counts(50, 15))).toEqual([7, 0]);
  });

  it("stay with the one that has left, if both answered what they were promised at the least", () => {
    expect(shedTo([backend(counts(41, 0), 0.27, 0.5, 0.27), backend(counts(79, 0), 0.73, 0.5, 0.23)], counts(148, 28))).toEqual([28, 0]);
  });

  it("are no backend's if that one answered all that it can have been promised", () => {
    expect(shedTo([backend(counts(60, 0), 0.1, 0.4, 0.1), backend(counts(79, 0), 0.9, 0.6, 0.4)], counts(149, 10))).toEqual([0, 0]);
  });

  it("are unknown if the route's own series are unknown", () => {
    expect(shedTo([backend(counts(5, 0), 1)], null)).toEqual([0]);
  });

  it("are never negative, though retries count at the backends only", () => {
    expect(shedTo([backend(counts(343, 277), 1)], counts(300, 87))).toEqual([0]);
  });

  it("go to the backends that answered almost nothing where the rules' traffic cannot be told apart", () => {
    expect(shedTo([backend(counts(0, 0), 0.5), backend(counts(400, 0), 0.5)], counts(700, 300), false)).toEqual([300, 0]);
  });
});

it("promises each backend its share of all that the route's clients sent", () => {
  const [web, east] = ownCounts([backend(counts(0, 0), 0.25), backend(counts(60, 0), 0.75)], counts(80, 20), true);
  expect([web?.promised, east?.promised]).toEqual([20, 60]);
});

describe("gRPC through an HTTPRoute", () => {
  it("fails as often as its leaf says", () => {
    expect(withGrpcFailures(counts(42, 0), counts(42, 21))).toEqual(counts(42, 21));
    expect(withGrpcFailures(counts(10, 0), counts(100, 50))).toEqual(counts(10, 5));
  });

  it("never fails less often than the route's own series say, nor more often than it was sent", () => {
    expect(withGrpcFailures(counts(10, 6), counts(100, 50))).toEqual(counts(10, 6));
    expect(withGrpcFailures(counts(10, 0), counts(4, 4))).toEqual(counts(10, 4));
    expect(withGrpcFailures(counts(10, 0), null)).toEqual(counts(10, 0));
    expect(withGrpcFailures(null, counts(4, 4))).toBeNull();
  });
});
