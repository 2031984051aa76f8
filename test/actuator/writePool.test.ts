import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Actuator } from "../../src/actuator/actuator.ts";
import { WritePool, type WritePoolOptions } from "../../src/actuator/writePool.ts";
import type { Decision, Outcome } from "../../src/evaluator/model/decision.ts";
import { decision, label, route } from "./decisions.ts";

const WRITTEN: Outcome = { outcome: "written", resourceVersion: "8" };

interface Started {
  readonly label: string;
  readonly signal: AbortSignal | undefined;
  end(outcome?: Outcome): Promise<void>;
}

/** A pool with writes that the test ends. */
function poolOf(options: { mayWrite?: () => boolean; atATime?: number } = {}) {
  const pauses: string[] = [];
  const started: Started[] = [];
  const outcomes: string[] = [];
  const actuator: Actuator = {
    write: (r, d, signal) =>
      new Promise<Outcome>((resolve) => {
        const end = async (outcome = WRITTEN): Promise<void> => {
          resolve(outcome);
          await settle();
        };
        started.push({ label: label({ route: r, decision: d }), signal, end });
      }),
  };
  const pool = new WritePool({
    actuator,
    mayWrite: options.mayWrite ?? (() => true),
    onOutcome: (write, outcome) => outcomes.push(`${label(write)}: ${outcome.outcome}`),
    onPause: (why) => pauses.push(why),
    ...(options.atATime === undefined ? {} : { pace: paceOf(options.atATime) }),
  });
  const take = async (...writes: [name: string, version: string, east: number][]): Promise<void> => {
    pool.take(
      writes.map(([name, version, east]) => ({ route: route(name, version), decision: decision(route(name, version), 100 - east, east) })),
      [],
    );
    await settle();
  };
  return { pool, started, outcomes, pauses, take, labels: () => started.map((s) => s.label) };
}

/** A fixed number of writes in flight. */
function paceOf(limit: number): NonNullable<WritePoolOptions["pace"]> {
  return { limit, answered: () => undefined, overloaded: () => undefined };
}

