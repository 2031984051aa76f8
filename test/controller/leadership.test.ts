import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Leadership, type Release } from "../../src/controller/leadership.ts";
import { seededRandom } from "../world/seededRandom.ts";
import { LeaseServer, type Weather } from "./leaseServer.ts";

const LEASE_MS = 15_000;
const DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;
/** The longest time until the next read of the lease: the retry period with its jitter. */
const LATEST_READ_MS = RETRY_MS * 1.25;

const CALM: Weather = { thereMs: 5, backMs: 5 };
const HANG: Weather = { ...CALM, loses: "request" };
/** A request takes three seconds, there and back. */
const SLOW: Weather = { thereMs: 1_500, backMs: 1_500 };

let server: LeaseServer;
let candidates: Candidate[];

interface Candidate {
  readonly leadership: Leadership;
  readonly told: string[];
  readonly failures: string[];
  weather: () => Weather;
  /** As in a crash: nothing is sent or received any more. */
  dead: boolean;
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new LeaseServer();
  candidates = [];
});

afterEach(async () => {
  const stopped = Promise.all(candidates.map(({ leadership }) => leadership.stop()));
  await vi.advanceTimersByTimeAsync(60_000);
  await stopped;
  if (vi.getTimerCount() > 0) throw new Error("timers are left after stopping");
  vi.useRealTimers();
});

function candidate(identity: string, random: () => number = () => 0.5): Candidate {
  const own: { -readonly [K in keyof Candidate]: Candidate[K] } = {
    told: [],
    failures: [],
    weather: () => CALM,
    dead: false,
    leadership: new Leadership({
      kube: server.wire(() => (own.dead ? HANG : own.weather())),
      namespace: "linkerd",
      identity,
      onChange: (leader) => own.told.push(`${leader ? "leads" : "follows"} ${Math.round(performance.now() - beganMs)}`),
      onFailure: (error) => own.failures.push(error),
      random,
    }),
  };
  const beganMs = performance.now();
  candidates.push(own);
  return own;
}

