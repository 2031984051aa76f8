import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readOwnerAnnotations } from "../../src/routes/annotations.ts";
import { isFrozen } from "../../src/routes/isFrozen.ts";
import { STATE_ANNOTATION } from "../../src/routes/memory.ts";
import type { Route } from "../../src/routes/route.ts";
import { TRAFFICSPLIT_MAX_WEIGHT_SUM, trafficSplitCodec } from "../../src/routes/trafficSplit.ts";
import { backends, fixture, routeOf, trafficSplit } from "./routeObjects.ts";

const read = trafficSplitCodec.read;
const A = "failover.linkerd.io/";

function annotated(annotations: Record<string, unknown>): Route {
  return read(trafficSplit(backends(["web", 100], ["east", 0], ["west", 0]), { annotations }));
}

function problemsOf(route: Route): string[] {
  return route.problems.map((p) => p.problem);
}

function weightsOf(route: Route): [string, number][] {
  return (route.splits[0]?.backends ?? []).map((b) => [b.backend, b.weight]);
}

describe("reading complete TrafficSplits", () => {
  it("reads one that Argo CD applied", () => {
    const route = read(fixture("argocd"));
    expect(route).toMatchObject({
      kind: "TrafficSplit",
      apiVersion: "split.smi-spec.io/v1alpha2",
      namespace: "shop",
      name: "checkout",
      uid: "2f6d3a52-7c1b-4f36-9a1e-7a3f0d0c9b11",
      resourceVersion: "88123456",
      labels: { tier: "front" },
      apex: "checkout",
      primary: "checkout",
      tiers: [["checkout"], ["checkout-east", "checkout-west"], ["checkout-static"]],
      lastManager: "argocd-controller",
      hasAnnotations: true,
      memoryText: null,
      problems: [],
    });
    expect(weightsOf(route)).toEqual([
      ["checkout", 80],
      ["checkout-east", 20],
      ["checkout-west", 0],
      ["checkout-static", 0],
    ]);
  });

  it("reads one that Flux applied as v1alpha1, with quantities and no annotations", () => {
    const route = read(fixture("flux"));
    expect(route).toMatchObject({
      apiVersion: "split.smi-spec.io/v1alpha1",
      hasAnnotations: false,
      lastManager: "kustomize-controller",
      tiers: null,
    });
    expect(weightsOf(route)).toEqual([
      ["search", 0.5],
      ["search-beta", 0.5],
      ["search-old", 0],
    ]);
    expect(route.splits[0]?.backends[0]?.entries).toEqual([{ path: "/spec/backends/0/weight", spelling: "500m", absent: false }]);
  });

  it("adds up a backend that is listed twice, and keeps both entries", () => {
    const route = read(fixture("kubectl"));
    expect(weightsOf(route)).toEqual([
      ["web-svc", 1.5],
      ["web-svc-east", 0],
    ]);
    expect(route.splits[0]?.backends[0]?.entries).toEqual([
      { path: "/spec/backends/0/weight", spelling: 0.5, absent: false },
      { path: "/spec/backends/2/weight", spelling: "1", absent: false },
    ]);
    expect(route.splits[0]?.backends[1]?.entries).toEqual([{ path: "/spec/backends/1/weight", spelling: 0, absent: true }]);
  });

  it("accepts a Service with the name of an inherited property", () => {
    expect(weightsOf(routeOf(["constructor", 3], ["web", 1]))).toEqual([
      ["constructor", 3],
      ["web", 1],
    ]);
  });
});

