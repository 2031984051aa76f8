import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/kube/kubeApi.ts";
import { EndpointCounts } from "../../src/observer/endpointCounts.ts";
import { readSlice, type Slice } from "../../src/observer/endpointSlice.ts";

interface Conditions {
  readonly ready?: boolean | null;
  readonly serving?: boolean | null;
  readonly terminating?: boolean | null;
}

/** An endpoint of an EndpointSlice; `pod`: its targetRef. */
function endpoint(address: string, conditions: Conditions | null = { ready: true }, pod?: string): object {
  return {
    addresses: [address],
    conditions,
    ...(pod === undefined ? {} : { targetRef: { kind: "Pod", name: pod, uid: `uid-of-${pod}` } }),
  };
}

const READY = { ready: true, serving: true, terminating: false };
const NOT_READY = { ready: false, serving: false, terminating: false };
const LEAVING = { ready: false, serving: true, terminating: true };

function object(endpoints: unknown, service = "web", addressType = "IPv4"): KubeObject {
  const metadata = { namespace: "shop", name: `${service}-x`, labels: { "kubernetes.io/service-name": service } };
  return { metadata, addressType, endpoints } as object;
}

function slice(...args: Parameters<typeof object>): Slice {
  const read = readSlice(object(...args));
  if (read === null) throw new Error("the slice belongs to no Service");
  return read;
}

function counted(ready: number, notReady = 0, unclear = 0) {
  return { state: "counted", ready, notReady, ...(unclear > 0 && { unclear }) };
}

/** The counts of slices that were all in the first list. */
function listed(...slices: readonly Slice[]) {
  const counts = new EndpointCounts();
  for (const one of slices) counts.change({ before: null, now: one, fromList: true });
  return counts.of("shop/web");
}

describe("reading a slice", () => {
  it.each<[string, Conditions | null, { ready: number; unclear?: number }]>([
    ["ready", READY, { ready: 1 }],
    ["of unknown readiness", {}, { ready: 1 }],
    ["of null readiness", { ready: null, serving: null, terminating: null }, { ready: 1 }],
    ["without conditions", null, { ready: 1 }],
    ["not ready", NOT_READY, { ready: 0, unclear: 1 }],
    ["ready and not serving, as publishNotReadyAddresses makes it", { ready: true, serving: false }, { ready: 0, unclear: 1 }],
    ["terminating", LEAVING, { ready: 0 }],
    [
      "ready, serving and terminating, as publishNotReadyAddresses makes it",
      { ready: true, serving: true, terminating: true },
      { ready: 0 },
    ],
  ])("an endpoint that is %s", (_, conditions, { ready, unclear = 0 }) => {
    expect(listed(slice([endpoint("10.0.0.1", conditions)]))).toEqual(counted(ready, 0, unclear));
  });

  it("reads the first address only: all addresses of an endpoint are the same pod", () => {
    expect(listed(slice([{ addresses: ["10.0.0.1", "10.0.0.2"], conditions: READY }]))).toEqual(counted(1));
  });

  it.each([null, undefined, "garbage", [], [null], [{}], [{ addresses: [] }], [{ addresses: [7], targetRef: { uid: "" } }]])(
    "counts none in %j",
    (endpoints) => {
      expect(listed(slice(endpoints))).toEqual(counted(0));
    },
  );

  it("ignores a slice without a Service", () => {
    expect(readSlice({ metadata: { namespace: "shop", name: "x" }, endpoints: [endpoint("10.0.0.1")] } as object)).toBeNull();
    expect(readSlice({ metadata: { namespace: "shop", labels: { "kubernetes.io/service-name": "" } } })).toBeNull();
  });
});

