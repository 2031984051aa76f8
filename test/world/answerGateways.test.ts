import { describe, expect, it } from "vitest";
import { gatewayQuery } from "../../src/linkerd/queries.ts";
import { answerGateways } from "./answerGateways.ts";
import { ScrapedSeries } from "./scrapedSeries.ts";

const SCRAPE_MS = 5_000;

/** The answer right after the last of these scrapes, one every 5 s; null: the service mirror was not there. */
function alive(...scrapes: readonly (0 | 1 | null)[]): number | null {
  const scraped = new ScrapedSeries(60_000);
  const gauge = (name: string, value: number) => ({ key: name, name, labels: { target_cluster_name: "east" }, value, touchedMs: 0 });
  scrapes.forEach((value, i) =>
    scraped.take(value === null ? [] : [gauge("gateway_alive", value), gauge("gateway_enabled", 1)], (i + 1) * SCRAPE_MS),
  );
  const answer = answerGateways(gatewayQuery(), scraped, scrapes.length * SCRAPE_MS);
  return answer?.find(({ metric }) => metric["gauge"] === "alive")?.value ?? null;
}

describe("the simulated Prometheus, asked for gateways, says what a real one says", () => {
  it.each([
    ["alive while it was in the last 10 s", [1, 1, 0], 1],
    ["dead when it was dead all of them and before", [1, 0, 0, 0], 0],
    ["nothing of a dead one that is not known for so long", [null, 0, 0], null],
    ["alive for a while after its mirror is gone", [1, 1, null], 1],
    ["nothing when its mirror is gone for longer", [1, 1, null, null, null], null],
  ] as const)("%s", (_, scrapes, expected) => {
    expect(alive(...scrapes)).toBe(expected);
  });

  it("and nothing to another question", () => {
    expect(answerGateways("gateway_alive", new ScrapedSeries(60_000), 0)).toBeNull();
  });
});
