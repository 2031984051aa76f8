import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import project from "../../package.json" with { type: "json" };
import { OPEN_SEEDS } from "./openSeeds.ts";
import { drawSeeds } from "./playRandomSeeds.ts";
import { playSeededStory } from "./seededStory.ts";

/** A seed, and what it found. */
const SEED_LINE = /^(\d+) .+$/gm;
const KNOWN_SEEDS = [...readFileSync(new URL("./seeds.txt", import.meta.url), "utf8").matchAll(SEED_LINE)].map(([, seed]) => Number(seed));
/** A few; CI plays many more with `npm run world`. */
const RANDOM_SEEDS = 2;
/** Number of lines that are printed after a violation; the cause is usually near the end. */
const LAST_LINES = 60;

/** `WORLD_SEED=17` plays only that story; `FRESH_SEEDS=1` draws new seeds instead of this version's. */
const asked = process.env["WORLD_SEED"];
const draw = drawSeeds(process.env["FRESH_SEEDS"] === "1" ? null : project.version);
const drawn = asked === undefined ? Array.from({ length: RANDOM_SEEDS }, draw) : [Number(asked)];
const random = drawn.filter((seed) => !OPEN_SEEDS.has(seed));

describe("the seeded world", () => {
  it.each(asked === undefined ? KNOWN_SEEDS : [])("has no violations with the known seed %i", holds);
  it.each(random)("has no violations with the random seed %i", holds);

  it.each([1, 2, 3].filter((seed) => !OPEN_SEEDS.has(seed)))(
    "has no violations with a failAfter that ends early, seed %i",
    async (seed) => {
      expect((await playSeededStory(seed, { early: true })).violations).toEqual([]);
    },
  );

  it("plays the same story for the same seed", async () => {
    const first = await playSeededStory(3, { troubledMs: 120_000 });
    const second = await playSeededStory(3, { troubledMs: 120_000 });
    expect(second.chronicle).toEqual(first.chronicle);
    expect(second.users).toEqual(first.users);
    expect(first.landed).toBeGreaterThan(0);
    expect(first.replayed).toBeGreaterThan(0);
  });
});

async function holds(seed: number): Promise<void> {
  const { violations, chronicle } = await playSeededStory(seed);
  const story = chronicle.slice(-LAST_LINES).join("\n");
  expect(violations, `WORLD_SEED=${seed} plays it again. The last lines:\n${story}\n`).toEqual([]);
}
