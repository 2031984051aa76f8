import { describe, expect, it } from "vitest";
import type { Candidate } from "../../../src/evaluator/weights/candidate.ts";
import { noneServes } from "../../../src/evaluator/weights/noneServes.ts";
import { candidate, out, percents, returning, ruleWith, shows } from "./candidates.ts";

const TIERS = [["web"], ["east", "west"], ["north"]];
const HOLD = { whenNoneFit: "hold" };

/** Nothing serves: every backend is out unless it says otherwise. */
const away = (backend: string, own: Partial<Candidate> = {}) => candidate(backend, { state: out(), unfit: true, failed: true, ...own });

const load = (members: readonly Candidate[], keys: Record<string, unknown> = {}, tiers = TIERS) =>
  percents(noneServes(members, tiers, ruleWith(keys)));

describe("while nothing serves, the load", () => {
  it("stays with the backends that carry it, as they share it", () => {
    expect(load([away("web", { live: 60 }), away("east", { live: 40 }), away("west")])).toEqual({ web: 60, east: 40 });
  });

  it("leaves a carrier that another one significantly outdoes, whether or not that one has load", () => {
    const web = away("web", { live: 100, evidence: shows(100) });
    expect(load([web, away("east", { evidence: shows(600) })])).toEqual({ east: 100 });
    expect(load([{ ...web, live: 50 }, away("east", { live: 50, evidence: shows(600) })])).toEqual({ east: 100 });
  });

  it("stays with a carrier that does better or about as well", () => {
    const east = away("east", { evidence: shows(100) });
    expect(load([away("web", { live: 100, evidence: shows(600) }), east])).toEqual({ web: 100 });
    expect(load([away("web", { live: 100, evidence: shows(110) }), east])).toEqual({ web: 100 });
  });

  it("leaves a carrier that cannot be reached", () => {
    const dead = away("web", { live: 100, reachable: false });
    expect(load([dead, away("east")])).toEqual({ east: 100 });
    expect(load([dead, away("east", { live: 0 }), away("north")])).toEqual({ east: 100 });
  });

  it("leaves one whose gateway was seen dead", () => {
    expect(load([away("web", { live: 100, doubt: "seenDead" }), away("east")])).toEqual({ east: 100 });
  });

  it("stays as it is if none can be reached", () => {
    const dead = (backend: string, live: number) => away(backend, { live, reachable: false });
    expect(load([dead("web", 30), dead("east", 70)])).toEqual({ web: 30, east: 70 });
    expect(load([dead("web", 100), dead("east", 0)], { whenNoneReady: "hold" })).toEqual({ web: 100 });
  });

  it("goes to the first standby that may wake, if the rule says so and none can be reached", () => {
    const dead = (backend: string, own: Partial<Candidate> = {}) => away(backend, { reachable: false, ...own });
    const wake = { whenNoneReady: "standby" };
    const web = dead("web", { live: 100, baseline: 100 });
    expect(load([web, dead("east"), dead("west")], wake)).toEqual({ east: 100 });
    expect(load([dead("north"), web, dead("west")], wake)).toEqual({ west: 100 });
    // A backend that has baseline weight is no standby.
    expect(load([web, dead("east", { baseline: 1 }), dead("north")], wake)).toEqual({ north: 100 });
    expect(load([web, away("east", { live: 0 })], wake)).toEqual({ east: 100 });
    expect(load([away("web", { live: 100, baseline: 100 }), dead("east")], wake)).toEqual({ web: 100 });
  });
});

describe("the best of those that can be reached", () => {
  const dead = away("web", { live: 100, baseline: 100, reachable: false });

  it("is one that no other one outdoes", () => {
    expect(load([dead, away("east", { evidence: shows(100) }), away("north", { evidence: shows(600) })])).toEqual({ north: 100 });
  });

  it("is preferably one that is surely reachable", () => {
    expect(load([dead, away("east", { doubt: "unseen" }), away("north")])).toEqual({ north: 100 });
    expect(load([dead, away("east", { doubt: "unseen" })])).toEqual({ east: 100 });
  });

  it("is preferably one that metrics have not removed", () => {
    expect(load([dead, away("east"), away("north", { failed: false })])).toEqual({ north: 100 });
  });

  it("would rather do well than be sure, and be sure than never have failed", () => {
    const worse = away("east", { evidence: shows(100), failed: false });
    expect(load([dead, worse, away("north", { evidence: shows(600), doubt: "unseen" })])).toEqual({ north: 100 });
    expect(load([dead, away("east", { doubt: "unseen", failed: false }), away("north")])).toEqual({ north: 100 });
  });

  it("is of the first tier, by the baseline, or by equal parts without one", () => {
    expect(load([dead, away("north"), away("east", { baseline: 30 }), away("west", { baseline: 10 })])).toEqual({ east: 75, west: 25 });
    expect(load([dead, away("north"), away("east"), away("west")])).toEqual({ east: 50, west: 50 });
    // Tiers that name none of them leave it to the baseline.
    expect(load([dead, away("east", { baseline: 30 }), away("west", { baseline: 10 })], {}, [["web"]])).toEqual({ east: 75, west: 25 });
  });
});

