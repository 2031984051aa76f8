import { describe, expect, it } from "vitest";
import { reconcileBaseline } from "../../src/routes/baseline.ts";
import { CODECS } from "../../src/routes/codecs.ts";
import { readMemory, STATE_ANNOTATION, writeMemory } from "../../src/routes/memory.ts";
import { recordOf } from "../../src/routes/record.ts";
import { ROUTE_KINDS, type Route } from "../../src/routes/route.ts";
import { codecOf, gatewayFixture, httpRoute, readHttpRoute, rule } from "./gatewayObjects.ts";

function splitsOf(route: Route): Record<string, [string, number][]> {
  return Object.fromEntries(route.splits.map((split) => [split.name, split.backends.map((b) => [b.backend, b.weight])]));
}

function problemsOf(route: Route): [string, string][] {
  return route.problems.map(({ problem, text }) => [problem, text]);
}

const TWO = rule(["web", 100], ["east", 0]);

it("has a codec for every kind", () => {
  expect(CODECS.map((codec) => codec.kind)).toEqual([...ROUTE_KINDS]);
});

describe("reading complete routes", () => {
  it("reads an HTTPRoute that kubectl applied: every rule with two Services is a split over the same backends", () => {
    const route = codecOf("HTTPRoute").read(gatewayFixture("httproute-kubectl"));
    expect(route).toMatchObject({
      kind: "HTTPRoute",
      apiVersion: "gateway.networking.k8s.io/v1",
      namespace: "shop",
      name: "storefront",
      apex: "storefront",
      parents: ["storefront"],
      primary: "storefront",
      lastManager: "kubectl-client-side-apply",
      problems: [],
    });
    expect(splitsOf(route)).toEqual({
      "0": [
        ["storefront", 90],
        ["storefront-canary", 10],
        ["storefront.dr", 0],
      ],
      "2": [
        ["storefront", 1],
        ["storefront.dr", 0],
      ],
    });
  });

  it("reads one that Argo CD applied, with named rules, two parents, and a Service at two ports", () => {
    const route = codecOf("HTTPRoute").read(gatewayFixture("httproute-argocd"));
    expect(route).toMatchObject({
      apiVersion: "gateway.networking.k8s.io/v1beta1",
      parents: ["ledger", "ledger-internal"],
      primary: "ledger",
      tiers: [["ledger"], ["ledger-east"], ["ledger-west.dr"]],
      lastManager: "argocd-controller",
      problems: [],
    });
    expect(splitsOf(route)).toEqual({
      reads: [
        ["ledger", 100],
        ["ledger-east", 0],
        ["ledger-west.dr", 0],
      ],
      writes: [
        ["ledger-east", 1_000_000],
        ["ledger-west.dr", 500_000],
      ],
    });
    expect(route.splits[0]?.backends[0]?.entries).toEqual([
      { path: "/spec/rules/0/backendRefs/0/weight", spelling: 70, absent: false },
      { path: "/spec/rules/0/backendRefs/1/weight", spelling: 30, absent: false },
    ]);
  });

  it("reads Linkerd's own HTTPRoute that Flux applied: a missing weight is 1", () => {
    const route = codecOf("HTTPRoute.policy.linkerd.io").read(gatewayFixture("httproute-flux"));
    expect(route).toMatchObject({ kind: "HTTPRoute.policy.linkerd.io", apiVersion: "policy.linkerd.io/v1beta3", hasAnnotations: false });
    expect(splitsOf(route)).toEqual({
      "0": [
        ["search", 1],
        ["search-beta", 1],
        ["search-old", 0],
      ],
    });
    expect(reconcileBaseline(route, null).splits["0"]?.baseline).toEqual({ search: [1], "search-beta": [1], "search-old": [0] });
  });

  it("reads a GRPCRoute", () => {
    const route = codecOf("GRPCRoute").read(gatewayFixture("grpcroute-kubectl"));
    expect(route).toMatchObject({ kind: "GRPCRoute", apex: "quotes", problems: [] });
    expect(Object.keys(splitsOf(route))).toEqual(["0", "1"]);
  });

  it("reads 300 rules quickly", () => {
    const rules = Array.from({ length: 300 }, (_, i) => ({
      name: `rule-${i}`,
      ...rule(["web", 100], [`web-${i % 40}`, 0], ["east.dr", 0]),
    }));
    const object = httpRoute(rules);
    const startedMs = performance.now();
    const route = codecOf("HTTPRoute").read(object);
    expect(performance.now() - startedMs).toBeLessThan(200);
    expect(route.splits).toHaveLength(300);
    expect(route.problems).toEqual([]);
  });
});

