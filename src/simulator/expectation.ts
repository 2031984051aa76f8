import { BRAKES } from "../evaluator/model/reason.ts";
import type { RouteState } from "../evaluator/model/state.ts";
import { PHASES } from "../routes/route.ts";
import { isSpelling, sameWeight, weightOf, weightOfAll } from "../routes/weight.ts";
import { parseDuration } from "../rules/duration.ts";
import { nearest } from "../rules/nearest.ts";
import { type Mistake, mistake } from "./mistake.ts";
import type { Story } from "./story.ts";
import type { StorySplit } from "./storyObject.ts";

/**
 * What a story expects:
 *
 *   expect: web 100, east 0               now
 *   expect within 30s: web 0, east 100    30 seconds pass, and at their end it is so
 *   expect for 10m: nothing moves         ten minutes pass, and at every tick it is so
 *   expect web within 30s: web out        of the route web, in a story with several
 *
 * Facts: `web 0`, `web at least 5`, `web at most 50`, `web out` (or serving, suspect, returning), `at its baseline`, `shifted`,
 * `held by BRAKE`, `not held`, `rule NAME`, `no rule`, `nothing moves`.
 */
export interface Expectation {
  readonly when: "now" | "within" | "for";
  readonly seconds: number;
  /** Null: the only route of the story; for `nothing moves`, all of them. */
  readonly route: string | null;
  readonly facts: readonly Fact[];
}

/** One thing that is expected. */
export type Fact =
  | { readonly kind: "weight"; readonly backend: string; readonly compare: "is" | "at least" | "at most"; readonly weight: number }
  | { readonly kind: "phase"; readonly backend: string; readonly phase: string }
  | { readonly kind: "shifted"; readonly shifted: boolean }
  | { readonly kind: "held"; readonly brake: string | null }
  | { readonly kind: "rule"; readonly rule: string | null }
  | { readonly kind: "still" };

const EXPECT = /^expect(?: (\S+))??(?: (within|for) (\S+))?: *(.+)$/;
const EXPECT_HINT = "write `expect within 30s: web 0, east 100`, `expect for 10m: nothing moves` or `expect: web out`";
const FACT_HINT =
  "a fact is `web 0`, `web at most 50`, `web out`, `at its baseline`, `shifted`, `held by BRAKE`, `not held`, `rule NAME` or `nothing moves`";

/** Reads an `expect` command, or the mistake in it. */
export function readExpectation(text: string): Expectation | Mistake {
  const match = EXPECT.exec(text);
  if (match === null) return mistake(`"${text}" is not an expectation`, EXPECT_HINT);
  const [, route = null, when = "now", time, written = ""] = match;
  const seconds = time === undefined ? 0 : readSeconds(time);
  if (typeof seconds !== "number") return seconds;
  const facts: Fact[] = [];
  for (const part of written.split(", ")) {
    const fact = readFact(part.trim());
    if ("sentence" in fact) return fact;
    if (fact.kind === "still" && when !== "for") return mistake("`nothing moves` needs a time", "write `expect for 10m: nothing moves`");
    facts.push(fact);
  }
  return { when: when as Expectation["when"], seconds, route, facts };
}

/** Reads how long time passes: whole seconds. */
export function readSeconds(text: string): number | Mistake {
  const read = parseDuration(text);
  if ("wrong" in read) return mistake(`the time ${read.wrong}`, read.hint);
  return read.value % 1_000 === 0 ? read.value / 1_000 : mistake(`${text} has a part of a second`, "a story passes in whole seconds");
}

function readFact(text: string): Fact | Mistake {
  if (text === "nothing moves") return { kind: "still" };
  if (text === "at its baseline" || text === "shifted") return { kind: "shifted", shifted: text === "shifted" };
  if (text === "not held") return { kind: "held", brake: null };
  if (text === "no rule") return { kind: "rule", rule: null };
  const rule = /^rule (.+)$/.exec(text);
  if (rule !== null) return { kind: "rule", rule: rule[1] ?? "" };
  const held = /^held by (\S+)$/.exec(text);
  if (held !== null) return readBrake(held[1] ?? "");
  const [, backend = "", limit = "is", value = ""] = /^(\S+)(?: (at least|at most))? (\S+)$/.exec(text) ?? [];
  if (/^\d+(\.\d+)?$/.test(value) && isSpelling(value)) return { kind: "weight", backend, compare: limit as "is", weight: weightOf(value) };
  if (limit === "is" && PHASES.some((phase) => phase === value)) return { kind: "phase", backend, phase: value };
  return mistake(`"${text}" cannot be expected`, FACT_HINT);
}

