import { routeText } from "../evaluator/explain/explain.ts";
import { parseRules } from "../rules/parseRules.ts";
import type { RuleSet } from "../rules/ruleSet.ts";
import { problemLine } from "../rules/rulesProblem.ts";
import { obey } from "./commands.ts";
import { type Expectation, factText, holds, insteadOf, readExpectation, readSeconds, routesOf, weightsText } from "./expectation.ts";
import { type Mistake, mistake } from "./mistake.ts";
import { Story, type StoryTick } from "./story.ts";
import { readStory, type StoryCommand, type StoryProblem } from "./storyText.ts";
import { tickLines } from "./tickLines.ts";

/** A story that lasts longer is a mistake: one week. */
const MAX_STORY_SECONDS = 604_800;

/** A command whose result is in the file. */
export interface Check {
  readonly line: number;
  readonly command: string;
  /** Its output is compared with that in the file; otherwise it is an expectation. */
  readonly isOutput: boolean;
  readonly passed: boolean;
  /** What the file says, and what is so: outputs, or facts that are not so and what is so instead. */
  readonly expected: readonly string[];
  readonly actual: readonly string[];
  /** Of an expectation that is not met: what happened in its time. */
  readonly happened: readonly string[];
}

export interface PlayedStory {
  readonly checks: readonly Check[];
  /** Lines that cannot be carried out. The commands after the first one were not played. */
  readonly problems: readonly StoryProblem[];
  /** How long the story lasted. */
  readonly seconds: number;
  /** What each command printed, by its line; no entry: it prints nothing. */
  readonly outputs: ReadonlyMap<number, readonly string[]>;
}

/** Plays a story against these rules; null: the built-in rule, until the story sets its own. Never throws. */
export function playStory(text: string, rules: RuleSet | null): PlayedStory {
  const { commands, problems } = readStory(text);
  if (problems.length > 0) return { checks: [], problems, seconds: 0, outputs: new Map() };
  const player = new Player(rules);
  const checks: Check[] = [];
  const outputs = new Map<number, readonly string[]>();
  for (const command of commands) {
    const done = player.perform(command);
    if ("sentence" in done) return { checks, problems: [{ line: command.line, ...done }], seconds: player.seconds, outputs };
    if ("checked" in done) checks.push({ line: command.line, command: command.text, isOutput: false, ...done.checked });
    if (done.printed !== null) outputs.set(command.line, done.printed);
    if (command.outputs !== null) checks.push(compare(command, command.outputs, done.printed ?? []));
  }
  const strangers = player.strangers();
  return { checks, problems: strangers, seconds: player.seconds, outputs };
}

function compare({ line, text }: StoryCommand, expected: readonly string[], actual: readonly string[]): Check {
  const passed = expected.length === actual.length && expected.every((output, i) => output === actual[i]);
  return { line, command: text, isOutput: true, passed, expected, actual, happened: [] };
}

/** What a command printed (null: it prints nothing), and whether its expectation is met. */
interface Done {
  readonly printed: readonly string[] | null;
  readonly checked?: Pick<Check, "passed" | "expected" | "actual" | "happened">;
}

const SILENT: Done = { printed: null };

class Player {
  readonly #story: Story;
  readonly #given: boolean;
  /** Services that were named, by the line where they were first. */
  readonly #named = new Map<string, number>();
  readonly #backends = new Set<string>();

  constructor(rules: RuleSet | null) {
    const builtIn = ownRules("");
    if ("sentence" in builtIn) throw new Error(builtIn.sentence);
    this.#story = new Story(rules ?? builtIn);
    this.#given = rules !== null;
  }

  get seconds(): number {
    return this.#story.nowMs / 1_000;
  }

