import { describe, expect, it } from "vitest";
import type { KubeApi, KubeResult, RequestOptions } from "../../src/kube/kubeApi.ts";
import { PAST_DECISIONS_KEPT, PastDecisions, READ_AGAIN_MS } from "../../src/observer/pastDecisions.ts";
import { CODECS } from "../../src/routes/codecs.ts";

const NOTE = "failover (readiness): web 100 → 0, east 0 → 100; web: readiness: 0 ready, at least 1 needed";
const AT = "2026-01-01T00:00:00.000000Z";

function event(more: object = {}, regarding: object = {}): object {
  return {
    ...{ eventTime: AT, note: NOTE, reason: "Failover", reportingController: "linkerd-failover", reportingInstance: "other" },
    regarding: { apiVersion: "split.smi-spec.io/v1alpha2", kind: "TrafficSplit", namespace: "shop", name: "web", ...regarding },
    ...more,
  };
}

/** Answers lists with these pages, in turn. */
function readerOf(pages: readonly (readonly object[] | string)[], more: Partial<ConstructorParameters<typeof PastDecisions>[0]> = {}) {
  const asked: { readonly path: string; readonly query: RequestOptions["query"] }[] = [];
  const failures: string[] = [];
  const get = async (path: string, options?: RequestOptions): Promise<KubeResult<object>> => {
    const page = pages[asked.length];
    asked.push({ path, query: options?.query });
    if (page === undefined || typeof page === "string") return { ok: false, status: 403, reason: "Forbidden", message: String(page) };
    return { ok: true, value: { items: page, metadata: asked.length < pages.length ? { continue: `after-${asked.length}` } : {} } };
  };
  const past = new PastDecisions({
    ...{ kube: { get } as unknown as KubeApi, codecs: CODECS, namespaces: [], identity: "me" },
    ...{ nowMs: () => 0, signal: new AbortController().signal, onFailure: (why: string) => void failures.push(why) },
    ...more,
  });
  return { past, asked, failures };
}

describe("decisions from Events", () => {
  it("are read of all namespaces, page by page, and only our own Events are asked for", async () => {
    const { past, asked } = readerOf([[event()], [event({ eventTime: "2026-01-01T00:01:00.000000Z" })]]);
    await past.read();
    expect(past.newestFirst().map(({ atMs }) => new Date(atMs).toISOString())).toEqual([
      "2026-01-01T00:01:00.000Z",
      "2026-01-01T00:00:00.000Z",
    ]);
    expect(past.newestFirst()[0]).toMatchObject({
      ...{ route: { kind: "TrafficSplit", namespace: "shop", name: "web" }, direction: "failover", cause: "readiness" },
      splits: [{ before: { web: 100, east: 0 }, after: { web: 0, east: 100 } }],
      because: [{ backend: "web", text: "readiness: 0 ready, at least 1 needed" }],
    });
    expect(asked.map(({ path }) => path)).toEqual(["/apis/events.k8s.io/v1/events", "/apis/events.k8s.io/v1/events"]);
    expect(asked.map(({ query }) => [query?.["fieldSelector"], query?.["continue"]])).toEqual([
      ["reportingController=linkerd-failover", undefined],
      ["reportingController=linkerd-failover", "after-1"],
    ]);
  });

  it("are read of the watched namespaces only", async () => {
    const { past, asked } = readerOf([[], []], { namespaces: ["a", "b"] });
    await past.read();
    expect(new Set(asked.map(({ path }) => path))).toContain("/apis/events.k8s.io/v1/namespaces/a/events");
  });

  it("tell Linkerd's own HTTPRoutes from Gateway API's", async () => {
    const own = event({}, { apiVersion: "policy.linkerd.io/v1beta3", kind: "HTTPRoute" });
    const standard = event({}, { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute" });
    const { past } = readerOf([[own, standard]]);
    await past.read();
    expect(past.newestFirst().map(({ route }) => route.kind)).toEqual(["HTTPRoute.policy.linkerd.io", "HTTPRoute"]);
  });

  it("leave out our own, other Events, and what cannot be read", async () => {
    const { past } = readerOf([
      [
        event({ reportingInstance: "me" }),
        event({ note: "unknown-pin: no such backend" }),
        event({ eventTime: null }),
        event({ eventTime: "yesterday" }),
        event({}, { kind: "Lease", apiVersion: "coordination.k8s.io/v1" }),
        {},
      ],
    ]);
    await past.read();
    expect(past.newestFirst()).toEqual([]);
  });

  it("are limited to the newest", async () => {
    const events = Array.from({ length: PAST_DECISIONS_KEPT + 10 }, (_, i) => event({ eventTime: new Date(i * 1_000).toISOString() }));
    const { past } = readerOf([events]);
    await past.read();
    expect(past.newestFirst()).toHaveLength(PAST_DECISIONS_KEPT);
    expect(past.newestFirst().at(-1)?.atMs).toBe(10_000);
  });

  it("stay as they were if they cannot be read again, which is said", async () => {
    let nowMs = 0;
    const { past, asked, failures } = readerOf([[event()], "no"], { nowMs: () => nowMs });
    // The first answer says that there is more, so the second one belongs to the same reading.
    await past.read();
    expect([past.newestFirst().length, failures.length]).toEqual([0, 1]);
    past.readAgain();
    expect(asked).toHaveLength(2);
    nowMs = READ_AGAIN_MS;
    past.readAgain();
    await past.read();
    expect(asked).toHaveLength(3);
  });
});
