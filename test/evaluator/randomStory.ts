/** Random stories: splits, rules and events drawn by fast-check, played with the simulator. */
import fc from "fast-check";
import type { Decision } from "../../src/evaluator/model/decision.ts";
import { DEFAULT_RULES } from "../../src/rules/defaultRules.ts";
import type { Rule, RuleSet } from "../../src/rules/ruleSet.ts";
import { ruleSchema } from "../../src/rules/rulesSchema.ts";
import { Story, type StoryTick } from "../../src/simulator/story.ts";
import { obey } from "../simulator/obey.ts";

export const TICKS = 50;
const NAMES = ["web", "east", "west", "north", "south"] as const;
const SPELLINGS = ["100", "0", "0", "1", "0.5", '"500m"', "60", "33.3", '"2"', '"1k"', "70000"] as const;

/** A command, and the tick before which it is carried out. */
export type StoryEvent = readonly [tick: number, text: string];

export interface Plot {
  readonly rules: RuleSet;
  /** As the commands of a transcript spell it: `web 100, east "500m"`. */
  readonly weights: string;
  readonly events: readonly StoryEvent[];
}

const service = fc.constantFrom(...NAMES);

/** Two to five backends in various spellings. The primary is `web`, and may have no weight. */
export const weights = fc
  .tuple(fc.integer({ min: 2, max: 5 }), fc.array(fc.constantFrom(...SPELLINGS), { minLength: 5, maxLength: 5 }))
  .map(([count, spellings]) =>
    NAMES.slice(0, count)
      .map((name, i) => `${name} ${spellings[i]}`)
      .join(", "),
  );

