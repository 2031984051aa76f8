import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spillLoads } from "../../../src/evaluator/weights/spill.ts";

const ready = (...percents: readonly number[]) => percents.map((percent) => ({ ready: percent, desired: 100 }));

describe("spillLoads", () => {
  // Computed with the arithmetic of Envoy's code; its documentation's tables differ in some rows.
  it.each([
    [
      [100, 100],
      [100, 0],
    ],
    [
      [72, 100],
      [100, 0],
    ],
    [
      [71, 100],
      [99, 1],
    ],
    [
      [50, 100],
      [70, 30],
    ],
    [
      [50, 50],
      [70, 30],
    ],
    [
      [25, 100],
      [35, 65],
    ],
    [
      [50, 60],
      [70, 30],
    ],
    [
      [0, 100],
      [0, 100],
    ],
    [
      [25, 25],
      [50, 50],
    ],
    [
      [5, 65],
      [8, 92],
    ],
    [
      [25, 25, 100],
      [35, 35, 30],
    ],
    [
      [25, 25, 20],
      [37, 35, 28],
    ],
  ])("%j percent ready carry %j", (percents, loads) => {
    expect(spillLoads(ready(...percents), 1.4)).toEqual(loads);
  });

  it("gives no load if no endpoint is ready", () => {
    expect(spillLoads(ready(0, 0), 1.4)).toEqual([0, 0]);
    expect(spillLoads([{ ready: 0, desired: 0 }], 1.4)).toEqual([0]);
  });

  it("counts a tier with unknown endpoints as fully ready", () => {
    expect(spillLoads([null, ...ready(100)], 1.4)).toEqual([100, 0]);
    expect(spillLoads([...ready(50), null], 1.4)).toEqual([70, 30]);
  });

  it("spills a whole percent when less than that is missing, without overprovisioning", () => {
    expect(spillLoads([{ ready: 199, desired: 200 }, null], 1)).toEqual([99, 1]);
  });

  it("always gives out 100 %, and nothing to a tier without ready endpoints", () => {
    const tier = fc.record({ ready: fc.nat(50), more: fc.nat(50) }).map(({ ready, more }) => ({ ready, desired: ready + more }));
    fc.assert(
      fc.property(fc.array(tier, { minLength: 1, maxLength: 6 }), fc.double({ min: 1, max: 10, noNaN: true }), (tiers, factor) => {
        const loads = spillLoads(tiers, factor);
        const any = tiers.some(({ ready }) => ready > 0);
        const sum = loads.reduce((total, load) => total + load, 0);
        // Less than one percent of ready endpoints counts as none.
        if (any && tiers.some((t) => Math.floor((factor * 100 * t.ready) / Math.max(1, t.desired)) > 0)) expect(sum).toBe(100);
        for (const [i, load] of loads.entries()) if (tiers[i]?.ready === 0) expect(load).toBe(0);
      }),
    );
  });
});
