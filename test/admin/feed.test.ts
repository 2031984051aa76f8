import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DROP_AFTER_MS, EXPLAINED_ROUTES, Feed, ROUTES_AN_ANSWER } from "../../src/admin/feed.ts";
import type { FeedRoute } from "../../src/admin/feedRoute.ts";
import type { Report } from "../../src/controller/report.ts";
import { readDecisionText } from "../../src/evaluator/explain/pastDecision.ts";
import type { RouteState } from "../../src/evaluator/model/state.ts";
import { NOW_MS, recorded, reportOf, shiftedRoute, WEB } from "./reports.ts";

interface Answer {
  readonly cursor: string;
  readonly more: boolean;
  readonly reset: boolean;
  readonly header: {
    readonly counts: Record<string, number>;
    readonly warnings: readonly string[];
    readonly role: string;
    readonly leader: string;
  };
  readonly decisions: readonly { readonly direction: string; readonly reasons: readonly { readonly text: string }[] }[] | null;
  readonly gone: readonly string[];
  readonly routes: readonly FeedRoute[];
}

/** A feed whose report the test replaces, with a clock that stands still. */
function feedOf(first: Report, past: ReturnType<typeof readDecisionText>[] = []) {
  let report = first;
  let clockMs = 0;
  const feed = new Feed({ report: () => report, past: () => past.filter((one) => one !== null), nowMs: () => clockMs, id: "me" });
  return {
    feed,
    ask: async (cursor: string | null = null): Promise<Answer> => JSON.parse(String((await feed.answer(cursor)).plain)),
    wait: (ms: number) => {
      clockMs += ms;
    },
    becomes: (next: Report) => {
      report = next;
      clockMs += 5_000;
    },
  };
}

const calm = (name: string, more: Partial<RouteState> = {}): RouteState =>
  shiftedRoute({ ...WEB, name }, { shifted: false, backends: new Map(), ...more });
const many = (count: number, make = calm) => Array.from({ length: count }, (_, i) => make(`route-${i}`));

