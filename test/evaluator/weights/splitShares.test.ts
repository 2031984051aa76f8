import { describe, expect, it } from "vitest";
import type { Candidate } from "../../../src/evaluator/weights/candidate.ts";
import { splitTiers } from "../../../src/evaluator/weights/carriers.ts";
import { splitShares } from "../../../src/evaluator/weights/splitShares.ts";
import { candidate, out, percents, returning, ruleWith } from "./candidates.ts";

function load(members: readonly Candidate[], keys: Record<string, unknown> = {}) {
  const rule = ruleWith(keys);
  const { shares, ...others } = splitShares(members, splitTiers(members, null, rule.fallback.order), rule);
  return { ...others, shares: percents(shares) };
}

const web = (own: Partial<Candidate> = {}) => candidate("web", { baseline: 100, live: 100, ...own });
const STEPS = { return: { steps: ["10%", "50%"], every: "30s" } };

describe("the load of a split", () => {
  it("is the baseline while all of it serves", () => {
    const members = [candidate("web", { baseline: 60 }), candidate("east", { baseline: 20 }), candidate("west")];
    expect(load(members)).toEqual({ shares: { web: 75, east: 25 }, atBaseline: true, heldBy: null, spilled: null });
    expect(load([candidate("web", { baseline: 60, live: 0 }), candidate("west", { state: out() })]).atBaseline).toBe(true);
  });

  it("is shared by the rest of the baseline when one part of it is out", () => {
    const members = [web({ state: out() }), candidate("east", { baseline: 30 }), candidate("west", { baseline: 10 }), candidate("north")];
    expect(load(members)).toMatchObject({ shares: { east: 75, west: 25 }, atBaseline: false });
  });

  it("goes to the standbys together, or to the first one listed", () => {
    const members = [web({ state: out() }), candidate("east"), candidate("west")];
    expect(load(members).shares).toEqual({ east: 50, west: 50 });
    expect(load(members, { fallback: { order: "listed" } }).shares).toEqual({ east: 100 });
  });

  it("stays while nothing serves, and the brake says so", () => {
    expect(load([web({ state: out(), unfit: true }), candidate("east", { state: out() })])).toMatchObject({
      shares: { web: 100 },
      atBaseline: false,
      heldBy: "noneFit",
    });
  });
});

describe("a backend without load that serves", () => {
  it.each<[string, Partial<Candidate>]>([
    ["is unfit", { unfit: true }],
    ["may be dead", { doubt: "seenDead" }],
    ["was not seen yet", { doubt: "unseen" }],
  ])("gets nothing if it %s and another one serves", (_, own) => {
    const members = [web({ state: out() }), candidate("east", own), candidate("west")];
    expect(load(members).shares).toEqual({ west: 100 });
    expect(load([web({ state: out() }), candidate("east", own)]).shares).toEqual(own.doubt === "seenDead" ? { web: 100 } : { east: 100 });
    expect(load([web({ state: out() }), candidate("east", { ...own, live: 1 }), candidate("west")]).shares).toEqual({ east: 50, west: 50 });
  });
});

describe("a gateway that was dead at one tick", () => {
  const doubtful: Partial<Candidate> = { doubt: "seenDead" };

  it("leaves the weights as they are if it is that of every serving backend", () => {
    const members = [web({ live: 70, ...doubtful }), candidate("east", { baseline: 0, live: 30, ...doubtful })];
    expect(load(members)).toEqual({ shares: { web: 70, east: 30 }, atBaseline: false, heldBy: "warmUp", spilled: null });
    expect(load([web(doubtful), candidate("east", { state: out() })]).heldBy).toBe("warmUp");
  });

  it("leaves them as they are if nothing serves and it is that of a ready backend with load", () => {
    const carrier = web({ state: out(), ...doubtful });
    expect(load([carrier, candidate("east", { state: out() })]).heldBy).toBe("warmUp");
    expect(load([{ ...carrier, reachable: false }, candidate("east", { state: out() })]).heldBy).toBe("noneFit");
    expect(load([{ ...carrier, live: 0 }, candidate("east", { state: out(), live: 100 })]).heldBy).toBe("noneFit");
  });

  it("holds nothing while another backend surely serves", () => {
    expect(load([web(doubtful), candidate("east")])).toMatchObject({ heldBy: null, shares: { web: 100 } });
  });
});

