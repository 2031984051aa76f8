import type { RegretSpread, Spread } from "../test/world/regretSpread.ts";
import { markdownTable } from "./markdownTable.ts";

/** What users lost in many stories, as `npm run world -- --record` writes it. */
export interface PlayedWorld {
  /** The day of the run, as `2026-01-31`. */
  readonly on: string;
  readonly stories: number;
  readonly hours: number;
  /** Stories that violate a property, P15 among them. */
  readonly violated: number;
  readonly spread: RegretSpread;
}

/** The shares of failed requests as a table of docs/reliability.md. */
export function regretTable({ on, stories, hours, violated, spread }: PlayedWorld): string {
  const rows: readonly (readonly [string, Spread])[] = [
    ["with the controller", spread.withUs],
    ["without it", spread.without],
    ["on the best backend alone", spread.bestSingle],
    ["regret: with it, less the better of the others", spread.regret],
  ];
  const head = ["failed requests of a story", "median", "p99", "worst", "seed of the worst"];
  const cells = rows.map(([what, { median, p99, worst, worstSeed }]) => [what, ...[median, p99, worst].map(percent), String(worstSeed)]);
  const told = `${stories} stories, ${hours.toFixed(0)} virtual hours, played on ${on}; ${violated} of them violate a property.`;
  return [told, "", markdownTable(head, cells)].join("\n");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