describe("names of splits", () => {
  it.each<[string, unknown[], string[]]>([
    ["the rule's name", ["read", "write"], ["read", "write"]],
    ["the index without a name", [undefined, "write", undefined], ["0", "write", "2"]],
    ["the index if two rules have the same name", ["same", "same"], ["0", "1"]],
    ["the index if the name is a number, which may be the index of another rule", ["1", undefined], ["0", "1"]],
    ["the index if the name is invalid", ["Upper", 5, ""], ["0", "1", "2"]],
  ])("are %s", (_, names, expected) => {
    const route = readHttpRoute(names.map((name) => ({ ...TWO, name })));
    expect(route.splits.map((split) => split.name)).toEqual(expected);
  });
});

describe("a managed split", () => {
  it.each<[string, unknown, unknown, string]>([
    ["no parent", [TWO], [], "spec.parentRefs: no parent is a Service"],
    ["a Gateway as the parent", [TWO], [{ name: "public" }], "spec.parentRefs: no parent is a Service"],
    ["a Service of another group", [TWO], [{ group: "acme.io", kind: "Service", name: "web" }], "spec.parentRefs: no parent is a Service"],
    ["no rules", undefined, undefined, "spec.rules: no rule names two Services"],
    ["one backendRef in every rule", [rule(["web", 1]), rule(["east", 1])], undefined, "spec.rules: no rule names two Services"],
    ["two ports of one Service", [rule(["web", 1], ["web", 1])], undefined, "spec.rules: no rule names two Services"],
  ])("is missing with %s", (_, rules, parentRefs, text) => {
    const route = readHttpRoute(rules, parentRefs === undefined ? {} : { parentRefs });
    expect(route.splits).toEqual([]);
    expect(problemsOf(route)).toEqual([["nothing-to-split", expect.stringContaining(text)]]);
  });

  it("has only Service parents, each once, named like backends", () => {
    const parentRefs = [
      { group: "gateway.networking.k8s.io", kind: "Gateway", name: "public" },
      { kind: "Service", name: "web", port: 80 },
      { group: "core", kind: "Service", name: "web", port: 81 },
      { group: "", kind: "Service", name: "web", namespace: "other" },
    ];
    expect(readHttpRoute([TWO], { parentRefs })).toMatchObject({ apex: "web", parents: ["web", "web.other"], problems: [] });
  });
});

