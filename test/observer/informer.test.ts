import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KubeObject } from "../../src/kube/kubeApi.ts";
import { Informer, TRUST_LIMIT_MS } from "../../src/observer/informer.ts";
import { failure, listOf, ScriptedKube, thing } from "./scriptedKube.ts";

const FIRST = "/apis/g/v2/things";
const SECOND = "/apis/g/v1/things";

let kube: ScriptedKube;
let controller: AbortController;
let changes: string[];
let fromLists: string[];
let informer: Informer<string>;
let running: Promise<void>;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  kube = new ScriptedKube();
  controller = new AbortController();
  changes = [];
  fromLists = [];
});

afterEach(async () => {
  controller.abort();
  await running;
  const timers = vi.getTimerCount();
  vi.useRealTimers();
  if (timers !== 0) throw new Error(`${timers} timers are left`);
});

/** Projects an object to its label `keep`; ignores one without it. */
function begin(paths: readonly string[] = [FIRST], random = 0.999): void {
  informer = new Informer<string>({
    kube: kube.api,
    paths,
    project: (object: KubeObject) => object.metadata?.labels?.["keep"] ?? null,
    onChange: ({ key, before, now, deleted, fromList }) => {
      changes.push(`${key} ${before} -> ${now}${deleted ? " deleted" : ""}`);
      if (fromList) fromLists.push(key);
    },
    isSame: (cached, listed) => cached === listed,
    nowMs: () => Date.now(),
    random: () => random,
  });
  running = informer.run(controller.signal);
}

