import { describe, expect, it } from "vitest";
import type { Answer, ClientCounts, Counts, Metrics, RequestCounts } from "../../../src/evaluator/model/observation.ts";
import { initialState, reasonsOf, type State } from "../../../src/evaluator/model/state.ts";
import { sumRequests } from "../../../src/evaluator/model/sumRequests.ts";
import { suspectsOf } from "../../../src/evaluator/model/suspects.ts";
import { step } from "../../../src/evaluator/step.ts";
import { DEFAULT_RULES } from "../../../src/rules/defaultRules.ts";
import type { Rule } from "../../../src/rules/ruleSet.ts";
import { codecOf, httpRoute, rule } from "../../routes/gatewayObjects.ts";

const INTERVAL_MS = 5_000;
const WINDOW_MS = 30_000;
const ROUTE = codecOf("HTTPRoute").read(httpRoute([rule(["web", 100], ["east", 0])]));
const READY = { state: "counted", ready: 2, notReady: 0 } as const;

interface Client {
  readonly total: number;
  readonly failures?: number;
  /** Requests of its own that reached no backend. */
  readonly shed?: number;
}

const RULE = DEFAULT_RULES.rules[0] as Rule;

const counts = (total: number, failures: number): Counts => ({ total, failures });

function requestsOf({ total, failures = 0, shed = 0 }: Client): RequestCounts {
  return {
    leaves: new Map(),
    apexes: new Map(),
    routes: new Map([[ROUTE.key, counts(total + shed, failures + shed)]]),
    backends: new Map([[ROUTE.key, new Map([["shop/web", counts(total, failures)]])]]),
  };
}

interface Story {
  readonly clients: Readonly<Record<string, Client>>;
  /** What is answered by client, if not what these clients really counted; null: it was not asked. */
  readonly told?: Readonly<Record<string, Client>> | Answer<ClientCounts> | null;
  readonly failAfterMs?: number;
  readonly latency?: Counts;
  readonly ready?: number;
}

/** Evaluates the route for a minute in which nothing changes. */
function play({ clients, told = clients, failAfterMs = 10_000, latency, ready = 2 }: Story): State {
  const signals = {
    ...RULE.signals,
    ...(latency && { latency: { underMs: 500, failBelow: 0.9, recoverAbove: 0.95, windowMs: WINDOW_MS, minRequests: 20 } }),
  };
  const rules = { ...DEFAULT_RULES, rules: [{ ...RULE, failAfterMs, signals }] };
  const all = sumRequests(Object.values(clients).map(requestsOf));
  const metrics: Metrics = {
    requests: new Map([[WINDOW_MS, { state: "answered", value: all }]]),
    latency: new Map(latency && [["500/30000", { state: "answered", value: new Map([["shop/web", latency]]) }]]),
    unanswered: new Map(),
    gateways: { state: "answered", value: new Map() },
    queries: new Map(),
  };
  let state = initialState(INTERVAL_MS, "test");
  for (let tick = 0; tick < 12; tick++) {
    const endpoints = new Map([
      ["shop/web", tick < 11 ? READY : { ...READY, ready }],
      ["shop/east", READY],
    ]);
    // As live: what was suspect at the tick before is asked about.
    const asked = told === null ? new Map() : new Map([...suspectsOf(state).keys()].map((key) => [key, answerOf(told)]));
    const observation = { routes: [ROUTE], endpoints, metrics: { ...metrics, clients: asked }, clusters: new Map() };
    state = step(state, observation, rules, tick * INTERVAL_MS).state;
  }
  return state;
}

function answerOf(told: NonNullable<Story["told"]>, windowMs = WINDOW_MS): Answer<ClientCounts> {
  if ("state" in told) return told as Answer<ClientCounts>;
  const byClient = new Map(Object.entries(told).map(([name, client]) => [name, requestsOf(client)]));
  return { state: "answered", value: { windowMs, byClient } };
}

/** The phase of the primary, and the client that holds it. */
function outcome(story: Story): readonly [phase: string | undefined, client: string | undefined] {
  const route = play(story).routes.get(ROUTE.key);
  const brake = route === undefined ? undefined : reasonsOf(route).find(({ reason }) => reason.kind === "brake" && reason.client);
  const client = brake?.reason.kind === "brake" ? brake.reason.client?.name : undefined;
  return [route?.backends.get("web")?.state.phase, client];
}

