import { beforeEach, describe, expect, it } from "vitest";
import { clusterEvent, loneClientEvent, monitoringEvent, problemEvent, reappliedEvent, shiftEvent } from "../../src/actuator/routeEvent.ts";
import { Announcer } from "../../src/controller/announcer.ts";
import { DecisionRing } from "../../src/controller/decisionRing.ts";
import type { Outcome } from "../../src/evaluator/model/decision.ts";
import { initialState, type RouteState } from "../../src/evaluator/model/state.ts";
import type { Route } from "../../src/routes/route.ts";
import { decision, route } from "../actuator/decisions.ts";
import { NOW_MS, shiftedRoute } from "../admin/reports.ts";

const FAILED: Outcome = { outcome: "failed", error: "Unreachable: given up" };

let said: string[];
let told: string[];
let nowMs: number;
let stopping: boolean;
let acts: boolean;
let counted: string[];
let announcer: Announcer;

beforeEach(() => {
  said = [];
  told = [];
  nowMs = NOW_MS;
  stopping = false;
  acts = true;
  counted = [];
  const say = (level: string) => (_fields: object, text: string) => said.push(`${level} ${text}`);
  const ignore = () => undefined;
  announcer = new Announcer({
    log: { debug: say("debug"), info: say("info"), warn: say("warn") },
    telemetry: { ticked: ignore, held: ignore, reapplied: (_route, manager) => void counted.push(manager), settled: ignore },
    events: { tell: ({ reason, note }) => void told.push(`${reason} ${note}`) },
    decisions: new DecisionRing(),
    shiftEvent,
    problemEvent,
    reappliedEvent,
    loneClientEvent,
    clusterEvent: (change) => clusterEvent("linkerd-failover", change),
    monitoringEvent: (change) => monitoringEvent("linkerd-failover", change),
    acts: () => acts,
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

describe("a failed write", () => {
  it("is logged with what follows, and a warning only once per failure", () => {
    settle(FAILED);
    settle(FAILED);
    settle({ outcome: "conflict" });
    settle({ outcome: "conflict" });
    expect(beginnings()).toEqual([
      "warn not written, tried again at each tick",
      "debug not written, tried again at each tick",
      "info not written, the route has changed meanwhile; evaluated again at the next tick",
      "debug not written, the route has changed meanwhile; evaluated again at the next tick",
    ]);
  });

  it("is no warning during the stop, and is left to the next leader", () => {
    stopping = true;
    settle(FAILED);
    settle({ outcome: "conflict" });
    expect(beginnings()).toEqual([
      "info not written, left to the next leader, because this replica stops",
      "info not written, the route has changed meanwhile; left to the next leader, because this replica stops",
    ]);
  });
});

const KEY = "TrafficSplit/shop/web";
function tick(before: RouteState | undefined, after: RouteState, afterMs: number): void {
  nowMs += afterMs;
  const state = initialState(5_000, "a");
  const seen = { ...state, routes: new Map(before === undefined ? [] : [[KEY, before]]) };
  announcer.ticked({
    atMs: nowMs,
    durationMs: 1,
    before: seen,
    after: { ...state, routes: new Map([[KEY, after]]) },
    evaluated: [{ route: route(), before, after }],
    gone: [],
    unnoticed: [],
    decisions: [],
    made: [],
  });
}

describe("failures that one client alone sees", () => {
  it("are told in one Event and a log line, when the brake begins to hold", () => {
    const client = { name: "shop/poison", failures: 300, total: 300, others: 2, othersGood: 800, othersTotal: 800 };
    const reason = { kind: "brake", brake: "oneClient", client } as const;
    const held = shiftedRoute(undefined, { brakes: ["oneClient"], reasons: [{ backend: "web", reason }] });
    tick(shiftedRoute(), held, 0);
    tick(held, held, 5_000);
    const text = "web: held by oneClient: only client shop/poison sees failures, for 300 of its 300 requests";
    expect(told).toEqual([expect.stringMatching(`^Problem ${text}`)]);
    expect(said).toContainEqual(expect.stringMatching(`^info ${text}`));
    acts = false;
    tick(shiftedRoute(), held, 10_000);
    expect(told).toHaveLength(1);
  });
});

describe("a baseline that another writer puts back over our weights", () => {
  const reapply = (reappliedBy: string | null, afterMs: number) => tick(shiftedRoute(), shiftedRoute(undefined, { reappliedBy }), afterMs);

  it("is counted each time, with one Event, and another one for another writer or after five minutes without a re-apply", () => {
    for (const afterMs of [0, 10_000, 30_000, 200_000]) reapply("argocd-controller", afterMs);
    expect(told).toEqual([expect.stringMatching(/^Problem reapplied: argocd-controller put the baseline back over .* written again/)]);
    reapply("kubectl", 1_000);
    reapply(null, 10_000);
    reapply("kubectl", 290_001);
    expect(told.map((text) => text.split(" ")[2])).toEqual(["argocd-controller", "kubectl", "kubectl"]);
    expect(counted).toHaveLength(6);
  });

  describe("before this controller started", () => {
    const found = (reappliedBy: string | null) =>
      shiftedRoute(undefined, { reappliedBy, trace: { ...shiftedRoute().trace, source: "reapplied" } });

    it("is announced once, with what follows, and not counted", () => {
      tick(undefined, found("argocd-controller"), 0);
      tick(found("argocd-controller"), found(null), 5_000);
      const earlier = "before this controller started, so";
      expect(told).toEqual([
        expect.stringMatching(`^Problem reapplied: argocd-controller put the baseline back over .*${earlier} the weights stay`),
      ]);
      expect(said.filter((line) => line.includes("put the baseline back"))).toEqual([
        expect.stringMatching(`^warn .* ${earlier} it stays and the backends`),
      ]);
      expect(counted).toEqual([]);
    });

    it("is announced by a replica that leads only later", () => {
      acts = false;
      tick(undefined, found("argocd-controller"), 0);
      tick(found("argocd-controller"), found(null), 5_000);
      expect([told, said.filter((line) => line.includes("baseline"))]).toEqual([[], []]);
      acts = true;
      tick(found(null), found(null), 5_000);
      tick(found(null), found(null), 5_000);
      expect(told).toHaveLength(1);
    });

    it("is not announced if another leader has written our weights again meanwhile", () => {
      acts = false;
      tick(undefined, found("argocd-controller"), 0);
      tick(found("argocd-controller"), shiftedRoute(), 5_000);
      acts = true;
      tick(shiftedRoute(), found(null), 5_000);
      expect(told).toEqual([]);
    });
  });
});

describe("a route that is no longer managed", () => {
  const weighing = (web: number, east: number): Route => {
    const { splits, ...rest } = route();
    const weights = [web, east];
    return {
      ...rest,
      splits: splits.map((split) => ({ ...split, backends: split.backends.map((b, i) => ({ ...b, weight: weights[i] ?? 0 })) })),
    };
  };

  it("is logged with the state of its weights, by the object rather than by the last tick", () => {
    announcer.released(weighing(0, 100), "unlabelled", shiftedRoute(undefined, { shifted: false }));
    announcer.released(weighing(100, 0), "unlabelled", shiftedRoute());
    announcer.released(weighing(0, 100), "unlabelled", undefined);
    announcer.released(weighing(0, 100), "deleted", shiftedRoute());
    const released = "info no longer managed: its label was removed";
    expect(said).toEqual([`${released}; its weights stay shifted`, released, released]);
  });
});