describe("a backend that returns while nothing serves", () => {
  const steps = { return: { steps: ["10%", "50%"], every: "30s" } };
  const back = (backend: string, step: number, own: Partial<Candidate> = {}) =>
    away(backend, { state: returning(step), unfit: false, failed: false, ...own });

  it("gets its step of all the load, and the carrier keeps the rest", () => {
    expect(load([away("web", { live: 100 }), back("east", 0)], steps)).toEqual({ web: 90, east: 10 });
    expect(load([away("web", { live: 90 }), back("east", 1, { live: 10 })], steps)).toEqual({ web: 50, east: 50 });
    expect(load([away("web", { live: 100 }), back("east", 0)], { ...steps, ...HOLD })).toEqual({ web: 90, east: 10 });
  });

  it("shares the step with another one that returns", () => {
    expect(load([away("web", { live: 100 }), back("east", 0), back("west", 0)], steps)).toEqual({ web: 90, east: 5, west: 5 });
  });

  it("gets no step if its gateway was seen dead", () => {
    expect(load([away("web", { live: 100 }), back("east", 0, { doubt: "seenDead" })], steps)).toEqual({ web: 100 });
  });

  it("has its step at the least where all that carry are returning, and those with more than theirs keep the rest", () => {
    expect(load([back("web", 2, { live: 25 }), back("east", 0, { live: 75 })])).toEqual({ web: 50, east: 50 });
    expect(load([back("web", 1, { live: 10 }), back("east", 0, { live: 60 }), back("west", 0, { live: 30 })])).toEqual({
      web: 25,
      east: 50,
      west: 25,
    });
    // To give one of them its step may leave another one less than its own.
    expect(load([back("web", 2, { live: 5 }), back("east", 1, { live: 30 }), back("west", 0, { live: 65 })])).toEqual({
      web: 50,
      east: 25,
      west: 25,
    });
    const steps = { return: { steps: ["60%", "80%"], every: "30s" } };
    expect(load([back("web", 0, { live: 20 }), back("east", 0, { live: 80 })], steps)).toEqual({ web: 50, east: 50 });
  });

  it("keeps what it has if no other one carries", () => {
    expect(load([away("web"), back("east", 0, { live: 70 }), back("west", 0, { live: 30 })], steps)).toEqual({ east: 70, west: 30 });
    expect(load([away("web"), back("east", 0, { live: 100 })], { ...steps, ...HOLD })).toEqual({ east: 100 });
  });
});

describe("with `whenNoneFit: hold`", () => {
  it("the load stays even if another one does better", () => {
    const members = [away("web", { live: 100, evidence: shows(100) }), away("east", { evidence: shows(600) })];
    expect(load(members, HOLD)).toEqual({ web: 100 });
    expect(load(members)).toEqual({ east: 100 });
  });

  it("the load stays even on one that cannot be reached", () => {
    expect(load([away("web", { live: 100, reachable: false }), away("east")], HOLD)).toEqual({ web: 100 });
  });
});

describe("a relapsed backend that has only the step from which it relapsed", () => {
  const steps = { return: { steps: ["10%", "50%"], every: "30s" } };
  const relapsed = (backend: string, live: number, own: Partial<Candidate> = {}) => away(backend, { state: out(true), live, ...own });

  it("gives it back to the carriers", () => {
    expect(load([relapsed("web", 50), away("east", { live: 50 })], steps)).toEqual({ east: 100 });
    expect(load([relapsed("web", 10), away("east", { live: 60 }), away("west", { live: 30 })], steps)).toEqual({
      east: 66.6667,
      west: 33.3333,
    });
    expect(load([relapsed("web", 50), away("east", { live: 50 })], { ...steps, ...HOLD })).toEqual({ east: 100 });
  });

  it("may have a step that was rounded up", () => {
    expect(load([relapsed("web", 51), away("east", { live: 49 })], steps)).toEqual({ east: 100 });
  });

  it("keeps more than the largest step, which is no step", () => {
    expect(load([relapsed("web", 52), away("east", { live: 48 })], steps)).toEqual({ web: 52, east: 48 });
  });

  it("keeps weights that we did not write", () => {
    expect(load([relapsed("web", 50, { isOurs: false }), away("east", { live: 50 })], steps)).toEqual({ web: 50, east: 50 });
  });

  it("keeps it if it did not relapse from a step", () => {
    expect(load([away("web", { live: 50 }), away("east", { live: 50 })], steps)).toEqual({ web: 50, east: 50 });
  });

  it("keeps it if nobody else has the rest", () => {
    expect(load([relapsed("web", 50), relapsed("east", 50)], steps)).toEqual({ web: 50, east: 50 });
    const back = candidate("east", { state: returning(1), live: 50 });
    expect(load([relapsed("web", 50), back], steps)).toEqual({ web: 50, east: 50 });
  });
});