async function wait(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** The time until a candidate leads, in milliseconds. */
async function untilLeading(who: Candidate, limitMs: number): Promise<number> {
  for (let ms = 0; ms <= limitMs; ms += 10) {
    if (who.leadership.isLeader()) return ms;
    await wait(10);
  }
  return Number.POSITIVE_INFINITY;
}

describe("a lone candidate", () => {
  it("creates the lease and leads", async () => {
    const a = candidate("a");
    expect(a.leadership.isLeader()).toBe(false);
    a.leadership.start();
    await wait(50);
    expect(a.leadership.isLeader()).toBe(true);
    expect(a.told).toEqual(["leads 20"]);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/) as string;
    expect(server.lease).toMatchObject({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "linkerd-failover", namespace: "linkerd" },
      spec: { holderIdentity: "a", leaseDurationSeconds: 15, leaseTransitions: 0, acquireTime: time, renewTime: time },
    });
  });

  it("renews every retry period, and stays the one that acquired it", async () => {
    const a = candidate("a");
    a.leadership.start();
    await wait(50);
    const { acquireTime, renewTime } = server.lease?.spec ?? {};
    await wait(60_000);
    expect(server.writes.length).toBeGreaterThan(25);
    expect(server.lease?.spec).toMatchObject({ acquireTime, leaseTransitions: 0 });
    expect(server.lease?.spec?.["renewTime"]).not.toBe(renewTime);
    expect(a.told).toHaveLength(1);
  });

  it("renews by one update, and reads only after another writer's change", async () => {
    const a = candidate("a");
    a.leadership.start();
    await wait(50);
    server.requests.length = 0;
    await wait(5 * RETRY_MS);
    expect(new Set(server.requests)).toEqual(new Set(["replace"]));
    server.edit({ leaseTransitions: 7 });
    server.requests.length = 0;
    await wait(RETRY_MS + 50);
    expect(server.requests.slice(0, 3)).toEqual(["replace", "get", "replace"]);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: "a", leaseTransitions: 7 });
    expect(a.told).toHaveLength(1);
  });

  it("takes its connection for broken if it gets no answer about its lease, also to a write", async () => {
    const a = candidate("a");
    a.leadership.start();
    await wait(5 * RETRY_MS);
    expect(server.requests).toContain("replace");
    expect(server.tellTales).toEqual(server.requests);
  });

  it("creates the lease again at once if someone deletes it", async () => {
    const a = candidate("a");
    a.leadership.start();
    await wait(50);
    server.lease = null;
    await wait(RETRY_MS + 50);
    expect(server.lease).toMatchObject({ spec: { holderIdentity: "a" } });
    expect(a.told).toHaveLength(1);
    expect(a.failures).toEqual([]);
  });

  it("keeps the metadata that others have written to the lease", async () => {
    server.lease = { metadata: { name: "linkerd-failover", namespace: "linkerd", labels: { team: "edge" } }, spec: { holderIdentity: "" } };
    candidate("a").leadership.start();
    await wait(50);
    expect(server.lease).toMatchObject({ metadata: { labels: { team: "edge" } }, spec: { holderIdentity: "a", leaseTransitions: 1 } });
    server.label({ team: "core" });
    await wait(3 * RETRY_MS);
    expect(server.lease).toMatchObject({ metadata: { labels: { team: "core" } }, spec: { holderIdentity: "a", leaseTransitions: 1 } });
  });

  it("waits for an API server that is down, and reports it", async () => {
    server.down = true;
    const a = candidate("a");
    a.leadership.start();
    await wait(30_000);
    expect(a.leadership.isLeader()).toBe(false);
    expect(a.failures.length).toBeGreaterThan(8);
    expect(a.failures[0]).toBe("Unavailable: down");
    server.down = false;
    expect(await untilLeading(a, LATEST_READ_MS + 100)).toBeLessThanOrEqual(LATEST_READ_MS + 50);
  });
});

describe("losing", () => {
  it("ends at the deadline by the local clock, even while requests hang", async () => {
    const a = candidate("a");
    a.leadership.start();
    await wait(1_000);
    const renewedMs = server.writes.at(-1)?.atMs ?? 0;
    a.weather = () => HANG;
    await wait(renewedMs + DEADLINE_MS - performance.now() - 50);
    expect(a.leadership.isLeader()).toBe(true);
    expect(a.told).toHaveLength(1);
    await wait(50);
    expect(a.leadership.isLeader()).toBe(false);
    expect(a.told).toHaveLength(2);
  });

  it("counts from the time at which the renewal was sent, not answered", async () => {
    const a = candidate("a");
    a.weather = () => ({ thereMs: 0, backMs: 2_000 });
    a.leadership.start();
    await wait(4_010);
    expect(a.leadership.isLeader()).toBe(true);
    a.weather = () => HANG;
    const createdMs = server.writes[0]?.atMs ?? 0;
    await wait(createdMs + DEADLINE_MS - performance.now() + 1);
    expect(server.writes).toHaveLength(1);
    expect(a.leadership.isLeader()).toBe(false);
  });

  it("leads again once the API server is back, without a transition", async () => {
    const a = candidate("a");
    a.leadership.start();
    await wait(1_000);
    server.down = true;
    await wait(20_000);
    expect(a.leadership.isLeader()).toBe(false);
    server.down = false;
    await wait(LATEST_READ_MS + 100);
    expect(a.leadership.isLeader()).toBe(true);
    expect(server.lease?.spec?.["leaseTransitions"]).toBe(0);
  });

  it("does not happen if the answer to one renewal is lost and the next one succeeds", async () => {
    const a = candidate("a");
    a.leadership.start();
    await wait(1_000);
    const lost = [CALM, { ...CALM, loses: "answer" as const }];
    a.weather = () => lost.shift() ?? CALM;
    await wait(60_000);
    expect(a.told).toHaveLength(1);
  });

  it("does not happen on an API server that takes 3 s a request", async () => {
    const a = candidate("a");
    a.weather = () => SLOW;
    a.leadership.start();
    await wait(6_010);
    expect(a.leadership.isLeader()).toBe(true);
    for (let s = 0; s < 300; s += 1) {
      await wait(1_000);
      expect(a.leadership.isLeader()).toBe(true);
    }
    expect(a.told).toHaveLength(1);
    expect(a.failures).toEqual([]);
  });

  it("happens at once if the lease has another holder", async () => {
    const a = candidate("a");
    a.leadership.start();
    await wait(1_000);
    server.edit({ holderIdentity: "b" });
    await wait(RETRY_MS);
    expect(a.leadership.isLeader()).toBe(false);
    expect(a.told).toHaveLength(2);
  });
});

