import { describe, expect, it } from "vitest";
import { accountFailures } from "../../../src/evaluator/health/unaccounted.ts";
import type { Counts } from "../../../src/evaluator/model/observation.ts";

const counts = (total: number, failures: number): Counts => ({ total, failures });

const account = (leaves: ReadonlyMap<string, Counts>, apex: Counts | null, shares: ReadonlyMap<string, number>) => {
  const counted = accountFailures(
    [...shares].map(([backend, share]) => ({ leaf: leaves.get(backend) ?? null, share })),
    apex,
  );
  return new Map([...shares.keys()].map((backend, i) => [backend, counted[i]]));
};

describe("accountFailures", () => {
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
    expect(result.get("web")).toEqual({ leaf: counts(30, 0), unaccounted: 1_460, promised: 1_500 });
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
      counts(1_000, 100),
      new Map([
        ["a", 0.5],
        ["b", 0.5],
      ]),
    );
    expect(result.get("a")?.unaccounted).toBe(60);
    expect(result.get("b")?.unaccounted).toBe(40);
  });

  it("attributes them by weight if there is no shortfall", () => {
    const leaves = new Map([
      ["a", counts(900, 0)],
      ["b", counts(300, 0)],
    ]);
    const result = account(
      leaves,
      counts(1_000, 100),
      new Map([
        ["a", 0.8],
        ["b", 0.2],
      ]),
    );
    expect(result.get("a")?.unaccounted).toBeCloseTo(80);
    expect(result.get("b")?.unaccounted).toBeCloseTo(20);
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
      accountFailures(
        [
          { leaf: web, share: 0.5 },
          { leaf: east, share: 0.5 },
        ],
        ofRoute,
        false,
      ).map(({ unaccounted, promised }) => ({ unaccounted, promised }));

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
    expect(result.get("web")).toEqual({ leaf: counts(10, 0), unaccounted: 0, promised: null });
  });
});
