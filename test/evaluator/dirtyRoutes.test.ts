import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Observation } from "../../src/evaluator/model/observation.ts";
import { type RouteState, routeStateOf, type State, withAllRoutes } from "../../src/evaluator/model/state.ts";
import { type Step, step } from "../../src/evaluator/step.ts";
import type { Story } from "../../src/simulator/story.ts";
import { begin, type Plot, plot, TICKS, tell } from "./randomStory.ts";

/** `PROPERTY_TIMES=25` draws 25 times as many stories. */
const TIMES = Number(process.env["PROPERTY_TIMES"] ?? 1);
const RUNS = 60;
const TIME_LIMIT_MS = TIMES * 60_000;
const INTERVAL_S = 5;

/** The `routeKey`s of the routes with other endpoints, or another object, than at the tick before. */
class Marks {
  #endpoints = new Map<string, string>();
  #objects = new Map<string, object>();

  of(story: Story, { routes, endpoints }: Observation): Observation["changed"] & object {
    const changed = new Map<string, (typeof routes)[number] | null>();
    for (const route of routes) {
      for (const { backends } of route.splits) {
        for (const { backend } of backends) {
          const service = `${route.namespace}/${backend}`;
          if (this.#endpoints.get(service) !== JSON.stringify(endpoints.get(service) ?? null)) changed.set(route.key, route);
        }
      }
      if (this.#objects.get(route.key) !== route) changed.set(route.key, route);
      this.#objects.set(route.key, route);
    }
    for (const key of this.#objects.keys()) {
      if (routes.some((route) => route.key === key)) continue;
      this.#objects.delete(key);
      changed.set(key, null);
    }
    const services = [...story.pods.keys(), ...story.uncounted.keys(), ...this.#endpoints.keys()];
    for (const service of services) this.#endpoints.set(service, JSON.stringify(endpoints.get(service) ?? null));
    return { routes: changed, onlyThese: false };
  }
}

/** Begins a story of three routes over the same Services: one that is eventful, and two that mostly rest. */
function beginThree(drawn: Plot): Story {
  const story = begin(drawn);
  tell(story, "split cart: web 100, east 0", "split users: west 1, south 1");
  return story;
}

/** Plays a plot; before each tick, and once between two, `tickOf` takes the state and what has changed. It returns the next state. */
function playDirty(drawn: Plot, tickOf: (story: Story, seen: Observation, changed: NonNullable<Observation["changed"]>) => State): void {
  const story = beginThree(drawn);
  const marks = new Marks();
  for (let tick = 0; tick < TICKS; tick++) {
    for (const [at, text] of drawn.events) if (at === tick) tell(story, text);
    const { changed, ...seen } = story.observe();
    const of = marks.of(story, seen);
    if (tick % 3 === 1 && story.state.metrics !== null && changed === undefined) {
      story.state = tickOf(story, { ...seen, metrics: story.state.metrics }, { ...of, onlyThese: true });
      const again = marks.of(story, seen);
      story.state = tickOf(story, seen, again);
    } else story.state = tickOf(story, seen, of);
    for (let second = 0; second < INTERVAL_S; second++) story.passSecond();
  }
}

function ofRoute({ decisions }: Step, key: string) {
  return decisions.filter(({ route }) => `${route.kind}/${route.namespace}/${route.name}` === key);
}

/** What concerns all routes together. */
function together({ brakes, clusters, due, lastMs, aheadMs }: State) {
  return { brakes, clusters, due, lastMs, aheadMs };
}

describe("a tick that evaluates only the routes that have changed", { timeout: TIME_LIMIT_MS }, () => {
  it("has the same decisions and the same states as one that evaluates all", () => {
    let evaluated = 0;
    let all = 0;
    const property = fc.property(plot(), (drawn) => {
      playDirty(drawn, (story, seen, changed) => {
        const before = story.state;
        if (changed.onlyThese) return step(before, { ...seen, changed }, story.rules, story.steadyMs).state;
        const dirty = step(before, { ...seen, changed }, story.rules, story.steadyMs);
        const whole = story.tick();
        expect(dirty.decisions).toEqual(whole.decisions);
        expect(dirty.state.routes).toEqual(whole.after.routes);
        expect(together(dirty.state)).toEqual(together(whole.after));
        evaluated += dirty.evaluated.size;
        all += seen.routes.length;
        return dirty.state;
      });
    });
    fc.assert(property, { numRuns: TIMES * RUNS });
    // Else the property says nothing.
    expect(evaluated).toBeLessThan(0.9 * all);
  });

  it("between two regular ticks, decides about these as if all were evaluated, and leaves out none that would change", () => {
    let left = 0;
    const property = fc.property(plot(), (drawn) => {
      playDirty(drawn, (story, seen, changed) => {
        const before = story.state;
        if (!changed.onlyThese) {
          story.tick();
          return story.state;
        }
        const dirty = step(before, { ...seen, changed }, story.rules, story.steadyMs);
        const whole = step(before, seen, story.rules, story.steadyMs);
        for (const { key } of seen.routes) {
          const expected = whole.state.routes.get(key);
          if (dirty.evaluated.has(key)) {
            expect(routeStateOf(dirty.state, key)).toEqual(expected);
            expect(ofRoute(dirty, key)).toEqual(ofRoute(whole, key));
          } else if (isResting(routeStateOf(before, key), story.steadyMs)) {
            left += 1;
            expect(routeStateOf(dirty.state, key)).toEqual(expected);
          }
        }
        expect(new Set(withAllRoutes(dirty.state).routes.keys())).toEqual(new Set(whole.state.routes.keys()));
        return dirty.state;
      });
    });
    fc.assert(property, { numRuns: TIMES * RUNS });
    expect(left).toBeGreaterThan(0);
  });
});

function isResting(route: RouteState | undefined, nowMs: number): boolean {
  return route !== undefined && route.trace.restsUntilMs > nowMs;
}