function kept(): string[] {
  return [...informer.values()];
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe("listing", () => {
  it("reads all pages, caches only projections and watches from the list's version", async () => {
    kube.lists = (_path, query) =>
      query["continue"] === undefined
        ? listOf("7", [thing("a", "1", { keep: "A" }), thing("x", "2")], "more")
        : listOf("7", [thing("b", "3", { keep: "B" })]);
    begin();
    await pass(0);
    expect(kube.gets.map(({ query }) => query)).toEqual([{ limit: 500 }, { limit: 500, continue: "more" }]);
    expect(kept()).toEqual(["A", "B"]);
    expect(changes).toEqual(["shop/a null -> A", "shop/b null -> B"]);
    expect(kube.watch).toMatchObject({ path: FIRST, query: { resourceVersion: "7", allowWatchBookmarks: true } });
    expect(informer.isSynced && informer.trusted).toBe(true);
  });

  it("tries a failed list again with growing waits, up to five seconds", async () => {
    kube.lists = () => failure(null, "Unreachable");
    begin();
    const tries: number[] = [];
    for (let second = 0; second < 200; second += 1) {
      const before = kube.gets.length;
      await pass(1000);
      if (kube.gets.length > before) tries.push(second);
    }
    expect(informer.isSynced).toBe(false);
    expect(tries.length).toBeGreaterThan(35);
    expect(tries.length).toBeLessThan(50);
    expect(tries.at(-1)! - tries.at(-2)!).toBe(5);
  });

  it("has the reason for a missing list until there is a list", async () => {
    kube.lists = () => failure(403, "Forbidden");
    begin();
    await pass(0);
    expect(informer.trouble).toBe("Forbidden: Forbidden");
    kube.lists = () => failure(404, "NotFound");
    await pass(1_000);
    expect([informer.trouble, informer.isAbsent]).toEqual([null, true]);
    kube.lists = () => failure(503, "Unavailable");
    await pass(60_000);
    expect(informer.trouble).toBe("Unavailable: Unavailable");
    kube.lists = () => listOf("1");
    await pass(30_000);
    expect(informer.trouble).toBeNull();
  });

  it("says of each change whether a list or the watch brought it", async () => {
    kube.lists = () => listOf("7", [thing("a", "1", { keep: "A" })]);
    begin();
    await pass(0);
    kube.watch.send("ADDED", thing("b", "8", { keep: "B" }));
    kube.watch.send("DELETED", thing("a", "9", { keep: "A" }));
    expect(fromLists).toEqual(["shop/a"]);
  });

  it("starts again if a page is too old", async () => {
    let expired = true;
    kube.lists = (_path, query) => {
      if (query["continue"] === undefined) return listOf("7", [thing("a", "1", { keep: "A" })], "more");
      if (expired) {
        expired = false;
        return failure(410, "Expired");
      }
      return listOf("7");
    };
    begin();
    await pass(600);
    expect(kept()).toEqual(["A"]);
    expect(kube.gets).toHaveLength(4);
  });

  it("replaces its cache: what was deleted or is ignored now is removed", async () => {
    let items = [thing("a", "1", { keep: "A" }), thing("b", "2", { keep: "B" }), thing("c", "3", { keep: "C" })];
    kube.lists = () => listOf("7", items);
    begin();
    await pass(0);
    items = [thing("b", "8", { keep: "B2" }), thing("c", "9")];
    kube.watch.send("ERROR", { code: 410 });
    changes.length = 0;
    await pass(2000);
    expect(changes).toEqual(["shop/b B -> B2", "shop/a A -> null deleted", "shop/c C -> null"]);
    expect(kept()).toEqual(["B2"]);
  });

  it("tells nothing of what a later list says again", async () => {
    let items = [thing("a", "1", { keep: "A" }), thing("b", "2", { keep: "B" })];
    kube.lists = () => listOf("7", items);
    begin();
    await pass(0);
    items = [thing("a", "1", { keep: "A" }), thing("b", "9", { keep: "B2" })];
    kube.watch.send("ERROR", { code: 410 });
    changes.length = 0;
    await pass(2000);
    expect(changes).toEqual(["shop/b B -> B2"]);
  });

  it("caches a long first list little by little, and is synced when all of it is there", async () => {
    const names = Array.from({ length: 2_000 }, (_, i) => `t${i}`);
    kube.lists = () =>
      listOf(
        "7",
        names.map((name) => thing(name, "1", { keep: name })),
      );
    begin();
    while (kept().length === 0) await turn();
    expect(kept().length).toBeLessThan(names.length);
    expect(informer.isSynced).toBe(false);
    while (!informer.isSynced) await turn();
    expect(kept()).toEqual(names);
  });

  it("adds the kind to the items of a typed list", async () => {
    const seen: KubeObject[] = [];
    kube.lists = () => ({
      ok: true,
      value: { apiVersion: "v1", kind: "ThingList", metadata: { resourceVersion: "1" }, items: [{ metadata: {} }] },
    });
    begin();
    informer = new Informer<string>({
      kube: kube.api,
      paths: [FIRST],
      project: (object) => (seen.push(object), null),
      onChange: () => {},
      nowMs: () => Date.now(),
      random: () => 0,
    });
    running = Promise.all([running, informer.run(controller.signal)]).then(() => {});
    await pass(0);
    expect(seen).toEqual([{ apiVersion: "v1", kind: "Thing", metadata: {} }]);
  });
});

describe("a resource that the server does not know", () => {
  it("is absent, counts as synced and is checked again every minute", async () => {
    kube.lists = () => failure(404, "NotFound");
    begin();
    await pass(0);
    expect({ synced: informer.isSynced, absent: informer.isAbsent, trusted: informer.trusted }).toEqual({
      synced: true,
      absent: true,
      trusted: false,
    });
    await pass(59_000);
    expect(kube.gets).toHaveLength(1);
    kube.lists = () => listOf("1", [thing("a", "1", { keep: "A" })]);
    await pass(1_100);
    expect(informer.isAbsent).toBe(false);
    expect(kept()).toEqual(["A"]);
    expect(kube.watches).toHaveLength(1);
  });

  it("may be served in an older version", async () => {
    kube.lists = (path) => (path === FIRST ? failure(404) : listOf("1", [thing("a", "1", { keep: "A" })]));
    begin([FIRST, SECOND]);
    await pass(0);
    expect(kube.watch.path).toBe(SECOND);
    expect(kept()).toEqual(["A"]);
  });

  it("has no objects any more", async () => {
    kube.lists = () => listOf("1", [thing("a", "1", { keep: "A" })]);
    begin();
    await pass(0);
    kube.lists = () => failure(404);
    kube.watch.end({ end: "failed", failure: failure(404) });
    await pass(1000);
    expect(kept()).toEqual([]);
    expect(informer.isAbsent).toBe(true);
  });
});

describe("watching", () => {
  beforeEach(async () => {
    kube.lists = () => listOf("7", [thing("a", "1", { keep: "A" })]);
    begin();
    await pass(0);
    changes.length = 0;
  });

  it("follows additions, changes, deletions and objects that are ignored from now on", async () => {
    kube.watch.send("ADDED", thing("b", "8", { keep: "B" }));
    kube.watch.send("MODIFIED", thing("b", "9", { keep: "B2" }));
    kube.watch.send("MODIFIED", thing("b", "10"));
    kube.watch.send("MODIFIED", thing("c", "11"));
    kube.watch.send("DELETED", thing("c", "12"));
    kube.watch.send("DELETED", thing("a", "13", { keep: "A" }));
    expect(changes).toEqual(["shop/b null -> B", "shop/b B -> B2", "shop/b B2 -> null", "shop/a A -> null deleted"]);
    expect(kept()).toEqual([]);
  });

  it("caches the answer to a write, and ignores the version that it replaced", () => {
    informer.noteWritten(thing("a", "8", { keep: "A2" }), "3", (known) => known === "A");
    informer.noteWritten(thing("a", "9", { keep: "A3" }), "8", (known) => known === "A");
    informer.noteWritten(thing("unknown", "9", { keep: "U" }), "7", () => true);
    expect(changes).toEqual(["shop/a A -> A2"]);
    informer.noteWritten(thing("a", "9", { keep: "A3" }), "8", (known) => known === "A2");
    kube.watch.send("MODIFIED", thing("a", "8", { keep: "A2" }));
    expect(kept()).toEqual(["A3"]);
    kube.watch.send("MODIFIED", thing("a", "9", { keep: "A3" }));
    kube.watch.send("MODIFIED", thing("a", "10", { keep: "A4" }));
    expect(kept()).toEqual(["A4"]);
  });

  it("continues from the last version, including that of a bookmark", async () => {
    kube.watch.send("ADDED", thing("b", "8", { keep: "B" }));
    kube.watch.send("BOOKMARK", { metadata: { resourceVersion: "20" } });
    await pass(45_000);
    kube.watch.end({ end: "closed" });
    await pass(0);
    expect(kube.watch.query["resourceVersion"]).toBe("20");
    expect(kube.gets).toHaveLength(1);
    expect(informer.restarts).toBe(0);
  });

  it("limits a watch so that silence is noticed within a minute", () => {
    const { query, inactivityLimitMs } = kube.watch;
    expect(Number(query["timeoutSeconds"]) * 1000).toBeLessThan(inactivityLimitMs);
    expect(inactivityLimitMs).toBeLessThan(60_000);
  });

  it.each([
    ["silent", { end: "silent" }],
    ["cut", { end: "failed", failure: failure(null, "Unreadable") }],
    ["refused", { end: "failed", failure: failure(429, "TooManyRequests") }],
  ] as const)("watches again from the same version after a watch was %s", async (_name, end) => {
    kube.watch.send("ADDED", thing("b", "8", { keep: "B" }));
    kube.watch.end(end);
    await pass(0);
    expect(kube.watches).toHaveLength(1);
    await pass(600);
    expect(kube.watches).toHaveLength(2);
    expect(kube.watch.query["resourceVersion"]).toBe("8");
    expect(kube.gets).toHaveLength(1);
    expect(informer.restarts).toBe(1);
  });

  it.each([
    ["an ERROR event", (): void => kube.watch.send("ERROR", { kind: "Status", code: 500 })],
    ["410 at once", (): void => kube.watch.end({ end: "failed", failure: failure(410, "Expired") })],
  ])("lists again after %s", async (_name, fail) => {
    fail();
    await pass(2000);
    expect(kube.gets).toHaveLength(2);
    expect(kube.watches).toHaveLength(2);
    expect(informer.restarts).toBe(1);
  });

  it("lists soon after 410, even after a long outage", async () => {
    for (let failed = 0; failed < 6; failed += 1) {
      kube.watch.end({ end: "failed", failure: failure(null, "Unreachable") });
      await pass(5_000);
    }
    expect(kube.gets).toHaveLength(1);
    kube.watch.end({ end: "failed", failure: failure(410, "Expired") });
    await pass(600);
    expect(kube.gets).toHaveLength(2);
  });

  it("lists with growing waits if every watch gets 410", async () => {
    let ended = 0;
    for (let ms = 0; ms < 60_000; ms += 100) {
      if (kube.watches.length > ended) {
        ended = kube.watches.length;
        kube.watch.end({ end: "failed", failure: failure(410, "Expired") });
      }
      await pass(100);
    }
    expect(kube.gets.length).toBeGreaterThan(8);
    expect(kube.gets.length).toBeLessThan(20);
  });

  it("ignores further events of a watch that sent ERROR", async () => {
    const broken = kube.watch;
    broken.send("ERROR", { code: 410 });
    broken.send("DELETED", thing("a", "9"));
    expect(kept()).toEqual(["A"]);
  });

  it("backs off from a watch that always ends at once, even with a regular close", async () => {
    let ended = 0;
    for (let ms = 0; ms < 60_000; ms += 100) {
      if (kube.watches.length > ended) {
        ended = kube.watches.length;
        kube.watch.end({ end: "closed" });
      }
      await pass(100);
    }
    expect(ended).toBeGreaterThan(10);
    expect(ended).toBeLessThan(20);
  });

  it("starts again with a short delay after a healthy watch", async () => {
    for (let i = 0; i < 6; i += 1) {
      kube.watch.end({ end: "silent" });
      await pass(40_000);
    }
    kube.watch.send("ADDED", thing("b", "8", { keep: "B" }));
    kube.watch.end({ end: "silent" });
    const watches = kube.watches.length;
    await pass(600);
    expect(kube.watches).toHaveLength(watches + 1);
  });

  it("is trusted for a limited time after the last message of the server, and again after a list", async () => {
    const resume = kube.lists;
    kube.lists = () => failure(null);
    await pass(TRUST_LIMIT_MS);
    expect(informer.trusted).toBe(true);
    await pass(1);
    expect(informer.trusted).toBe(false);
    kube.watch.end({ end: "silent" });
    await pass(10_000);
    expect(informer.trusted).toBe(false);
    kube.lists = resume;
    await pass(40_000);
    expect(informer.trusted).toBe(true);
  });

  it("limits a watch that starts late so that it ends before the cache is no longer trusted", async () => {
    await pass(TRUST_LIMIT_MS - 21_000);
    kube.watch.end({ end: "silent" });
    await pass(1_000);
    expect(Number(kube.watch.query["timeoutSeconds"])).toBe(15);
    await pass(15_000);
    kube.watch.end({ end: "closed" });
    await pass(0);
    expect(informer.trusted).toBe(true);
    await pass(TRUST_LIMIT_MS - 10_000);
    expect(informer.trusted).toBe(true);
  });

  it("stops at once while watching, and while waiting", async () => {
    kube.watch.end({ end: "silent" });
    await pass(0);
    controller.abort();
    await running;
    expect(vi.getTimerCount()).toBe(0);
    await pass(60_000);
    expect(kube.watches).toHaveLength(1);
  });
});
