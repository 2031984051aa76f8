/**
 * Plays noise with the rule of docs/fast-lane.md, and prints how often it moves traffic: the table there.
 *
 *     node scripts/fastNoise.ts 24 0.01      24 virtual hours, of the requests 1 % fail; for some minutes
 */
import { playFastNoise } from "../test/simulator/fastNoise.ts";
import { markdownTable } from "./markdownTable.ts";

const [hours = 24, failing = 0.01] = process.argv.slice(2).map(Number);
const RATES = [1, 4, 20, 100, 1_000];

const rows = RATES.map((perSecond) => {
  const results = [false, true].map((earlyWhenSure) => playFastNoise({ hours, perSecond, failing, earlyWhenSure, seed: perSecond }));
  return [String(perSecond), ...results.flatMap(({ suspicions, moves }) => [String(suspicions), String(moves)])];
});
console.log(markdownTable(["requests a second", "suspect", "moves", "suspect, `earlyWhenSure`", "moves, `earlyWhenSure`"], rows));