function readBrake(brake: string): Fact | Mistake {
  if (BRAKES.some((known) => known === brake)) return { kind: "held", brake };
  const meant = nearest(brake, BRAKES);
  return mistake(`there is no brake ${brake}`, meant === null ? `the brakes are ${BRAKES.join(", ")}` : `did you mean ${meant}?`);
}

/** The routes that an expectation concerns, or why it names none. */
export function routesOf(story: Story, { route, facts }: Expectation): readonly StorySplit[] | Mistake {
  const all = [...story.splits.values()];
  if (route !== null) {
    const named = story.splits.get(route);
    return named === undefined
      ? mistake(`there is no route ${route}`, `there is ${[...story.splits.keys()].join(", ")}`)
      : checked(named, facts);
  }
  const [only] = all;
  if (only === undefined) return mistake("there is no route yet", "`split web: web 100, east 0` adds one");
  if (facts.every(({ kind }) => kind === "still")) return all;
  if (all.length > 1) return mistake("it does not say of which route", `write \`expect ${only.name} within 30s: …\``);
  return checked(only, facts);
}

function checked(split: StorySplit, facts: readonly Fact[]): readonly StorySplit[] | Mistake {
  const backends = split.weights.map(([backend]) => backend);
  for (const fact of facts) {
    if (!("backend" in fact) || backends.includes(fact.backend)) continue;
    const meant = nearest(fact.backend, backends);
    return mistake(
      `${fact.backend} is no backend of ${split.name}`,
      meant === null ? `its backends are ${backends.join(", ")}` : `did you mean ${meant}?`,
    );
  }
  return [split];
}

/** Whether a fact is so. `before`: the weights when the expectation began. */
export function holds(fact: Fact, split: StorySplit, state: RouteState | undefined, before: string): boolean {
  switch (fact.kind) {
    case "weight":
      return compares(weightIn(split, fact.backend), fact.compare, fact.weight);
    case "phase":
      return state?.backends.get(fact.backend)?.state.phase === fact.phase;
    case "shifted":
      return state?.shifted === fact.shifted;
    case "held":
      return fact.brake === null ? state?.brakes.length === 0 : state?.brakes.some((brake) => brake === fact.brake) === true;
    case "rule":
      return state !== undefined && state.rule === fact.rule;
    case "still":
      return weightsText(split) === before;
  }
}

/** A fact as it is written. */
export function factText(fact: Fact): string {
  switch (fact.kind) {
    case "weight":
      return `${fact.backend} ${fact.compare === "is" ? "" : `${fact.compare} `}${fact.weight}`;
    case "phase":
      return `${fact.backend} ${fact.phase}`;
    case "shifted":
      return fact.shifted ? "shifted" : "at its baseline";
    case "held":
      return fact.brake === null ? "not held" : `held by ${fact.brake}`;
    case "rule":
      return fact.rule === null ? "no rule" : `rule ${fact.rule}`;
    case "still":
      return "nothing moves";
  }
}

/** What is so instead of a fact. */
export function insteadOf(fact: Fact, split: StorySplit, state: RouteState | undefined): string {
  switch (fact.kind) {
    case "weight":
      return `${fact.backend} ${weightIn(split, fact.backend)}`;
    case "phase":
      return `${fact.backend} ${state?.backends.get(fact.backend)?.state.phase ?? "not judged"}`;
    case "shifted":
      return state === undefined ? "not evaluated yet" : state.shifted ? "shifted" : "at its baseline";
    case "held": {
      const brakes = state?.brakes ?? [];
      return brakes.length === 0 ? "not held" : `held by ${brakes.join(", ")}`;
    }
    case "rule":
      return state === undefined ? "not evaluated yet" : state.rule === null ? "no rule" : `rule ${state.rule}`;
    case "still":
      return weightsText(split);
  }
}

/** The live weights of a route, as `web 100, east 0`. */
export function weightsText({ weights }: StorySplit): string {
  return weights.map(([backend, weight]) => `${backend} ${weight}`).join(", ");
}

function weightIn({ weights }: StorySplit, backend: string): number {
  return weightOfAll(weights.filter(([name]) => name === backend).map(([, spelling]) => spelling));
}

function compares(weight: number, compare: "is" | "at least" | "at most", wanted: number): boolean {
  if (compare === "is") return sameWeight(weight, wanted);
  return compare === "at least" ? weight >= wanted : weight <= wanted;
}