describe("weights", () => {
  it.each([
    [5, 5],
    [0.5, 0.5],
    ["5", 5],
    ["0.5", 0.5],
    [".5", 0.5],
    ["500m", 0.5],
    ["1k", 1000],
    ["1e3", 1000],
    ["+7", 7],
    [undefined, 0],
    [null, 0],
    [-0, 0],
  ])("reads %j as %d", (weight, expected) => {
    expect(weightsOf(routeOf(["web", weight], ["east", 1]))[0]).toEqual(["web", expected]);
  });

  it.each([
    -1,
    "-1",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "NaN",
    "",
    " 5",
    "5 ",
    "0x10",
    "5%",
    "1Ki",
    "1e99",
    1e300,
    true,
    [],
    {},
    "9".repeat(500),
  ])("makes the route unreadable for %j", (weight) => {
    const route = routeOf(["web", 1], ["east", weight]);
    expect(route.splits).toEqual([]);
    expect(route.problems).toHaveLength(1);
    expect(route.problems[0]).toMatchObject({ problem: "unreadable", text: expect.stringContaining("spec.backends[1].weight") });
    expect(route.problems[0]?.text.length).toBeLessThan(200);
  });
});

describe("an unreadable object", () => {
  it.each([
    ["a service that is not a string", trafficSplit([{ service: 5, weight: 1 }]), "spec.backends[0].service"],
    ["an invalid Service name", trafficSplit([{ service: "__proto__", weight: 1 }]), "__proto__"],
    ["a service in another namespace, which Linkerd does not support", trafficSplit([{ service: "web.other", weight: 1 }]), "web.other"],
    ["a backend that is not an object", trafficSplit(["web"]), "spec.backends[0].service"],
    ["backends that are not a list", trafficSplit({ web: 1 }), "spec.backends"],
    ["too many backends", trafficSplit(Array.from({ length: 101 }, (_, i) => ({ service: `s${i}`, weight: 1 }))), "at most 100"],
    ["no spec", { metadata: { name: "web", namespace: "shop", resourceVersion: "1" } }, "spec"],
    ["no resourceVersion", trafficSplit([], { metadata: { resourceVersion: undefined } }), "metadata.resourceVersion"],
    ["no name", trafficSplit([], { metadata: { name: 5 } }), "metadata.name"],
    ["nothing", undefined, "metadata.name"],
    ["a text", "web", "metadata.name"],
  ])("has a problem with the path: %s", (_, object, place) => {
    const route = read(object);
    expect(route.splits).toEqual([]);
    expect(route.primary).toBe("");
    expect(route.problems).toEqual([{ problem: "unreadable", text: expect.stringContaining(place) as string }]);
  });

  it("never throws for any input", () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }), (value) => {
        const shapes = [
          value,
          trafficSplit(value),
          trafficSplit([value]),
          trafficSplit([{ service: "web", weight: value }]),
          { metadata: value, spec: value },
        ];
        const inside = trafficSplit(backends(["web", 1], ["east", 0]), {
          annotations: value as never,
          metadata: { labels: value, managedFields: [value] },
        });
        for (const shape of [...shapes, inside]) expect(read(shape).kind).toBe("TrafficSplit");
      }),
    );
  });

  it("is not caused by hostile annotations", () => {
    const names = ["primary-service", "tiers", "rule", "pin", "pin-until", "freeze", "state"];
    const texts = fc.oneof(
      fc.string(),
      fc.constantFrom("__proto__", "constructor", "{}", "[".repeat(70_000), ";".repeat(9_000), "\u0000", "null"),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), fc.oneof(texts, fc.anything()))), (pairs) => {
        const route = annotated(Object.fromEntries(pairs.map(([name, text]) => [A + name, text])));
        expect(route.splits).toHaveLength(1);
        expect(["web", "east", "west"]).toContain(route.primary);
        expect(route.memory).toBeNull();
        for (const { text } of route.problems) expect(text.length).toBeLessThan(300);
      }),
    );
  });
});

