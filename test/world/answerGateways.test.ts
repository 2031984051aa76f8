import { describe, expect, it } from "vitest";
import { gatewayQuery } from "../../src/linkerd/queries.ts";
import { answerGateways } from "./answerGateways.ts";
import { ScrapedSeries } from "./scrapedSeries.ts";

const SCRAPE_MS = 5_000;

/** The answer right after the last of these scrapes, one every 5 s; null: the service mirror did not exist. */
function alive(...scrapes: readonly (0 | 1 | null)[]): number | null {
  const scraped = new ScrapedSeries(60_000);
  const gauge = (name: string, value: number) => ({ key: name, name, labels: { target_cluster_name: "east" }, value, touchedMs: 0 });
  scrapes.forEach((value, i) =>
    scraped.take(value === null ? [] : [gauge("gateway_alive", value), gauge("gateway_enabled", 1)], (i + 1) * SCRAPE_MS),
  );
  const answer = answerGateways(gatewayQuery(), scraped, scrapes.length * SCRAPE_MS);
  return answer?.find(({ metric }) => metric["gauge"] === "alive")?.value ?? null;
}

describe("the simulated Prometheus answers the query for gateways like a real one:", () => {
  it.each([
    ["alive if it was alive within the last 10 s", [1, 1, 0], 1],
    ["dead if it was dead in the last 10 s and before", [1, 0, 0, 0], 0],
    ["nothing about a dead gateway with a shorter history", [null, 0, 0], null],
    ["alive for a while after its mirror is gone", [1, 1, null], 1],
    ["nothing if its mirror has been gone for longer", [1, 1, null, null, null], null],
  ] as const)("%s", (_, scrapes, expected) => {
    expect(alive(...scrapes)).toBe(expected);
  });

  it("and nothing to another query", () => {
    expect(answerGateways("gateway_alive", new ScrapedSeries(60_000), 0)).toBeNull();
  });
});