describe("the feed", () => {
  it("has each route with its severity, and of those not at rest what happened and what is awaited", async () => {
    const { ask } = feedOf(reportOf([shiftedRoute(), calm("calm")], { decisions: [recorded(NOW_MS - 30_000)] }));
    const { routes, header, reset, more } = await ask();
    expect([reset, more, header.counts]).toEqual([true, false, { failing: 0, shifted: 1, returning: 0, attention: 0, healthy: 1 }]);
    const [web, other] = routes;
    expect(web).toMatchObject({
      key: "TrafficSplit/shop/web",
      severity: "shifted",
      lastShift: "2025-06-01T11:59:30.000Z",
      splits: [
        {
          backends: [
            { backend: "web", weight: 0, baseline: 100, phase: "out", seen: "unknown" },
            { backend: "east", weight: 100, success: 0.99 },
          ],
        },
      ],
    });
    expect(web?.why?.waits).toEqual([{ backend: "web", for: "recoverAfter", until: "2025-06-01T12:00:29.000Z" }]);
    expect(web?.why?.decision).toMatchObject({ direction: "failover", cause: "successRate" });
    expect(web?.why?.reasons.map(({ text }) => text)).toContain("removed because of successRate");
    expect([other?.severity, other?.why, other?.lastShift]).toEqual(["healthy", null, null]);
  });

  it("has only what has changed since a cursor, and what is gone", async () => {
    const { ask, becomes } = feedOf(reportOf(many(3)));
    const { cursor } = await ask();
    expect((await ask(cursor)).routes).toEqual([]);
    becomes(reportOf([calm("route-0"), calm("route-1", { frozen: true })]));
    const changed = await ask(cursor);
    expect([changed.reset, changed.routes.map(({ key }) => key), changed.gone]).toEqual([
      false,
      ["TrafficSplit/shop/route-1"],
      ["TrafficSplit/shop/route-2"],
    ]);
    expect((await ask(changed.cursor)).gone).toEqual([]);
    becomes(reportOf(many(3)));
    expect((await ask(changed.cursor)).routes.map(({ key }) => key)).toEqual(["TrafficSplit/shop/route-1", "TrafficSplit/shop/route-2"]);
  });

  it("begins anew for a cursor of another process, or one that it cannot read", async () => {
    const { ask } = feedOf(reportOf(many(2)));
    await ask();
    for (const cursor of ["other-1", "me-999999", "me-x", "", "me"]) {
      const { reset, routes } = await ask(cursor);
      expect([reset, routes.length]).toEqual([true, 2]);
    }
  });

  it("comes in parts, and misses nothing that changes meanwhile", async () => {
    const count = ROUTES_AN_ANSWER + 500;
    const { ask, becomes } = feedOf(reportOf(many(count)));
    const first = await ask();
    expect([first.more, first.routes.length]).toEqual([true, ROUTES_AN_ANSWER]);
    becomes(reportOf([calm("route-0", { frozen: true }), ...many(count).slice(1)]));
    const second = await ask(first.cursor);
    const known = new Map([...first.routes, ...second.routes].map((route) => [route.key, route]));
    expect([second.more, known.size, known.get("TrafficSplit/shop/route-0")?.frozen]).toEqual([false, count, true]);
  });

  it("renders each change once and each answer once, however many pages are open on 10 000 routes", async () => {
    const states = many(10_000);
    const { feed, ask, becomes } = feedOf(reportOf(states));
    const viewers = 20;
    let cursors = await Promise.all(Array.from({ length: viewers }, async () => (await ask()).cursor));
    expect(feed.counts).toEqual({ rendered: 10_000, bodies: 1 });
    while ((await ask(cursors[0])).more) cursors = await Promise.all(cursors.map(async (cursor) => (await ask(cursor)).cursor));
    cursors = await Promise.all(cursors.map(async (cursor) => (await ask(cursor)).cursor));
    const before = { ...feed.counts };
    expect(before.bodies).toBeLessThanOrEqual(10_000 / ROUTES_AN_ANSWER + 2);

    becomes(reportOf([calm("route-0", { frozen: true }), ...states.slice(1)]));
    const bodies = await Promise.all(cursors.map((cursor) => feed.answer(cursor)));
    expect(new Set(bodies).size).toBe(1);
    expect(feed.counts).toEqual({ rendered: before.rendered + 1, bodies: before.bodies + 1 });
    expect(bodies[0]?.plain.length).toBeLessThan(3_000);
  });

  it("renders nothing while no page is open", async () => {
    const { feed, becomes } = feedOf(reportOf(many(10)));
    becomes(reportOf(many(10)));
    expect(feed.counts).toEqual({ rendered: 0, bodies: 0 });
  });

  it("keeps nothing once no page is open, and begins anew for a page that comes back", async () => {
    const { feed, ask, wait } = feedOf(reportOf(many(10)));
    const { cursor } = await ask();
    wait(DROP_AFTER_MS - 1);
    feed.dropIfUnwatched();
    expect((await ask(cursor)).reset).toBe(false);
    wait(DROP_AFTER_MS);
    feed.dropIfUnwatched();
    const { reset, routes } = await ask(cursor);
    expect([reset, routes.length]).toEqual([true, 10]);
  });

  it("does not send a request rate again that has hardly changed, and does if it has", async () => {
    const at = (total: number, good = total) => {
      const east = shiftedRoute().backends.get("east");
      if (east === undefined) throw new Error("no east");
      const soft = [
        {
          signal: "successRate",
          cause: "successRate",
          opinion: "fit",
          interval: null,
          reasons: [],
          reading: { state: "value", good, total },
        } as const,
      ];
      return reportOf([calm("web", { backends: new Map([["east", { ...east, judgement: { ...east.judgement, soft } }]]) })]);
    };
    const { ask, becomes } = feedOf(at(1_000));
    const { cursor } = await ask();
    becomes(at(1_050));
    expect((await ask(cursor)).routes).toEqual([]);
    becomes(at(1_050, 1_000));
    expect((await ask(cursor)).routes[0]).toMatchObject({ success: 0.952, perSecond: 35 });
  });

  it("sends the reasons of a limited number of routes", async () => {
    const { ask } = feedOf(reportOf(many(EXPLAINED_ROUTES + 50, (name) => shiftedRoute({ ...WEB, name }))));
    expect((await ask()).routes.filter(({ why }) => why !== null)).toHaveLength(EXPLAINED_ROUTES);
  });

  it("has the decisions of an earlier process, from its Events", async () => {
    const note =
      "failover (successRate): web 100 → 0, east 0 → 100; web: successRate: 60.0 % of 100 requests in 30s good; upper bound 69.1 %, below failBelow 90%";
    const past = readDecisionText(WEB, NOW_MS - 60_000, note);
    const { ask } = feedOf(reportOf([shiftedRoute()]), [past]);
    const { decisions, routes, cursor } = await ask();
    expect(decisions?.map(({ direction, reasons }) => [direction, reasons[0]?.text])).toEqual([
      ["failover", "successRate: 60.0 % of 100 requests in 30s good; upper bound 69.1 %, below failBelow 90%"],
    ]);
    expect(routes[0]?.why?.decision?.after).toEqual({ web: 0, east: 100 });
    expect((await ask(cursor)).decisions).toBeNull();
  });

  it("has warnings about controller, Prometheus and clusters, and none without trouble", async () => {
    expect((await feedOf(reportOf([])).ask()).header.warnings).toEqual([]);
    const cluster = { name: "west", gateway: "dead", sinceMs: 0, known: "dead" } as const;
    const quiet = reportOf([]);
    const { header } = await feedOf(
      reportOf([], {
        cachesFilled: false,
        reload: { ok: false, atMs: 0 },
        observer: { ...quiet.observer, prometheusUp: false, leftOut: new Map([["flood", 7]]) },
        state: { ...quiet.state, clusters: { byName: new Map([["west", cluster]]), answer: null } },
      }),
    ).ask();
    for (const part of [
      "caches are not filled",
      "Prometheus does not answer",
      "rules file is invalid",
      "gateway of cluster west is dead",
      "namespace flood: 7 routes above the limit",
    ]) {
      expect(header.warnings.join("; ")).toContain(part);
    }
  });

  it("says who leads, whichever replica is asked", async () => {
    const heads = async (more: Partial<Report>) => {
      const { header } = await feedOf(reportOf([], { replica: "a", ...more })).ask();
      return [header.role, header.leader];
    };
    expect(await heads({ leader: true, leaderName: null })).toEqual(["leads", "a"]);
    expect(await heads({ leader: false, leaderName: "b" })).toEqual(["stands by", "b"]);
    expect(await heads({ leader: null, leaderName: null })).toEqual(["dry run", null]);
  });

  it("is compressed once for all viewers", async () => {
    const { feed } = feedOf(reportOf(many(100)));
    const { plain, gzipped } = await feed.answer(null);
    expect(gunzipSync(gzipped ?? Buffer.alloc(0)).equals(plain)).toBe(true);
  });
});
