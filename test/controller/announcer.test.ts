import { beforeEach, describe, expect, it } from "vitest";
import { clusterEvent, monitoringEvent, problemEvent, reappliedEvent, shiftEvent } from "../../src/actuator/routeEvent.ts";
import { Announcer } from "../../src/controller/announcer.ts";
import { DecisionRing } from "../../src/controller/decisionRing.ts";
import type { Outcome } from "../../src/evaluator/decision.ts";
import { initialState } from "../../src/evaluator/state.ts";
import type { Route } from "../../src/routes/route.ts";
import { decision, route } from "../actuator/decisions.ts";
import { NOW_MS, shiftedRoute } from "../admin/reports.ts";

const FAILED: Outcome = { outcome: "failed", error: "Unreachable: given up" };

let said: string[];
let told: string[];
let nowMs: number;
let stopping: boolean;
let announcer: Announcer;

beforeEach(() => {
  said = [];
  told = [];
  nowMs = NOW_MS;
  stopping = false;
  const say = (level: string) => (_fields: object, text: string) => said.push(`${level} ${text}`);
  const ignore = () => undefined;
  announcer = new Announcer({
    log: { debug: say("debug"), info: say("info"), warn: say("warn") },
    telemetry: { ticked: ignore, held: ignore, reapplied: ignore, settled: ignore },
    events: { tell: ({ reason, note }) => void told.push(`${reason} ${note}`) },
    decisions: new DecisionRing(),
    shiftEvent,
    problemEvent,
    reappliedEvent,
    clusterEvent: (change) => clusterEvent("linkerd-failover", change),
    monitoringEvent: (change) => monitoringEvent("linkerd-failover", change),
    acts: () => true,
    stopping: () => stopping,
    nowMs: () => nowMs,
  });
});

function settle(outcome: Outcome): void {
  announcer.settled({ route: route(), decision: decision(route()) }, outcome);
}

function beginnings(): readonly string[] {
  return said.map((line) => line.split(":")[0] ?? "");
}

describe("a write that did not land", () => {
  it("is told with what follows, the same failure once", () => {
    settle(FAILED);
    settle(FAILED);
    settle({ outcome: "conflict" });
    expect(beginnings()).toEqual([
      "warn not written, tried again at each tick",
      "debug not written, tried again at each tick",
      "info not written, the route has changed meanwhile; looked at again at the next tick",
    ]);
  });

  it("is no trouble while we stop, and nothing is promised", () => {
    stopping = true;
    settle(FAILED);
    settle({ outcome: "conflict" });
    expect(beginnings()).toEqual([
      "info not written, left to whoever leads next, since we stop",
      "info not written, the route has changed meanwhile; left to whoever leads next, since we stop",
    ]);
  });
});

describe("a baseline that somebody puts back over ours", () => {
  const reapply = (reappliedBy: string | null, afterMs: number) => {
    nowMs += afterMs;
    const before = { ...initialState(5_000, "a"), routes: new Map() };
    const routes = new Map([["TrafficSplit/shop/web", shiftedRoute(undefined, { reappliedBy })]]);
    announcer.ticked({ atMs: nowMs, durationMs: 1, before, after: { ...before, routes }, routes: [route()], decisions: [] });
  };

  it("is an Event once a fight, and again for another writer or after five minutes of peace", () => {
    for (const afterMs of [0, 10_000, 30_000, 200_000]) reapply("argocd-controller", afterMs);
    expect(told).toEqual([expect.stringMatching(/^Problem reapplied: argocd-controller put the baseline back over /)]);
    reapply("kubectl", 1_000);
    reapply(null, 10_000);
    reapply("kubectl", 290_001);
    expect(told.map((text) => text.split(" ")[2])).toEqual(["argocd-controller", "kubectl", "kubectl"]);
  });
});

describe("a route that is let go", () => {
  const weighing = (web: number, east: number): Route => {
    const { splits, ...rest } = route();
    const weights = [web, east];
    return {
      ...rest,
      splits: splits.map((split) => ({ ...split, backends: split.backends.map((b, i) => ({ ...b, weight: weights[i] ?? 0 })) })),
    };
  };

  it("is told with what becomes of its weights, by the object rather than by the last look", () => {
    announcer.released(weighing(0, 100), "unlabelled", shiftedRoute(undefined, { shifted: false }));
    announcer.released(weighing(100, 0), "unlabelled", shiftedRoute());
    announcer.released(weighing(0, 100), "unlabelled", undefined);
    announcer.released(weighing(0, 100), "deleted", shiftedRoute());
    const letGo = "info let go: it is no longer labelled as ours";
    expect(said).toEqual([`${letGo}; its weights stay as they are, shifted`, letGo, letGo]);
  });
});