describe("a step of a return", () => {
  it("is a part of what the backend carries when all serve", () => {
    expect(load([web({ state: returning(0), live: 0 }), candidate("east", { live: 100 })], STEPS)).toMatchObject({
      shares: { web: 10, east: 90 },
      atBaseline: false,
    });
    const half = [candidate("web", { baseline: 50, state: returning(1) }), candidate("east", { baseline: 50 }), candidate("west")];
    expect(load(half, STEPS).shares).toEqual({ web: 25, east: 75 });
  });

  it("of a standby is nothing, so the owner's weights apply", () => {
    expect(load([web(), candidate("east", { state: returning(0) })], STEPS)).toMatchObject({ shares: { web: 100 }, atBaseline: true });
  });

  it("is not made larger by doubt about another backend", () => {
    const members = [
      web({ state: out() }),
      candidate("east", { state: returning(0) }),
      candidate("west", { unfit: true }),
      candidate("north"),
    ];
    // Both standbys that serve and the one that returns would share the load.
    expect(load(members, STEPS).shares).toEqual({ east: 3.3333, north: 96.6667 });
  });
});

describe("standbyShare", () => {
  const warm = { fallback: { standbyShare: "10%" } };

  it("is divided among the standbys without load", () => {
    expect(load([web(), candidate("east"), candidate("west")], warm)).toMatchObject({
      shares: { web: 90, east: 5, west: 5 },
      atBaseline: false,
    });
    expect(load([web({ state: out() }), candidate("east"), candidate("west")], warm).shares).toEqual({ east: 50, west: 50 });
  });

  it("goes to a standby that returns, but not to one that is out", () => {
    const members = [web(), candidate("east", { state: returning(0) }), candidate("west", { state: out() })];
    expect(load(members, warm).shares).toEqual({ web: 90, east: 10 });
  });
});

describe("with spill", () => {
  const spill = { spill: { overprovisioning: 1.4 } };
  const endpoints = (ready: number, desired: number) => ({ capacity: { ready, desired } });

  it("the load goes to each tier by its ready endpoints, whatever the weights of one tier", () => {
    expect(load([web(endpoints(2, 4)), candidate("east", endpoints(4, 4))], spill)).toMatchObject({
      shares: { web: 70, east: 30 },
      atBaseline: false,
      spilled: [70, 30],
    });
    const two = [candidate("web", { baseline: 75, ...endpoints(1, 4) }), candidate("east", { baseline: 25, ...endpoints(1, 4) })];
    expect(load([...two, candidate("west", endpoints(4, 4))], spill).shares).toEqual({ web: 26.25, east: 8.75, west: 65 });
  });

  it("nothing spills while the first tier can carry all", () => {
    expect(load([web(endpoints(3, 4)), candidate("east", endpoints(4, 4))], spill)).toMatchObject({ spilled: null, atBaseline: true });
    expect(load([web(endpoints(4, 4)), candidate("east", { state: out(), ...endpoints(0, 4) })], spill)).toMatchObject({
      spilled: null,
      atBaseline: true,
    });
  });

  it("a tier whose serving backend cannot be counted carries all", () => {
    expect(load([web({ capacity: null }), candidate("east", endpoints(4, 4))], spill)).toMatchObject({ spilled: null, atBaseline: true });
  });

  it("endpoints of a backend that does not serve are missing in its tier", () => {
    const half = [
      candidate("web", { baseline: 50, state: out(), ...endpoints(0, 4) }),
      candidate("east", { baseline: 50, ...endpoints(4, 4) }),
    ];
    expect(load([...half, candidate("west", endpoints(8, 8))], spill).shares).toEqual({ east: 70, west: 30 });
  });
});