describe("problems of weights", () => {
  it("fewer than two Services are the problem nothing-to-split", () => {
    expect(problemsOf(routeOf(["web", 1]))).toEqual(["nothing-to-split"]);
    expect(problemsOf(routeOf(["web", 1], ["web", 2]))).toEqual(["nothing-to-split"]);
    expect(problemsOf(read(trafficSplit(undefined)))).toEqual(["nothing-to-split"]);
  });

  it("all zero is the problem no-weights", () => {
    expect(problemsOf(routeOf(["web", 0], ["east", undefined]))).toEqual(["no-weights"]);
  });

  it("a sum above the limit of Linkerd is a problem, and the limit itself is not", () => {
    expect(problemsOf(routeOf(["web", TRAFFICSPLIT_MAX_WEIGHT_SUM], ["east", 1]))).toEqual(["weights-overflow"]);
    expect(problemsOf(routeOf(["web", TRAFFICSPLIT_MAX_WEIGHT_SUM - 1], ["east", 1]))).toEqual([]);
  });
});

describe("the owner's annotations", () => {
  it("the primary is the named backend, otherwise the first", () => {
    expect(annotated({ [`${A}primary-service`]: "west" }).primary).toBe("west");
    expect(annotated({}).primary).toBe("web");
    expect(annotated({ [`${A}primary-service`]: " " }).primary).toBe("web");
  });

  it("an unknown primary is a problem, and the first backend is used", () => {
    const route = annotated({ [`${A}primary-service`]: "wst" });
    expect(route.primary).toBe("web");
    expect(route.problems).toEqual([{ problem: "unknown-primary", text: expect.stringContaining('"wst"') as string }]);
  });

  it.each([
    ["west; east", [["west"], ["east"], ["web"]]],
    ["web; east, west", [["web"], ["east", "west"]]],
    ["  west ;; ,east,", [["west"], ["east"], ["web"]]],
    ["west; west, east; web", [["west"], ["east"], ["web"]]],
    ["", null],
  ])("tiers %j are %j", (text, tiers) => {
    expect(annotated({ [`${A}tiers`]: text }).tiers).toEqual(tiers);
    expect(annotated({ [`${A}tiers`]: text }).problems).toEqual([]);
  });

  it.each([
    ["nosuch, west", [["west"], ["web", "east"]], '"nosuch" is not a backend; it is ignored'],
    ["wst; west; wst, __proto__", [["west"], ["web", "east"]], '"wst", "__proto__" are not backends; they are ignored'],
    ["a;b;c;d;e", null, '"a", "b", "c" and 2 more are not backends; the annotation is ignored'],
    ["wbe", null, '"wbe" is not a backend; the annotation is ignored'],
  ])("tiers %j are %j, with a problem", (text, tiers, told) => {
    const route = annotated({ [`${A}tiers`]: text });
    expect(route.tiers).toEqual(tiers);
    expect(route.problems).toEqual([{ problem: "unknown-tier", text: `${A}tiers: ${told}` }]);
  });

  it("in a route without backends no name is a problem", () => {
    expect(readOwnerAnnotations({ [`${A}tiers`]: "a", [`${A}primary-service`]: "a" }, []).problems).toEqual([]);
  });

  it("the rule is the named one", () => {
    expect(annotated({ [`${A}rule`]: "slow" }).ruleName).toBe("slow");
    expect(annotated({}).ruleName).toBeNull();
  });

  it("a pin has no end, or the given one", () => {
    expect(annotated({ [`${A}pin`]: "east" }).pin).toEqual({ backend: "east", untilMs: null });
    const untilMs = Date.UTC(2026, 0, 31, 16, 30);
    expect(annotated({ [`${A}pin`]: "east", [`${A}pin-until`]: "2026-01-31T18:00:00+01:30" }).pin).toEqual({ backend: "east", untilMs });
    expect(annotated({ [`${A}pin-until`]: "2026-01-31T18:00:00Z" }).pin).toBeNull();
  });

  it("a pin to an unknown backend is a problem, and ignored", () => {
    const route = annotated({ [`${A}pin`]: "north" });
    expect(route.pin).toBeNull();
    expect(problemsOf(route)).toEqual(["unknown-pin"]);
  });

  it.each(["tomorrow", "2026-01-31", "2026-02-30T00:00:00Z", "2026-01-31T18:00:00", "1769882400", "2026-01-31T25:00:00Z"])(
    "a pin until %j is a problem, and ignored",
    (until) => {
      const route = annotated({ [`${A}pin`]: "east", [`${A}pin-until`]: until });
      expect(route.pin).toBeNull();
      expect(problemsOf(route)).toEqual(["bad-pin-until"]);
    },
  );

  it("a freeze is the word true", () => {
    expect(annotated({ [`${A}freeze`]: "true" }).frozen).toBe(true);
    expect(annotated({ [`${A}freeze`]: "false" }).frozen).toBe(false);
    expect(annotated({}).frozen).toBe(false);
  });

  it("a freeze ends at its time, and one whose end is unreadable is a problem and does not end", () => {
    const endsAt = Date.UTC(2026, 0, 31, 18);
    const ending = annotated({ [`${A}freeze`]: "true", [`${A}freeze-until`]: "2026-01-31T18:00:00Z" });
    expect([isFrozen(ending, endsAt - 1), isFrozen(ending, endsAt)]).toEqual([true, false]);
    const unreadable = annotated({ [`${A}freeze`]: "true", [`${A}freeze-until`]: "tomorrow" });
    expect([isFrozen(unreadable, endsAt), problemsOf(unreadable)]).toEqual([true, ["bad-freeze-until"]]);
    expect(problemsOf(annotated({ [`${A}freeze-until`]: "tomorrow" }))).toEqual([]);
  });

  it("an unreadable state annotation is absent, but its text is kept", () => {
    const route = annotated({ [STATE_ANNOTATION]: "{" });
    expect(route.memory).toBeNull();
    expect(route.memoryText).toBe("{");
  });
});