describe("counting", () => {
  it("adds up the slices of a Service", () => {
    const counts = new EndpointCounts();
    const first = slice([endpoint("10.0.0.1"), endpoint("10.0.0.2")]);
    expect(counts.change({ before: null, now: first, fromList: true })).toEqual(["shop/web"]);
    expect(counts.change({ before: null, now: slice([endpoint("10.0.0.3")]), fromList: true })).toEqual(["shop/web"]);
    expect(counts.of("shop/web")).toEqual(counted(3));
    expect(counts.of("shop/other")).toBeNull();
  });

  it("counts an address once, however many slices list it", () => {
    expect(listed(slice([endpoint("10.0.0.1")]), slice([endpoint("10.0.0.1")]))).toEqual(counted(1));
    expect(listed(slice([endpoint("10.0.0.1"), endpoint("10.0.0.1")]))).toEqual(counted(1));
  });

  it("counts what one slice says is ready as ready, whatever the others say", () => {
    const slices = [slice([endpoint("10.0.0.1", NOT_READY)]), slice([endpoint("10.0.0.1")]), slice([endpoint("10.0.0.1", LEAVING)])];
    expect(listed(...slices)).toEqual(counted(1));
    expect(listed(...slices.toReversed())).toEqual(counted(1));
  });

  it("counts a pod of a dual-stack Service once", () => {
    const pods = (addressType: string, first: Conditions, second: Conditions) =>
      slice([endpoint(`${addressType}-1`, first, "a"), endpoint(`${addressType}-2`, second, "b")], "web", addressType);
    expect(listed(pods("IPv4", READY, READY), pods("IPv6", READY, READY))).toEqual(counted(2));
    expect(listed(pods("IPv4", READY, NOT_READY), pods("IPv6", NOT_READY, READY))).toEqual(counted(2));
    const single = slice([endpoint("fd00::1", READY, "c")], "web", "IPv6");
    expect(listed(pods("IPv4", READY, READY), single)).toEqual(counted(3));
  });

  it("counts addresses without a pod by the address type that has most", () => {
    const v4 = slice([endpoint("10.0.0.1"), endpoint("10.0.0.2", NOT_READY)]);
    const v6 = slice([endpoint("fd00::1"), endpoint("fd00::2"), endpoint("fd00::3", NOT_READY)], "web", "IPv6");
    expect(listed(v4)).toEqual(counted(1, 0, 1));
    expect(listed(v4, v6)).toEqual(counted(2, 0, 1));
  });

  it("reports only counts that have changed", () => {
    const counts = new EndpointCounts();
    const [one, same, none] = [slice([endpoint("10.0.0.1")]), slice([endpoint("10.0.0.1")]), slice([endpoint("10.0.0.1", NOT_READY)])];
    counts.change({ before: null, now: one, fromList: true });
    expect(counts.change({ before: one, now: same, fromList: false })).toEqual([]);
    expect(counts.change({ before: same, now: none, fromList: false })).toEqual(["shop/web"]);
  });

  it("distinguishes an empty slice from no slice", () => {
    const counts = new EndpointCounts();
    const empty = slice([]);
    expect(counts.change({ before: null, now: empty, fromList: true })).toEqual(["shop/web"]);
    expect(counts.of("shop/web")).toEqual(counted(0));
    expect(counts.change({ before: empty, now: null, fromList: false })).toEqual(["shop/web"]);
    expect(counts.of("shop/web")).toBeNull();
  });

  it("follows a slice that changes its Service", () => {
    const counts = new EndpointCounts();
    const [before, now] = [slice([endpoint("10.0.0.1")]), slice([endpoint("10.0.0.1")], "api")];
    counts.change({ before: null, now: before, fromList: true });
    expect(counts.change({ before, now, fromList: false })).toEqual(["shop/web", "shop/api"]);
    expect([counts.of("shop/web"), counts.of("shop/api")]).toEqual([null, counted(1)]);
  });
});

