import { describe, expect, it } from "vitest";
import { Dice } from "./dice.ts";
import { rightRules } from "./drawRules.ts";
import { drawScene } from "./scene.ts";
import { playSeededStory } from "./seededStory.ts";
import { widen } from "./widerScene.ts";

describe("the wider world", () => {
  it("has valid rules, and services that can have as many ready pods as these ask for", () => {
    for (let seed = 0; seed < 200; seed++) {
      const scene = widen(drawScene(new Dice(seed, "scene")), new Dice(seed, "wider"));
      const { minReady } = (rightRules(scene.rules).rules[0]?.signals.readiness ?? {}) as { readonly minReady?: number };
      expect(minReady ?? 1).toBeLessThanOrEqual(scene.podsEach);
    }
  });

  it("plays the same story for the same seed", async () => {
    const options = { troubledMs: 60_000, outageMs: 60_000, wider: true };
    const first = await playSeededStory(3, options);
    const second = await playSeededStory(3, options);
    expect(second.chronicle).toEqual(first.chronicle);
    expect(second.users).toEqual(first.users);
  });
});
