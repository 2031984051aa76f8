import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import project from "../../package.json" with { type: "json" };
import { drawSeeds } from "./playRandomSeeds.ts";
import { playSeededStory } from "./seededStory.ts";

/** Seed, and what it found. */
const SEED_LINE = /^(\d+) .+$/gm;
const KNOWN_SEEDS = [...readFileSync(new URL("./seeds.txt", import.meta.url), "utf8").matchAll(SEED_LINE)].map(([, seed]) => Number(seed));
/** Few, since CI plays many more by `npm run world`. */
const RANDOM_SEEDS = 2;
/** How much of a story is printed where it ends badly: what led to it stands at its end. */
const LAST_LINES = 60;

/** `WORLD_SEED=17` plays that story alone; `FRESH_SEEDS=1` draws others than this version's own. */
const asked = process.env["WORLD_SEED"];
const draw = drawSeeds(process.env["FRESH_SEEDS"] === "1" ? null : project.version);
const random = asked === undefined ? Array.from({ length: RANDOM_SEEDS }, draw) : [Number(asked)];

describe("the seeded world", () => {
  it.each(asked === undefined ? KNOWN_SEEDS : [])("holds with seed %i", holds);
  it.each(random)("holds with a seed drawn at random, which is %i", holds);

  it("tells the same story for the same seed", async () => {
    const first = await playSeededStory(3, { troubledMs: 120_000 });
    const second = await playSeededStory(3, { troubledMs: 120_000 });
    expect(second.chronicle).toEqual(first.chronicle);
    expect(first.landed).toBeGreaterThan(0);
  });
});

async function holds(seed: number): Promise<void> {
  const { violations, chronicle } = await playSeededStory(seed);
  const story = chronicle.slice(-LAST_LINES).join("\n");
  expect(violations, `WORLD_SEED=${seed} plays it again. It went so:\n${story}\n`).toEqual([]);
}