describe("two candidates", () => {
  it("one leads, the first to create the lease; the other one waits", async () => {
    const [a, b] = [candidate("a"), candidate("b")];
    a.leadership.start();
    b.leadership.start();
    await wait(60_000);
    expect([a, b].filter((c) => c.leadership.isLeader())).toHaveLength(1);
    expect(a.told.length + b.told.length).toBe(1);
    expect(a.failures.concat(b.failures)).toEqual([]);
  });

  it("one takes over from a killed leader after the lease duration and one retry period", async () => {
    for (const random of [0, 0.5, 0.999]) {
      server = new LeaseServer();
      const [a, b] = [candidate("a"), candidate("b", () => random)];
      a.leadership.start();
      await wait(1_000);
      b.leadership.start();
      await wait(20_000);
      const leftMs = performance.now() - (server.writes.at(-1)?.atMs ?? 0);
      a.dead = true;
      const tookMs = leftMs + (await untilLeading(b, 60_000));
      expect(tookMs).toBeGreaterThanOrEqual(LEASE_MS);
      expect(tookMs).toBeLessThanOrEqual(LEASE_MS + LATEST_READ_MS + 100);
      expect(a.leadership.isLeader()).toBe(false);
      expect(server.lease?.spec?.["leaseTransitions"]).toBe(1);
    }
  });

  it("a lease that is new to a candidate blocks it for the full duration, whatever times the lease has", async () => {
    server.edit({ holderIdentity: "gone", leaseDurationSeconds: 15, renewTime: "2001-01-01T00:00:00.000000Z" });
    const a = candidate("a");
    a.leadership.start();
    await wait(LEASE_MS - 100);
    expect(a.leadership.isLeader()).toBe(false);
    expect(await untilLeading(a, 1_000)).toBeLessThan(200);
  });

  it("a longer duration in the lease counts, up to a limit", async () => {
    server.edit({ holderIdentity: "gone", leaseDurationSeconds: 40 });
    const a = candidate("a");
    a.leadership.start();
    await wait(39_000);
    expect(a.leadership.isLeader()).toBe(false);
    await wait(1_200);
    expect(a.leadership.isLeader()).toBe(true);
  });

  it("a duration of a million years does not block all candidates", async () => {
    server.edit({ holderIdentity: "gone", leaseDurationSeconds: 2_000_000_000 });
    const a = candidate("a");
    a.leadership.start();
    await wait(61_000);
    expect(a.leadership.isLeader()).toBe(true);
  });

  it("only one takes over if both try at the same moment", async () => {
    server.edit({ holderIdentity: "gone" });
    const [a, b] = [candidate("a"), candidate("b")];
    a.leadership.start();
    b.leadership.start();
    await wait(LEASE_MS + 1_000);
    expect([a, b].filter((c) => c.leadership.isLeader())).toHaveLength(1);
    expect(server.writes).toHaveLength(1);
  });
});