function planned(name: string, direction: Decision["direction"], cause: Decision["cause"]) {
  return { route: route(name), decision: { ...decision(route(name)), direction, cause } };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("concurrent writes", () => {
  it("are limited, and the others follow in their order", async () => {
    const { started, take, outcomes } = poolOf();
    await take(...Array.from({ length: 20 }, (_, i): [string, string, number] => [`r${i}`, "1", 100]));
    expect(started).toHaveLength(16);
    await started[3]?.end();
    expect(started.map((s) => s.label).at(-1)).toBe("TrafficSplit/shop/r16@1 east 100");
    for (let i = 0; i < 20; i += 1) await started[i]?.end();
    expect(outcomes).toHaveLength(20);
    expect(started).toHaveLength(20);
  });

  it("are never of the same route", async () => {
    const { started, take, labels } = poolOf();
    await take(["web", "1", 50]);
    await take(["web", "2", 100]);
    expect(labels()).toEqual(["TrafficSplit/shop/web@1 east 50"]);
    await started[0]?.end();
    expect(labels()).toEqual(["TrafficSplit/shop/web@1 east 50", "TrafficSplit/shop/web@2 east 100"]);
  });
});

describe("a waiting decision", () => {
  it("is replaced by a later one", async () => {
    const { started, take, labels } = poolOf({ atATime: 1 });
    await take(["first", "1", 100], ["web", "1", 50]);
    await take(["first", "1", 100], ["web", "1", 70]);
    await started[0]?.end();
    expect(labels()).toEqual(["TrafficSplit/shop/first@1 east 100", "TrafficSplit/shop/web@1 east 70"]);
  });

  it("is dropped if a later tick evaluates the route and does not decide, and waits on if it is not evaluated", async () => {
    const { pool, started, take, labels } = poolOf({ atATime: 1 });
    await take(["first", "1", 100], ["web", "1", 50], ["cart", "1", 50]);
    pool.take([], ["TrafficSplit/shop/web"]);
    await started[0]?.end();
    expect(labels()).toEqual(["TrafficSplit/shop/first@1 east 100", "TrafficSplit/shop/cart@1 east 50"]);
  });

  it("is dropped if this replica does not lead any more", async () => {
    const { pool, started, take, labels } = poolOf({ atATime: 1 });
    await take(["first", "1", 100], ["web", "1", 50]);
    pool.clear();
    await started[0]?.end();
    expect(labels()).toEqual(["TrafficSplit/shop/first@1 east 100"]);
  });

  it("is written before one that prevents less harm", async () => {
    const { pool, started, labels } = poolOf({ atATime: 1 });
    pool.take([planned("first", "return", "readiness")], []);
    await settle();
    pool.take(
      [
        planned("back", "return", "readiness"),
        planned("slow", "failover", "latency"),
        planned("pinned", "pin", "manual"),
        planned("dead", "failover", "gateway"),
        planned("gone", "failover", "readiness"),
      ],
      [],
    );
    for (let i = 0; i < 6; i += 1) await started[i]?.end();
    const names = labels().map((text) => /shop\/(\w+)@/.exec(text)?.[1]);
    expect(names).toEqual(["first", "dead", "gone", "pinned", "slow", "back"]);
  });

  it("is dropped if this replica no longer leads when it is to be written", async () => {
    let leads = true;
    const { started, take, labels, outcomes } = poolOf({ atATime: 1, mayWrite: () => leads });
    await take(["first", "1", 100], ["web", "1", 50]);
    leads = false;
    await started[0]?.end();
    expect(labels()).toHaveLength(1);
    expect(outcomes).toEqual(["TrafficSplit/shop/first@1 east 100: written"]);
    leads = true;
    await take(["web", "1", 50]);
    expect(labels().at(-1)).toBe("TrafficSplit/shop/web@1 east 50");
  });
});

describe("a server that has too many requests", () => {
  const REFUSED: Outcome = { outcome: "failed", error: "429 TooManyRequests: slow down", retryAfterMs: 3_000 };

  it("gets no write until the time that it says, and then those that it refused", async () => {
    const { started, take, outcomes, pauses } = poolOf();
    await take(["web", "1", 100]);
    await started[0]?.end(REFUSED);
    await take(["cart", "1", 100]);
    expect(pauses).toEqual(["429 TooManyRequests: slow down"]);
    await vi.advanceTimersByTimeAsync(2_999);
    expect(started).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(started.map((s) => s.label)).toEqual([
      "TrafficSplit/shop/web@1 east 100",
      "TrafficSplit/shop/web@1 east 100",
      "TrafficSplit/shop/cart@1 east 100",
    ]);
    // Nothing was decided about the write that it refused.
    expect(outcomes).toEqual([]);
  });

  it("gets the newer decision, if there is one by then", async () => {
    const { started, take, labels } = poolOf({ atATime: 1 });
    await take(["web", "1", 50]);
    await take(["web", "2", 70]);
    await started[0]?.end(REFUSED);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(labels()).toEqual(["TrafficSplit/shop/web@1 east 50", "TrafficSplit/shop/web@2 east 70"]);
  });
});

describe("a decision about an outdated version", () => {
  it("is not written, and one about the next version is", async () => {
    const { started, take, labels } = poolOf();
    await take(["web", "1", 100]);
    await take(["web", "1", 100]);
    await started[0]?.end();
    await take(["web", "1", 100]);
    expect(labels()).toHaveLength(1);
    await take(["web", "2", 100]);
    expect(labels().at(-1)).toBe("TrafficSplit/shop/web@2 east 100");
  });

  it.each<Outcome>([{ outcome: "conflict" }, { outcome: "failed", error: "500" }])(
    "is sent again after $outcome: nothing was written over it",
    async (outcome) => {
      const { started, take, labels } = poolOf();
      await take(["web", "1", 100]);
      await started[0]?.end(outcome);
      await take(["web", "1", 100]);
      expect(labels()).toHaveLength(2);
    },
  );
});

describe("stopping", () => {
  it("lets running writes finish, and starts no other", async () => {
    const { pool, started, take, outcomes } = poolOf({ atATime: 1 });
    await take(["first", "1", 100], ["web", "1", 50]);
    const stopped = vi.fn<() => void>();
    void pool.stop(2_000).then(stopped);
    await settle();
    expect(stopped).not.toHaveBeenCalled();
    await started[0]?.end();
    await settle();
    expect(stopped).toHaveBeenCalled();
    expect(outcomes).toEqual(["TrafficSplit/shop/first@1 east 100: written"]);
    await take(["web", "1", 50]);
    expect(started).toHaveLength(1);
  });

  it("abandons a write that takes too long", async () => {
    const { pool, started, take } = poolOf();
    await take(["web", "1", 100]);
    const stopped = vi.fn<() => void>();
    void pool.stop(2_000).then(stopped);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(started[0]?.signal?.aborted).toBe(false);
    expect(stopped).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(started[0]?.signal?.aborted).toBe(true);
    expect(stopped).toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