describe("the last manager", () => {
  const entry = (manager: unknown, time: unknown, fields: unknown = { "f:spec": {} }) => ({ manager, time, fieldsV1: fields });
  it.each([
    ["the newest", [entry("a", "2026-01-01T00:00:01Z"), entry("b", "2026-01-01T00:00:02Z"), entry("c", "2026-01-01T00:00:00Z")], "b"],
    [
      "not one that owns only metadata",
      [entry("a", "2026-01-01T00:00:01Z"), entry("b", "2026-01-01T00:00:02Z", { "f:metadata": {} })],
      "a",
    ],
    [
      "within a second, another than us",
      [entry("argocd", "2026-01-01T00:00:01Z"), entry("linkerd-failover", "2026-01-01T00:00:01Z")],
      "argocd",
    ],
    ["us if there was no other writer", [entry("linkerd-failover", undefined)], "linkerd-failover"],
    ["unknown without managedFields", [], "unknown"],
    ["unknown for garbage", [null, 5, entry(5, 5), entry("", "2026-01-01T00:00:01Z"), { fieldsV1: "f:spec" }], "unknown"],
  ])("is %s", (_, managedFields, expected) => {
    expect(read(trafficSplit([], { metadata: { managedFields } })).lastManager).toBe(expected);
  });
});

describe("the API version of a write to a TrafficSplit", () => {
  const route = trafficSplitCodec.read({
    apiVersion: "split.smi-spec.io/v1alpha2",
    metadata: { name: "web", namespace: "shop", resourceVersion: "1" },
    spec: { service: "web", backends: [{ service: "web", weight: "500m" }] },
  });
  const desired = (spelling: number | string) => ({
    splits: [{ name: "0", backends: [{ backend: "web", weight: 0.5, spellings: [spelling] }] }],
    memory: { splits: {}, backends: {} },
  });

  it("is that of the object if all weights are numbers", () => {
    expect(trafficSplitCodec.writeVersion(route, desired(0.5))).toBe("v1alpha2");
  });

  it("is the older one if a weight is a string, which the newer one refuses", () => {
    expect(trafficSplitCodec.writeVersion(route, desired("500m"))).toBe("v1alpha1");
  });
});
