/**
 * Plays stories of failures in virtual time.
 *
 *     npm run world -- --seed 17              the story of a seed, line by line
 *     npm run world -- --seed 17 --hours 2    the same, for at least 2 virtual hours
 *     npm run world -- --hours 50             stories of random seeds, on every core; prints only violations
 *     npm run world -- --hours 50 --of TEXT   the same, with the same seeds for the same text
 *     npm run world -- --hours 50 --early     the same, with a long failAfter that ends early when there is no doubt
 *     npm run world -- --hours 50 --record    the same, and writes what users lost to docs/regret.json, which npm run docs renders
 *
 * Exit code: 0 without a violation, 1 with one, 2 if the arguments are wrong.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { OPEN_SEEDS } from "../test/world/openSeeds.ts";
import { drawSeeds, playRandomSeeds } from "../test/world/playRandomSeeds.ts";
import { regretSpread } from "../test/world/regretSpread.ts";
import { playSeededStory } from "../test/world/seededStory.ts";
import { type PlayedWorld, regretTable } from "./regretTable.ts";

const DEFAULT_HOURS = 1;
const HOUR_MS = 3_600_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = {
    seed: { type: "string" },
    hours: { type: "string" },
    of: { type: "string" },
    record: { type: "boolean" },
    early: { type: "boolean" },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const hours = numberOf(values.hours);
  const seed = numberOf(values.seed);
  if (Number.isNaN(hours) || Number.isNaN(seed)) {
    console.error("usage: npm run world -- [--seed N] [--hours H] [--of TEXT] [--early] [--record]");
    return 2;
  }
  const early = values.early === true;
  if (seed !== null) return playOne(seed, (hours ?? 0) * HOUR_MS, early);
  // An empty text, as from a checkout without git, gives random seeds.
  const drawSeed = drawSeeds(values.of || null);
  return playMany({ playMs: (hours ?? DEFAULT_HOURS) * HOUR_MS, drawSeed, early }, values.record === true);
}

/** The number of an option; null if it is absent, NaN if it is not a number. */
function numberOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

async function playOne(seed: number, playMs: number, early: boolean): Promise<number> {
  const end = await playSeededStory(seed, { playMs, early, onLine: (line) => console.log(line) });
  console.log(`\nseed ${seed}: ${(end.elapsedMs / HOUR_MS).toFixed(2)} virtual hours, ${end.landed} writes`);
  for (const violation of end.violations) console.log(`violation: ${violation}`);
  if (end.violations.length === 0) console.log("no violation");
  return end.violations.length === 0 ? 0 : 1;
}

async function playMany(asked: Parameters<typeof playRandomSeeds>[0], record: boolean): Promise<number> {
  const startedNs = process.hrtime.bigint();
  const { stories, elapsedMs, landed, violated, users } = await playRandomSeeds(asked, ({ seed, chronicle, violations }) => {
    console.log(`seed ${seed}:\n${chronicle.join("\n")}`);
    for (const violation of violations) console.log(`violation: ${violation}`);
    console.log(`to play it again: npm run world -- --seed ${seed}\n`);
  });
  const minutes = Number(process.hrtime.bigint() - startedNs) / 60e9;
  const fresh = violated.filter((seed) => !OPEN_SEEDS.has(seed));
  const known = violated.length === fresh.length ? "" : `; known and open: ${violated.filter((seed) => OPEN_SEEDS.has(seed)).join(", ")}`;
  console.log(
    `${stories} stories, ${(elapsedMs / HOUR_MS).toFixed(1)} virtual hours, ${landed} writes in ${minutes.toFixed(1)} minutes; ` +
      (fresh.length === 0 ? "no violation" : `violated with the seeds ${fresh.join(", ")}`) +
      known,
  );
  const played = { on: new Date().toISOString().slice(0, 10), stories, hours: elapsedMs / HOUR_MS, violated: violated.length };
  tellRegret({ ...played, spread: regretSpread(users) }, record);
  return fresh.length === 0 ? 0 : 1;
}

/** What users lost; with `--record` also for docs/reliability.md, which `npm run docs` renders. */
function tellRegret(played: PlayedWorld, record: boolean): void {
  console.log(`\n${regretTable(played)}`);
  if (record) writeFileSync(new URL("../docs/regret.json", import.meta.url), `${JSON.stringify(played, null, 2)}\n`);
}
