/**
 * Plays stories of trouble in virtual time.
 *
 *     npm run world -- --seed 17              the story of a seed, line by line
 *     npm run world -- --seed 17 --hours 2    goes on with it until so many virtual hours are played
 *     npm run world -- --hours 50             stories of random seeds, on every core; tells only what went wrong
 *     npm run world -- --hours 50 --of TEXT   the same, with the same seeds for the same text
 *
 * Exit code 0 when all went as it must, 1 when something did not, 2 when the arguments are wrong.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { drawSeeds, playRandomSeeds } from "../test/world/playRandomSeeds.ts";
import { playSeededStory } from "../test/world/seededStory.ts";

const USUAL_HOURS = 1;
const HOUR_MS = 3_600_000;

/** What `test/world/open.txt` names: told, but no failure. */
const OPEN = new Set([...readFileSync(new URL("../test/world/open.txt", import.meta.url), "utf8").matchAll(/^\d+/gm)].map(Number));

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = { seed: { type: "string" }, hours: { type: "string" }, of: { type: "string" } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const hours = numberOf(values.hours);
  const seed = numberOf(values.seed);
  if (Number.isNaN(hours) || Number.isNaN(seed)) {
    console.error("usage: npm run world -- [--seed N] [--hours H] [--of TEXT]");
    return 2;
  }
  if (seed !== null) return playOne(seed, (hours ?? 0) * HOUR_MS);
  // Whoever has nothing to name, as without git, gets seeds at random.
  return playMany((hours ?? USUAL_HOURS) * HOUR_MS, drawSeeds(values.of || null));
}

/** Null where there is none, NaN where it is none. */
function numberOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

async function playOne(seed: number, playMs: number): Promise<number> {
  const end = await playSeededStory(seed, { playMs, onLine: (line) => console.log(line) });
  console.log(`\nseed ${seed}: ${(end.elapsedMs / HOUR_MS).toFixed(2)} virtual hours, ${end.landed} writes`);
  for (const violation of end.violations) console.log(`violation: ${violation}`);
  if (end.violations.length === 0) console.log("no violation");
  return end.violations.length === 0 ? 0 : 1;
}

async function playMany(playMs: number, drawSeed: () => number): Promise<number> {
  const startedNs = process.hrtime.bigint();
  const { stories, elapsedMs, landed, violated } = await playRandomSeeds(playMs, drawSeed, ({ seed, chronicle, violations }) => {
    console.log(`seed ${seed}:\n${chronicle.join("\n")}`);
    for (const violation of violations) console.log(`violation: ${violation}`);
    console.log(`played again by: npm run world -- --seed ${seed}\n`);
  });
  const minutes = Number(process.hrtime.bigint() - startedNs) / 60e9;
  const fresh = violated.filter((seed) => !OPEN.has(seed));
  const known = violated.length === fresh.length ? "" : `; known and open: ${violated.filter((seed) => OPEN.has(seed)).join(", ")}`;
  console.log(
    `${stories} stories, ${(elapsedMs / HOUR_MS).toFixed(1)} virtual hours, ${landed} writes in ${minutes.toFixed(1)} minutes; ` +
      (fresh.length === 0 ? "no violation" : `violated with the seeds ${fresh.join(", ")}`) +
      known,
  );
  return fresh.length === 0 ? 0 : 1;
}
