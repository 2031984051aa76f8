import { describe, expect, it } from "vitest";
import { clusterChangesOf } from "../../../src/evaluator/explain/changes.ts";
import { updateClusters } from "../../../src/evaluator/health/updateClusters.ts";
import { type Clusters, NO_CLUSTERS } from "../../../src/evaluator/model/cluster.ts";
import type { Answer, Gateway, Observation } from "../../../src/evaluator/model/observation.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import { Story } from "../../../src/simulator/story.ts";
import { decisionsOf, go, tell } from "../randomStory.ts";

type Gateways = Answer<ReadonlyMap<string, Gateway>>;

const gateway = (alive: boolean, enabled = true): Gateways => ({ state: "answered", value: new Map([["two", { alive, enabled }]]) });
const NO_ANSWER: Gateways = { state: "failed", error: "connection refused" };
const NO_SERIES: Gateways = { state: "answered", value: new Map() };

function seen(gateways: Gateways | null, clusters: Observation["clusters"] = new Map([["shop/web-two", "two"]])): Observation {
  const nothing = { requests: new Map(), latency: new Map(), unanswered: new Map(), queries: new Map() };
  return { routes: [], endpoints: new Map(), metrics: gateways === null ? null : { ...nothing, gateways }, clusters };
}

/** The state of the gateway after each of these answers. */
function gatewayStates(...answers: readonly (Gateways | null)[]): readonly (string | undefined)[] {
  let clusters: Clusters = NO_CLUSTERS;
  return answers.map((answer, i) => {
    clusters = updateClusters(clusters, seen(answer), i * 5_000);
    return clusters.byName.get("two")?.gateway;
  });
}

describe("the gateway of a linked cluster", () => {
  it("is dead when two answers in a row say so", () => {
    expect(gatewayStates(gateway(true), gateway(false), gateway(false))).toEqual(["alive", "dying", "dead"]);
    expect(gatewayStates(gateway(false), gateway(false), gateway(false))).toEqual(["dying", "dead", "dead"]);
    expect(gatewayStates(gateway(true), gateway(false), gateway(true), gateway(false))).toEqual(["alive", "dying", "alive", "dying"]);
  });

  it("is not dead after two ticks with the same answer", () => {
    const answer = gateway(false);
    expect(gatewayStates(gateway(true), answer, answer, answer)).toEqual(["alive", "dying", "dying", "dying"]);
  });

  it("is alive again at the first answer that says so", () => {
    expect(gatewayStates(gateway(false), gateway(false), gateway(true))).toEqual(["dying", "dead", "alive"]);
  });

  it("is unprobed or unknown if it is not probed, has no series, or Prometheus does not answer", () => {
    expect(gatewayStates(gateway(false, false), NO_SERIES, NO_ANSWER, null)).toEqual(["unprobed", "unprobed", "unknown", undefined]);
  });

  it("must be seen dead twice after an outage of Prometheus, too", () => {
    expect(gatewayStates(gateway(false), NO_ANSWER, gateway(false), gateway(false))).toEqual(["dying", "unknown", "dying", "dead"]);
  });

  it("is forgotten with the last Service that mirrors its cluster", () => {
    const known = updateClusters(NO_CLUSTERS, seen(gateway(true)), 0);
    expect(updateClusters(known, seen(gateway(true), new Map()), 5_000).byName.size).toBe(0);
  });

  it("is known from the first Service that mirrors its cluster, though no new answer has come", () => {
    const answer = gateway(true);
    const known = updateClusters(NO_CLUSTERS, seen(answer, new Map([["shop/web-three", "three"]])), 0);
    const both = updateClusters(known, seen(answer, new Map(Object.entries({ "shop/web-three": "three", "shop/web-two": "two" }))), 5_000);
    expect([...both.byName].map(([name, cluster]) => [name, cluster.gateway])).toEqual([
      ["three", "unprobed"],
      ["two", "alive"],
    ]);
    expect(both.byName.get("three")).toBe(known.byName.get("three"));
    // Another cluster in the place of the known one.
    expect([...updateClusters(known, seen(answer), 5_000).byName.keys()]).toEqual(["two"]);
    expect([...updateClusters(both, seen(answer), 5_000).byName.keys()]).toEqual(["two"]);
  });

  it("is not dead because another cluster is linked while no new answer has come", () => {
    const answer = gateway(false);
    const known = updateClusters(NO_CLUSTERS, seen(answer), 0);
    const both = new Map(Object.entries({ "shop/web-two": "two", "shop/web-three": "three" }));
    const other = new Map(Object.entries({ "shop/web-two": "two", "shop/web-four": "four" }));
    const linked = updateClusters(known, seen(answer, both), 5_000);
    expect([...linked.byName].map(([name, { gateway: state }]) => [name, state])).toEqual([
      ["two", "dying"],
      ["three", "unprobed"],
    ]);
    // One of two is replaced.
    expect([...updateClusters(linked, seen(answer, other), 10_000).byName.keys()]).toEqual(["two", "four"]);
  });

  it("is the same object while the answer and the clusters are the same", () => {
    const answer = gateway(true);
    const known = updateClusters(NO_CLUSTERS, seen(answer), 0);
    expect(updateClusters(known, seen(answer), 5_000)).toBe(known);
    expect(updateClusters(known, seen(gateway(true)), 5_000).byName.get("two")).toBe(known.byName.get("two"));
  });

  it("keeps the time of its last change", () => {
    const first = updateClusters(NO_CLUSTERS, seen(gateway(true)), 1_000);
    const second = updateClusters(first, seen(gateway(true)), 6_000);
    expect(second.byName.get("two")?.sinceMs).toBe(1_000);
  });

  it("is reported when it dies and when it is alive again, and only then", () => {
    const steps = [gateway(true), gateway(false), gateway(false), gateway(false), NO_ANSWER, gateway(true)];
    let before: Clusters = NO_CLUSTERS;
    const reported = steps.map((answer, i) => {
      const after = updateClusters(before, seen(answer), i * 5_000);
      const texts = clusterChangesOf(before, after).map(({ text }) => text);
      before = after;
      return texts.join();
    });
    expect(reported).toEqual([
      "",
      "",
      "cluster two: its gateway is dead; all mirrors of its Services are unfit",
      "",
      "",
      "cluster two: its gateway is alive again",
    ]);
  });
});

it("a whole cluster's outage moves fifty routes in one tick", () => {
  const story = new Story(DEFAULT_RULES);
  for (let i = 0; i < 50; i++) tell(story, `split r${i}: m${i} 100, l${i} 0`, `m${i}: mirrors a Service of two`);
  tell(story, "gateway of two alive", "traffic 40/s");
  expect(decisionsOf(go(story, 10))).toEqual([]);
  tell(story, "gateway of two dead");
  const [first, second] = go(story, 2);
  expect(first?.decisions).toEqual([]);
  expect(second?.decisions.map(({ direction, cause }) => `${direction} ${cause}`)).toEqual(Array(50).fill("failover gateway"));
});