/** The same, but at least one backend has weight. */
export const nonZeroWeights = weights.filter((text) => / "?(0*[1-9]|0\.5)/.test(text));

export const ruleSet: fc.Arbitrary<RuleSet> = fc
  .record({
    failBelow: fc.constantFrom("50%", "90%", "95%"),
    recoverAbove: fc.constantFrom("95%", "98%"),
    window: fc.constantFrom("10s", "30s"),
    minRequests: fc.constantFrom(5, 20, 100),
    failAfter: fc.constantFrom("0s", "7s", "10s"),
    recoverAfter: fc.constantFrom("0s", "10s", "20s"),
    steps: fc.constantFrom([], ["5%", "25%", "50%"], ["1%"], ["10%", "90%"]),
    every: fc.constantFrom("5s", "10s"),
    factor: fc.constantFrom(1, 2),
    order: fc.constantFrom("together", "listed"),
    whenNoneFit: fc.constantFrom("readiness", "readiness", "hold"),
    latency: fc.constantFrom({}, {}, { latency: { under: "500ms", window: "10s", minRequests: 5 } }),
    unanswered: fc.constantFrom({}, {}, { unanswered: { window: "10s", minRequests: 5 } }),
    whenNoneReady: fc.constantFrom("hold", "hold", "standby"),
    readiness: fc.constantFrom({}, {}, { minReadyShare: "50%" }, { minReady: 2 }),
    spill: fc.constantFrom(null, null, {}),
  })
  .map(({ failBelow, recoverAbove, window, minRequests, steps, every, factor, order, latency, unanswered, readiness, ...others }) => {
    const rule = {
      name: "random",
      signals: { readiness, gateway: {}, successRate: { failBelow, recoverAbove, window, minRequests }, ...latency, ...unanswered },
      return: { steps, every },
      damping: { factor, max: "2m", forgetAfter: "10m" },
      fallback: { order },
      ...others,
    };
    return { rules: [ruleSchema.parse(rule)], brakes: DEFAULT_RULES.brakes };
  });

const tick = fc.nat(TICKS - 1);
const about = (...facts: readonly string[]) => fc.tuple(service, fc.constantFrom(...facts)).map(([name, fact]) => `${name}: ${fact}`);
const pin = fc.tuple(service, fc.boolean()).map(([name, on]) => `annotate web: failover.linkerd.io/pin${on ? `=${name}` : ""}`);
const tiers = fc
  .constantFrom("=west; east", "=web, east; north", "=east", "")
  .map((value) => `annotate web: failover.linkerd.io/tiers${value}`);

/** Every kind of event, by name, so that a property can choose its own. */
const EVENTS = {
  hard: about("0 of 2 ready", "1 of 2 ready", "2 ready", "no endpoints"),
  silent: fc.oneof(about("elsewhere", "readiness stale"), fc.constantFrom("gateway of two unprobed", "gateway of two unknown")),
  soft: about("40% good", "70% good", "95% good", "50% slow", "97% hung", "well", "dead", "5/s of its own"),
  gateway: fc.constantFrom("gateway of two alive", "gateway of two dead"),
  traffic: fc.constantFrom("traffic 0/s", "traffic 1/s", "traffic 40/s"),
  prometheus: fc.constantFrom("prometheus down", "prometheus up"),
  writes: fc.constantFrom("writes fail", "writes land"),
  restart: fc.constant("restart"),
  edit: weights.map((text) => `edit web: ${text}`),
  reapply: weights.map((text) => `reapply web: ${text}`),
  pin,
  tiers,
  freeze: fc.constantFrom("annotate web: failover.linkerd.io/freeze=true", "annotate web: failover.linkerd.io/freeze"),
} as const;
type EventName = keyof typeof EVENTS;

/** Up to twelve events of these kinds (of all kinds if none is named), at any ticks. */
export function events(...names: readonly EventName[]): fc.Arbitrary<readonly StoryEvent[]> {
  const kinds = (names.length > 0 ? names : (Object.keys(EVENTS) as EventName[])).map((name) => EVENTS[name] as fc.Arbitrary<string>);
  return fc.array(fc.tuple(tick, fc.oneof(...kinds)), { maxLength: 12 });
}

/** A plot with these kinds of events. */
export function plot(...names: readonly EventName[]): fc.Arbitrary<Plot> {
  return fc.record({ rules: ruleSet, weights, events: events(...names) });
}

/** A new story of one split with traffic, before its first tick. */
export function begin({ rules, weights: start }: Pick<Plot, "rules" | "weights">): Story {
  const story = new Story(rules);
  tell(story, `split web: ${start}`);
  // Two of them are mirrors of the same other cluster.
  tell(story, "west: mirrors a Service of two", "north: mirrors a Service of two");
  for (const name of NAMES) tell(story, `${name}: 2 ready`);
  tell(story, "traffic 40/s");
  return story;
}

export function tell(story: Story, ...commands: readonly string[]): void {
  for (const text of commands) obey(story, text);
}

/** Runs `ticks` ticks, the first one at once, and carries out the events before theirs. */
export function go(story: Story, ticks: number, events: readonly StoryEvent[] = []): readonly StoryTick[] {
  const told: StoryTick[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    for (const [at, text] of events) if (at === tick) tell(story, text);
    told.push(story.tick());
    for (let second = 0; second < story.intervalMs / 1_000; second++) story.passSecond();
  }
  return told;
}

/** Plays a plot to its end. */
export function play(plot: Plot): readonly StoryTick[] {
  return go(begin(plot), TICKS, plot.events);
}

export function decisionsOf(ticks: readonly StoryTick[]): readonly Decision[] {
  return ticks.flatMap(({ decisions }) => decisions);
}

/** Ends every fault, and removes the owner's pin and freeze. There are enough requests to prove every return, however small its share. */
export function healAll(story: Story): void {
  for (const name of NAMES) tell(story, `${name}: 2 ready, well`);
  tell(story, "traffic 4000000/s", "prometheus up", "writes land", "gateway of two alive");
  for (const key of ["pin", "freeze"]) tell(story, `annotate web: failover.linkerd.io/${key}`);
}

export function firstRule(rules: RuleSet): Rule {
  const rule = rules.rules[0];
  if (rule === undefined) throw new Error("a rule set is never empty");
  return rule;
}

/** The weights of the split in their current spelling. */
export function spelled(story: Story): string {
  const split = story.splits.get("web");
  return (split?.weights ?? []).map(([backend, spelling]) => `${backend} ${JSON.stringify(spelling)}`).join(", ");
}