describe("stopping", () => {
  it("releases the lease, so that the next candidate leads at its next read", async () => {
    const [a, b] = [candidate("a"), candidate("b")];
    a.leadership.start();
    await wait(100);
    b.leadership.start();
    await wait(9_000);
    const stopped = a.leadership.stop();
    expect(a.leadership.isLeader()).toBe(false);
    expect(a.told).toHaveLength(2);
    await wait(100);
    expect(await stopped).toEqual({ lease: "released" });
    expect(server.lease?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
    expect(await untilLeading(b, 10_000)).toBeLessThanOrEqual(LATEST_READ_MS + 50);
  });

  it("does not change a lease that another replica holds", async () => {
    const [a, b] = [candidate("a"), candidate("b")];
    a.leadership.start();
    await wait(100);
    b.leadership.start();
    await wait(5_000);
    const writes = server.writes.filter((w) => w.holder !== "a").length;
    const stopped = b.leadership.stop();
    await wait(5_000);
    expect(await stopped).toEqual({ lease: "notHeld" });
    expect(server.writes.filter((w) => w.holder !== "a")).toHaveLength(writes);
    expect(a.leadership.isLeader()).toBe(true);
  });

  it("does not change a lease that another replica has taken over", async () => {
    const a = candidate("a");
    a.leadership.start();
    await wait(1_000);
    server.edit({ holderIdentity: "b" });
    const stopped = a.leadership.stop();
    await wait(5_000);
    expect(await stopped).toEqual({ lease: "notHeld" });
    expect(server.lease?.spec?.["holderIdentity"]).toBe("b");
  });

  it("releases a lease that it was just acquiring", async () => {
    const a = candidate("a");
    a.weather = () => ({ thereMs: 100, backMs: 1_000 });
    a.leadership.start();
    await wait(1_250);
    expect(server.lease?.spec?.["holderIdentity"]).toBe("a");
    a.weather = () => CALM;
    const stopped = a.leadership.stop();
    await wait(1_000);
    await stopped;
    expect(a.told).toEqual([]);
    expect(server.lease?.spec?.["holderIdentity"]).toBe("");
  });

  it("takes seconds, even if the API server is down", async () => {
    const a = candidate("a");
    a.leadership.start();
    await wait(3_000);
    a.weather = () => HANG;
    const done = vi.fn<(release: Release) => void>();
    void a.leadership.stop().then(done);
    await wait(2_100);
    expect(done).toHaveBeenCalledWith({ lease: "kept", why: expect.any(String) });
    await wait(20_000);
    expect(a.leadership.isLeader()).toBe(false);
  });
});

describe("with random delays and losses", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("two never lead at once, and mostly one leads (seed %i)", async (seed) => {
    const random = seededRandom(seed);
    const weather = (): Weather => {
      const loses = random() < 0.1 ? { loses: random() < 0.5 ? ("request" as const) : ("answer" as const) } : {};
      // Some requests arrive long after the client has abandoned them.
      const slow = random() < 0.1 ? 12_000 : 300;
      return { thereMs: random() * slow, backMs: random() * slow, ...loses };
    };
    const all = ["a", "b", "c"].map((name) => candidate(name, random));
    for (const c of all) c.weather = weather;
    for (const { leadership } of all) leadership.start();
    let led = 0;
    const STEP_MS = 50;
    const STEPS = 20_000;
    for (let i = 0; i < STEPS; i += 1) {
      if (random() < 0.000_5) {
        const unlucky = all[Math.floor(random() * all.length)];
        if (unlucky !== undefined) unlucky.dead = !unlucky.dead;
      }
      await wait(STEP_MS);
      const leaders = all.filter(({ leadership }) => leadership.isLeader()).length;
      if (leaders > 1) throw new Error(`${leaders} leaders after ${i * STEP_MS} ms, seed ${seed}`);
      led += leaders;
    }
    expect(led / STEPS).toBeGreaterThan(0.3);
    for (const c of all) Object.assign(c, { dead: false, weather: () => CALM });
  });
});