  perform({ line, text, body }: StoryCommand): Done | Mistake {
    if (text === "rules") return this.#setRules(body);
    if (text === "explain") return { printed: [...this.#story.state.routes.values()].flatMap((route) => routeText(route).split("\n")) };
    const run = /^run (.+)$/.exec(text);
    if (run !== null) return this.#run(run[1] ?? "");
    if (/^expect\b/.test(text)) return this.#expect(text);
    return this.#obey(line, text);
  }

  /** Mistakes that only the whole story shows: Services that no route has as a backend. */
  strangers(): readonly StoryProblem[] {
    const unknown = [...this.#named].filter(([service]) => !this.#backends.has(service));
    const hint = `the backends are ${[...this.#backends].join(", ")}`;
    return unknown.map(([service, line]) => ({ line, ...mistake(`${service} is a backend of no route`, hint) }));
  }

  #obey(line: number, text: string): Done | Mistake {
    const wrong = obey(this.#story, text);
    if (wrong !== null) return wrong;
    const [, service] = /^([a-z][a-z0-9.-]*): /.exec(text) ?? [];
    if (service !== undefined && !this.#named.has(service)) this.#named.set(service, line);
    for (const { weights } of this.#story.splits.values()) for (const [backend] of weights) this.#backends.add(backend);
    return SILENT;
  }

  #setRules(body: readonly string[]): Done | Mistake {
    if (this.#given)
      return mistake(
        "this story sets rules of its own, so the rules file would not be tested",
        "take the rules out of the story, or leave out --rules",
      );
    const rules = ownRules(body.join("\n"));
    if ("sentence" in rules) return rules;
    this.#story.rules = rules;
    return SILENT;
  }

  #run(time: string): Done | Mistake {
    const seconds = readSeconds(time);
    if (typeof seconds !== "number") return seconds;
    const tooLong = this.#tooLong(seconds);
    if (tooLong !== null) return tooLong;
    const printed = [...pass(this.#story, seconds)].flatMap((tick) => tickLines(tick));
    if (printed.length === 0) printed.push("nothing to do");
    for (const split of this.#story.splits.values()) printed.push(`${split.name}: ${weightsText(split)}`);
    return { printed };
  }

  #expect(text: string): Done | Mistake {
    const expectation = readExpectation(text);
    if ("sentence" in expectation) return expectation;
    return this.#tooLong(expectation.seconds) ?? meet(this.#story, expectation);
  }

  #tooLong(seconds: number): Mistake | null {
    return this.seconds + seconds > MAX_STORY_SECONDS ? mistake("the story lasts longer than a week", "write several stories") : null;
  }
}

/** Lets time pass, with a tick at the start and one per interval. */
function* pass(story: Story, seconds: number): Generator<StoryTick> {
  yield story.tick();
  const startMs = story.nowMs;
  for (let second = 1; second <= seconds; second++) {
    story.passSecond();
    if ((story.nowMs - startMs) % story.intervalMs === 0) yield story.tick();
  }
}

/** Lets the time of an expectation pass, and tells whether it is met. */
function meet(story: Story, expectation: Expectation): Done | Mistake {
  const routes = routesOf(story, expectation);
  if ("sentence" in routes) return routes;
  const { facts, when, seconds } = expectation;
  const before = new Map(routes.map((split) => [split.uid, weightsText(split)]));
  const expected = facts.map(factText);
  const printed: string[] = [];
  const happened: string[] = [];
  const wrongNow = (): readonly string[] => {
    const wrong: string[] = [];
    for (const split of routes) {
      const state = story.state.routes.get(story.routeOf(split).key);
      const failing = facts.filter((fact) => !holds(fact, split, state, before.get(split.uid) ?? ""));
      const name = routes.length > 1 ? `${split.name}: ` : "";
      for (const fact of failing) wrong.push(name + insteadOf(fact, split, state));
    }
    return wrong;
  };
  let broken: readonly string[] = [];
  if (when !== "now") {
    for (const tick of pass(story, seconds)) {
      const lines = tickLines(tick);
      printed.push(...lines);
      if (broken.length === 0) happened.push(...lines);
      if (when === "for" && broken.length === 0) broken = wrongNow();
    }
  }
  const actual = when === "for" ? broken : wrongNow();
  return { printed, checked: { passed: actual.length === 0, expected, actual, happened: actual.length === 0 ? [] : happened } };
}

/** One rule named `default` with these keys. */
function ownRules(body: string): RuleSet | Mistake {
  const indented = body.split("\n").map((line) => `    ${line}`);
  const parsed = parseRules(["version: 1", "rules:", "  - name: default", ...indented].join("\n"), "rules");
  if (parsed.ok) return parsed.rules;
  const [first] = parsed.problems;
  return first === undefined ? mistake("the rules are not valid", "") : mistake(problemLine(first), first.hint);
}