describe("an endpoint that is not ready", () => {
  let counts: EndpointCounts;
  let last: Slice | null;

  /** Takes the next version of the one slice; returns the counts. */
  function next(endpoints: readonly object[] | null, fromList = false) {
    const now = endpoints === null ? null : slice(endpoints);
    counts.change({ before: last, now, fromList });
    last = now;
    return counts.of("shop/web");
  }

  function begin(...endpoints: readonly object[]): void {
    counts = new EndpointCounts();
    last = null;
    next(endpoints, true);
  }

  it("is missing if it has been ready before, and not counted if it was just added", () => {
    begin(endpoint("10.0.0.1", READY, "a"));
    expect(next([endpoint("10.0.0.1", READY, "a"), endpoint("10.0.0.2", NOT_READY, "b")])).toEqual(counted(1));
    expect(next([endpoint("10.0.0.1", READY, "a"), endpoint("10.0.0.2", READY, "b")])).toEqual(counted(2));
    expect(next([endpoint("10.0.0.1", NOT_READY, "a"), endpoint("10.0.0.2", READY, "b")])).toEqual(counted(1, 1));
    expect(next([endpoint("10.0.0.1", LEAVING, "a"), endpoint("10.0.0.2", READY, "b")])).toEqual(counted(1));
  });

  it("is unclear if the controller has first seen it in a list, until it is ready", () => {
    begin(endpoint("10.0.0.1"), endpoint("10.0.0.2", NOT_READY));
    expect(counts.of("shop/web")).toEqual(counted(1, 0, 1));
    expect(next([endpoint("10.0.0.1"), endpoint("10.0.0.2")])).toEqual(counted(2));
    expect(next([endpoint("10.0.0.1"), endpoint("10.0.0.2", NOT_READY)])).toEqual(counted(1, 1));
  });

  it("is remembered over another list", () => {
    begin(endpoint("10.0.0.1"), endpoint("10.0.0.2"));
    next([endpoint("10.0.0.1"), endpoint("10.0.0.2", NOT_READY), endpoint("10.0.0.3", NOT_READY)]);
    const again = [endpoint("10.0.0.1"), endpoint("10.0.0.2", NOT_READY), endpoint("10.0.0.3", NOT_READY), endpoint("10.0.0.4", NOT_READY)];
    expect(next(again, true)).toEqual(counted(1, 1, 1));
  });

  it("is remembered when it moves to another slice", () => {
    begin(endpoint("10.0.0.1"));
    next([endpoint("10.0.0.1", NOT_READY)]);
    counts.change({ before: null, now: slice([endpoint("10.0.0.1", NOT_READY)]), fromList: false });
    expect(next(null)).toEqual(counted(0, 1));
  });

  it("is forgotten when it is gone: an address that comes back is a new endpoint", () => {
    begin(endpoint("10.0.0.1"), endpoint("10.0.0.2"));
    next([endpoint("10.0.0.1")]);
    expect(next([endpoint("10.0.0.1"), endpoint("10.0.0.2", NOT_READY)])).toEqual(counted(1));
  });

  it("is another one if another pod has its address", () => {
    begin(endpoint("10.0.0.1", READY, "a"));
    expect(next([endpoint("10.0.0.1", NOT_READY, "b")])).toEqual(counted(0));
  });
});

/** A slice that is as small as it can be. */
const anySlice = fc
  .record({
    service: fc.constantFrom("web", "api"),
    addressType: fc.constantFrom("IPv4", "IPv6"),
    endpoints: fc.array(
      fc.record({ id: fc.integer({ min: 0, max: 5 }), pod: fc.boolean(), conditions: fc.constantFrom(READY, NOT_READY, LEAVING) }),
      { maxLength: 6 },
    ),
  })
  .map(({ service, addressType, endpoints }) =>
    slice(
      endpoints.map(({ id, pod, conditions }) => endpoint(`${addressType}-${id}`, conditions, pod ? String(id) : undefined)),
      service,
      addressType,
    ),
  );

const anyHistory = fc.array(fc.record({ key: fc.integer({ min: 0, max: 4 }), now: fc.option(anySlice) }), { maxLength: 40 });

it("agrees with a full count after any changes, and remembers nothing of endpoints that are gone", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      const counts = new EndpointCounts();
      const live = new Map<number, Slice>();
      for (const { key, now } of history) {
        counts.change({ before: live.get(key) ?? null, now, fromList: true });
        if (now === null) live.delete(key);
        else live.set(key, now);
      }
      const anew = new EndpointCounts();
      for (const one of live.values()) anew.change({ before: null, now: one, fromList: true });
      for (const service of ["shop/web", "shop/api"]) {
        const [was, is] = [counts.of(service), anew.of(service)];
        expect(was?.ready).toBe(is?.ready);
        expect(all(was)).toBe(all(is));
      }
      for (const one of live.values()) counts.change({ before: one, now: null, fromList: false });
      expect([counts.of("shop/web"), counts.of("shop/api")]).toEqual([null, null]);
    }),
  );
});

function all(count: ReturnType<EndpointCounts["of"]>): number | undefined {
  return count === null ? undefined : count.ready + count.notReady + (count.unclear ?? 0);
}
