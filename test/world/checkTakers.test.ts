import { describe, expect, it } from "vitest";
import { STATE_ANNOTATION, writeMemory } from "../../src/routes/memory.ts";
import type { ApiObject } from "./apiResource.ts";
import { checkTakers, type Health } from "./checkTakers.ts";
import { objectOf } from "./sceneRoute.ts";

const PACE = { fullEvidenceMs: 60_000, someEvidenceMs: 40_000 };
const LONG_MS = 600_000;
const WELL: Health = { good: 1, reachable: true, forMs: LONG_MS };
const SICK: Health = { ...WELL, good: 0.8 };
const FAILING: Health = { ...WELL, good: 0 };
const DEAD: Health = { ...FAILING, reachable: false };

/** A TrafficSplit with these weights, whose annotation says that these backends are out. */
function split(weights: Readonly<Record<string, number>>, ...out: readonly string[]): ApiObject {
  const backends = Object.entries(weights).map(([service, weight]) => ({ service, weight }));
  const phases = Object.fromEntries(out.map((service) => [service, { phase: "out", sinceMs: 0, cause: "successRate" } as const]));
  const annotations = { [STATE_ANNOTATION]: writeMemory({ splits: {}, backends: phases }) };
  const route = { kind: "TrafficSplit", namespace: "shop", name: "web", splits: [{ name: "0", backends }] } as const;
  return objectOf(route, { annotations }) as ApiObject;
}

function check(health: Readonly<Record<string, Health>>, isJudged = true, after = split({ web: 0, east: 100, west: 0 }, "web")) {
  return checkTakers(
    ...([split({ web: 80, east: 20, west: 0 }), after, PACE] as const),
    (backend) => health[backend] ?? WELL,
    () => isJudged,
  );
}

describe("P2: a backend that is removed passes its load to none that is clearly worse", () => {
  it("for as long as metrics need to show it", () => {
    expect(check({ web: SICK, east: FAILING })).toBe("P2: web (0.8) passes its load to east (0)");
    expect(check({ web: SICK, east: DEAD })).toContain("P2");
    expect(check({ web: SICK, east: { ...FAILING, forMs: 39_000 } })).toBeNull();
    expect(check({ web: { ...SICK, forMs: 59_000 }, east: FAILING })).toBeNull();
    expect(check({ web: SICK, east: FAILING }, false)).toBeNull();
  });

  it("but to one that does no worse", () => {
    expect(check({ web: SICK })).toBeNull();
    expect(check({ web: FAILING, east: DEAD })).toBeNull();
  });

  it("and to a dead one only beside one that can be reached, which gets all of it", () => {
    const after = split({ web: 0, east: 50, west: 50 }, "web");
    expect(check({ web: SICK, east: DEAD }, true, after)).toBeNull();
    expect(check({ web: SICK, east: DEAD, west: DEAD }, true, after)).toContain("P2");
  });
});