describe("an unreadable part", () => {
  it.each<[string, object, string]>([
    [
      "another kind",
      { kind: "TCPBackend", group: "acme.io", name: "x" },
      'spec.rules[1].backendRefs[2]: a Service is needed, found kind "TCPBackend", group "acme.io"',
    ],
    ["an invalid name", { name: "a.b" }, 'spec.rules[1].backendRefs[2].name: the name of a Service is needed, found "a.b"'],
    ["no name", {}, "spec.rules[1].backendRefs[2].name"],
    ["an invalid namespace", { name: "x", namespace: "A" }, "spec.rules[1].backendRefs[2].namespace"],
    [
      "a weight that is too large",
      { name: "x", weight: 1_000_001 },
      "spec.rules[1].backendRefs[2].weight: a whole number from 0 to 1000000 is needed, found 1000001",
    ],
    ["half a weight", { name: "x", weight: 0.5 }, "spec.rules[1].backendRefs[2].weight"],
    ["a weight as a string", { name: "x", weight: "5" }, "spec.rules[1].backendRefs[2].weight"],
    ["a negative weight", { name: "x", weight: -1 }, "spec.rules[1].backendRefs[2].weight"],
  ])("in one rule leaves that rule alone: %s", (_, ref, text) => {
    const bad = rule(["web", 1], ["east", 1]);
    (bad["backendRefs"] as unknown[]).push(ref);
    const route = readHttpRoute([TWO, bad, TWO]);
    expect(Object.keys(splitsOf(route))).toEqual(["0", "2"]);
    expect(problemsOf(route)).toEqual([["unreadable", expect.stringContaining(text)]]);
  });

  it("does not matter in a rule with one backend", () => {
    const other = { backendRefs: [{ kind: "TCPBackend", group: "acme.io", name: "x" }] };
    expect(readHttpRoute([TWO, other]).problems).toEqual([]);
  });

  it("in every rule is one problem", () => {
    const bad = { backendRefs: [{ name: "a" }, { kind: "X", name: "b" }] };
    const route = readHttpRoute([bad, bad, bad]);
    expect(route.splits).toEqual([]);
    expect(problemsOf(route)).toEqual([["unreadable", expect.stringContaining("(and 2 more rules)")]]);
  });

  it.each<[string, unknown]>([
    ["nothing", null],
    ["a spec of another type", { ...httpRoute([]), spec: "no" }],
    ["rules of another type", httpRoute({})],
    ["parents of another type", httpRoute([TWO], { parentRefs: "web" })],
    ["a Service parent without a name", httpRoute([TWO], { parentRefs: [{ kind: "Service", group: "" }] })],
    ["too many rules", httpRoute(Array.from({ length: 513 }, () => TWO))],
    [
      "more than an annotation can hold",
      httpRoute(Array.from({ length: 500 }, () => rule(...["a", "b", "c"].map((c) => [c.repeat(63), 1] as const)))),
    ],
    [
      "more Services than can be remembered",
      httpRoute(Array.from({ length: 11 }, (_, i) => rule(...Array.from({ length: 100 }, (_, j) => [`s${i}-${j}`, 1] as const)))),
    ],
  ])("leaves the whole route alone: %s", (_, object) => {
    const route = codecOf("HTTPRoute").read(object);
    expect(route.splits).toEqual([]);
    expect(route.problems.map((p) => p.problem)).toEqual(["unreadable"]);
  });

  it("is a route whose memory could not be read back, so it is never shifted", () => {
    const longest = "s".repeat(250);
    const last = Math.max(...[16, 64, 256, 300, 400, 512].filter((count) => readHttpRoute(manyRules(count)).splits.length > 0));
    expect(last).toBeGreaterThanOrEqual(300);
    const { splits } = readHttpRoute(manyRules(last));
    const names = new Set(splits.flatMap((split) => split.backends.map((b) => b.backend)));
    const memory = {
      writer: longest,
      splits: recordOf(
        splits.map(({ name, backends }) => {
          const baseline = recordOf(backends.map((b) => [b.backend, b.entries.map(() => 1_000_000)] as const));
          return [name, { baseline, written: recordOf(backends.map((b) => [b.backend, 2_000_000] as const)) }] as const;
        }),
      ),
      backends: recordOf(
        [...names].map(
          (name) => [name, { phase: "returning", sinceMs: 0, step: 999, cause: "successRate", relapses: 999_999 } as const] as const,
        ),
      ),
    };
    expect(readMemory(writeMemory(memory))).toEqual(memory);
  });

  it("is a rule with too many backendRefs, which is left alone", () => {
    const many = rule(...Array.from({ length: 101 }, (_, i) => [`s${i}`, 1] as const));
    expect(problemsOf(readHttpRoute([many, TWO]))).toEqual([["unreadable", expect.stringContaining("at most 100 are read, found 101")]]);
  });
});

