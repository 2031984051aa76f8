import { describe, expect, it } from "vitest";
import { Dice } from "./dice.ts";
import { rightRules } from "./drawRules.ts";
import { drawScene } from "./scene.ts";

describe("a drawn scene", () => {
  it("has valid rules, and services that can have as many ready pods as these ask for", () => {
    for (let seed = 0; seed < 200; seed++) {
      const scene = drawScene(new Dice(seed, "scene"), new Dice(seed, "wider"));
      const { minReady } = (rightRules(scene.rules).rules[0]?.signals.readiness ?? {}) as { readonly minReady?: number };
      expect(minReady ?? 1).toBeLessThanOrEqual(scene.podsEach);
    }
  });
});