const POISON = { total: 300, failures: 300 };
const WELL = { total: 400 };
const FLEET = { "shop/poison": POISON, "shop/a": WELL, "shop/b": WELL };

describe("failures that one client alone sees", () => {
  it("move nothing, and the client is named with what the others see", () => {
    const state = play({ clients: FLEET });
    const route = state.routes.get(ROUTE.key);
    expect(route?.brakes).toEqual(["oneClient"]);
    expect(route?.backends.get("web")?.waits).toEqual([
      {
        kind: "brake",
        brake: "oneClient",
        client: { name: "shop/poison", failures: 300, total: 300, others: 2, othersGood: 800, othersTotal: 800 },
      },
    ]);
  });

  it("move nothing where they reached no backend", () => {
    const cut = { total: 0, shed: 300 };
    expect(outcome({ clients: { ...FLEET, "shop/poison": cut } })).toEqual(["suspect", "shop/poison"]);
  });

  it("move nothing beside a busy client with a few failures more in all, but none beyond the threshold", () => {
    const busy = { total: 8_000, failures: 400 };
    expect(outcome({ clients: { poison: { total: 700, failures: 700 }, busy, a: WELL, b: WELL } })).toEqual(["suspect", "poison"]);
  });

  it("move nothing as soon as the others have enough requests to judge", () => {
    expect(outcome({ clients: { poison: POISON, a: { total: 10 }, b: { total: 10 } } })).toEqual(["suspect", "poison"]);
  });

  it("do not hold lost endpoints", () => {
    expect(outcome({ clients: FLEET, ready: 0 })).toEqual(["out", undefined]);
  });

  it("do not hold what another metric sees, too", () => {
    expect(outcome({ clients: FLEET, latency: counts(1_000, 500) })).toEqual(["out", undefined]);
    expect(outcome({ clients: FLEET, latency: counts(1_000, 0) })).toEqual(["suspect", "shop/poison"]);
  });
});

describe("nothing is held", () => {
  it.each<[string, Story]>([
    ["with two clients", { clients: { poison: POISON, a: WELL } }],
    ["with two clients that send, and one that is idle", { clients: { poison: POISON, a: WELL, idle: { total: 0 } } }],
    ["where the others fail, too", { clients: { poison: POISON, a: WELL, b: { total: 400, failures: 160 } } }],
    ["where the others are too quiet to judge", { clients: { poison: POISON, a: { total: 9 }, b: { total: 9 } } }],
    ["where the clients were not asked", { clients: FLEET, told: null }],
    ["where their answer failed", { clients: FLEET, told: { state: "failed", error: "HTTP 403" } }],
    ["where their answer lacks some that fail", { clients: { ...FLEET, c: POISON }, told: FLEET }],
    ["where their answer lacks some that are well", { clients: FLEET, told: { ...FLEET, "shop/b": { total: 100 } } }],
    ["where their answer lacks failures alone", { clients: FLEET, told: { ...FLEET, "shop/poison": { total: 300, failures: 250 } } }],
    ["by an answer about another window", { clients: FLEET, told: answerOf(FLEET, 2 * WINDOW_MS) }],
    ["without failAfter: there is no time to ask", { clients: FLEET, failAfterMs: 0 }],
  ])("%s", (_, story) => {
    expect(outcome(story)).toEqual(["out", undefined]);
  });
});

describe("about clients", () => {
  it("nothing is asked while all is well", () => {
    expect(suspectsOf(play({ clients: { a: WELL, b: WELL, c: WELL } }))).toEqual(new Map());
  });

  it("is asked for a backend that is suspect because of its success rate, in the window of that", () => {
    expect(suspectsOf(play({ clients: FLEET }))).toMatchObject(new Map([[ROUTE.key, { windowMs: WINDOW_MS }]]));
  });

  it("is not asked because of another metric", () => {
    const clients = { a: WELL, b: WELL, c: WELL };
    expect(suspectsOf(play({ clients, latency: counts(1_000, 500), failAfterMs: 600_000 }))).toEqual(new Map());
  });
});