function manyRules(count: number): unknown[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `rule-number-${i}`,
    ...rule(["web-service", 1], [`web-${i}`, 1], ["web-service", 1]),
  }));
}

describe("weights", () => {
  it("that are all zero are a problem with their path, and evaluated as if the primary had weight 100", () => {
    const route = readHttpRoute([TWO, rule(["web", 0], ["east", 0])]);
    expect(problemsOf(route)).toEqual([["no-weights", expect.stringContaining("spec.rules[1].backendRefs: all weights are 0")]]);
    expect(reconcileBaseline(route, null).splits["1"]?.baseline).toEqual({ web: [100], east: [0] });
  });

  it("that the API server would refuse never become a baseline", () => {
    const written = { web: 0, east: 1, west: 0 };
    const memory = { splits: { "0": { baseline: { web: [600_000, 600_000], east: [0], west: [0] }, written } }, backends: {} };
    const route = readHttpRoute([rule(["web", 0], ["east", 1], ["west", 0])]);
    expect(reconcileBaseline(route, memory).splits["0"]?.baseline).toEqual({ web: [1_000_000], east: [0], west: [0] });
  });

  it("in a memory that another kind wrote count as unreadable", () => {
    const memory = { splits: { "0": { baseline: { web: ["500m"], east: [0] }, written: { web: 0, east: 1 } } }, backends: {} };
    expect(readHttpRoute([TWO], { annotations: { [STATE_ANNOTATION]: writeMemory(memory) } }).memory).toBeNull();
  });
});

describe("owners' annotations", () => {
  it("may name backends of any split", () => {
    const annotations = { "failover.linkerd.io/primary-service": "west.dr", "failover.linkerd.io/pin": "east" };
    const route = readHttpRoute([TWO, rule(["web", 1], ["west.dr", 0])], { annotations });
    expect(route).toMatchObject({ primary: "west.dr", pin: { backend: "east" }, problems: [] });
  });

  it("without a primary select the first backend of the first split", () => {
    expect(readHttpRoute([rule(["single", 1]), rule(["a", 0], ["b", 1])]).primary).toBe("a");
  });
});

describe("the problem not-accepted", () => {
  const condition = (status: string) => ({
    type: "Accepted",
    status,
    reason: "RouteReasonConflicted",
    message: "a GRPCRoute goes\nbefore it",
  });
  const parent = (status: string, name = "web", rest: object = {}) => ({
    controllerName: "linkerd.io/policy-controller",
    parentRef: { group: "core", kind: "Service", name, namespace: "shop" },
    conditions: [{ type: "ResolvedRefs", status: "False" }, condition(status)],
    ...rest,
  });
  const told = (...parents: unknown[]) => {
    const parentRefs = ["web", "web-internal"].map((name) => ({ group: "", kind: "Service", name }));
    return problemsOf(readHttpRoute([TWO], { parentRefs, status: { parents } }));
  };

  it("exists if Linkerd does not accept the route", () => {
    expect(told(parent("False"))).toEqual([["not-accepted", expect.stringContaining("RouteReasonConflicted, a GRPCRoute goes before it")]]);
    expect(told(parent("False", "web", { parentRef: undefined }))).toHaveLength(1);
  });

  it.each<[string, unknown[]]>([
    ["no status exists", []],
    ["it is accepted", [parent("True")]],
    ["one parent accepts it", [parent("False"), parent("True", "web-internal")]],
    ["acceptance is unknown", [parent("Unknown")]],
    ["another controller refuses it", [parent("False", "web", { controllerName: "traefik.io/gateway-controller" })]],
    ["the refusal is for a parent that was removed", [parent("False", "gone")]],
    ["the status is garbage", [null, 5, { controllerName: "linkerd.io/policy-controller", conditions: "no" }]],
  ])("does not exist if %s", (_, parents) => {
    expect(told(...parents)).toEqual([]);
  });
});
