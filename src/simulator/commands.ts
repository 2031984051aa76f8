import type { Spelling } from "../routes/route.ts";
import { NO_PODS, scale } from "./pods.ts";
import { STORY_NAMESPACE, type Story, type StorySplit } from "./story.ts";
import { type Behaviour, WELL } from "./traffic.ts";

export interface Command {
  readonly text: string;
  readonly body: string;
}

type Handler = (story: Story, args: readonly string[], body: string) => readonly string[];

/**
 * The commands of a transcript, besides `rules`, `run` and `explain`:
 *
 *   split web: web 100, east 0          a TrafficSplit with the apex `web` (or `split web over apex: …`)
 *   web: 2 ready | 0 of 2 ready | no endpoints | elsewhere | readiness stale
 *                                       pods that are not ready are missing if they have been ready before; others were just added
 *   web: 40% good | 60% slow | 95% hung | dead | well | 10/s of its own
 *   east: mirrors a Service of cluster-2 · gateway of cluster-2 alive | dead | unprobed | unknown
 *   query queue: web 1500, east 3       the answer to an operator's query
 *   prometheus sees nothing of web, api · prometheus sees all
 *   traffic 40/s · traffic 40/s from 40 clients     client-1, client-2, …; all of them equal
 *   client poison sends 10/s, 100% fail             beside the equal ones, or instead of one of them
 *   clients client-1, client-2 send 1/s, 100% fail · client poison stops
 *   prometheus down · prometheus up · writes fail · writes land · interval 5s · restart
 *   clock goes back 10m · clock goes ahead 10m    the wall clock of the controller; its waits go on by another one
 *   edit web: web 70, east 30           the owner changes the weights, with the field manager kubectl
 *   reapply web: web 100, east 0        the same with the field manager argocd
 *   annotate web: KEY=VALUE · annotate web: KEY · remove web
 */
const COMMANDS: readonly (readonly [pattern: RegExp, handler: Handler])[] = [
  [/^split (\S+?)(?: over (\S+))?: (.+)$/, (story, [name = "", apex, weights = ""]) => addSplit(story, name, apex || name, weights)],
  [/^remove (\S+)$/, (story, [name = ""]) => done(story.splits.delete(name))],
  [/^edit (\S+): (.+)$/, (story, [name = "", weights = ""]) => edit(story, name, weights, "kubectl")],
  [/^reapply (\S+): (.+)$/, (story, [name = "", weights = ""]) => edit(story, name, weights, "argocd")],
  [/^annotate (\S+): ([^=]+?)(?:=(.*))?$/, (story, [name = "", key = "", value]) => annotate(story, name, key, value)],
  [/^traffic (\d+)\/s(?: from (\d+) clients)?$/, (story, [rate, clients]) => setTraffic(story, Number(rate), clients)],
  [
    /^clients? (.+?) sends? (\d+)\/s, (\d+)% fail$/,
    (story, [names = "", rate, fails]) => setClients(story, names, Number(rate), Number(fails)),
  ],
  [/^client (\S+) stops$/, (story, [name = ""]) => done(story.namedClients.delete(name))],
  [/^interval (\d+)s$/, (story, [seconds]) => setTickInterval(story, Number(seconds) * 1_000)],
  [/^prometheus (up|down)$/, (story, [state]) => done((story.prometheusUp = state === "up"))],
  [/^prometheus sees nothing of (.+)$/, (story, [splits = ""]) => done(splits.split(", ").forEach((name) => hide(story, name)))],
  [/^prometheus sees all$/, (story) => done(story.unseen.clear())],
  [/^writes (land|fail)$/, (story, [state]) => done((story.writesLand = state === "land"))],
  [/^gateway of (\S+) (alive|dead|unprobed|unknown)$/, (story, [cluster = "", state = ""]) => setGateway(story, cluster, state)],
  [/^query (\S+): (.+)$/, (story, [name = "", values = ""]) => setValues(story, name, values)],
  [/^clock goes back (\d+)m$/, (story, [minutes]) => done((story.clockOffsetMs -= Number(minutes) * 60_000))],
  [/^clock goes ahead (\d+)m$/, (story, [minutes]) => done((story.clockOffsetMs += Number(minutes) * 60_000))],
  [/^restart$/, (story) => done(story.restart())],
  [
    /^([a-z][a-z0-9.-]*): (.+)$/,
    (story, [service = "", facts = ""]) => done(facts.split(", ").forEach((fact) => setFact(story, service, fact))),
  ],
];

/** Runs a command that changes the story. Throws if it is unknown, because a transcript is code. */
export function obey(story: Story, { text, body }: Command): readonly string[] {
  for (const [pattern, handler] of COMMANDS) {
    const match = pattern.exec(text);
    if (match !== null) return handler(story, match.slice(1), body);
  }
  throw new Error(`not a command: ${text}`);
}

function addSplit(story: Story, name: string, apex: string, weights: string): readonly string[] {
  story.made += 1;
  story.splits.set(name, {
    uid: `${name}-${story.made}`,
    name,
    apex,
    weights: readWeights(weights),
    annotations: {},
    version: 1,
    manager: "kubectl",
  });
  for (const [backend] of readWeights(weights)) {
    const key = keyOf(backend);
    if (!story.pods.has(key) && !story.uncounted.has(key)) setPods(story, key, 1, 1);
  }
  return [];
}

function edit(story: Story, name: string, weights: string, manager: string): readonly string[] {
  return change(story, name, (split) => {
    split.weights = readWeights(weights);
    split.manager = manager;
  });
}

function annotate(story: Story, name: string, key: string, value: string | undefined): readonly string[] {
  return change(story, name, (split) => {
    const { [key]: _, ...others } = split.annotations;
    split.annotations = value === undefined ? others : { ...others, [key]: value };
  });
}

function change(story: Story, name: string, how: (split: StorySplit) => void): readonly string[] {
  const split = story.splits.get(name);
  if (split === undefined) throw new Error(`there is no split ${name}`);
  how(split);
  split.version += 1;
  return [];
}

function setTickInterval(story: Story, intervalMs: number): readonly string[] {
  story.intervalMs = intervalMs;
  story.restart();
  return [];
}

function setTraffic(story: Story, rate: number, clients: string | undefined): readonly string[] {
  story.rate = rate;
  if (clients !== undefined) story.clients = Number(clients);
  return [];
}

function setClients(story: Story, names: string, rate: number, percent: number): readonly string[] {
  for (const name of names.split(", ")) story.namedClients.set(name, { name, rate, fails: percent / 100 });
  return [];
}

const WELL_AGAIN: Partial<Behaviour> = { good: 1, unreachable: false, slow: 0, hung: 0 };

const FACTS: readonly (readonly [RegExp, (story: Story, key: string, args: readonly string[]) => void])[] = [
  [/^(\d+) ready$/, (story, key, [ready]) => setPods(story, key, Number(ready), Number(ready))],
  [/^(\d+) of (\d+) ready$/, (story, key, [ready, all]) => setPods(story, key, Number(ready), Number(all))],
  [/^no endpoints$/, (story, key) => (story.pods.delete(key), story.uncounted.delete(key))],
  [/^elsewhere$/, (story, key) => story.uncounted.set(key, { state: "elsewhere" })],
  [/^readiness stale$/, (story, key) => story.uncounted.set(key, { state: "stale" })],
  [/^(\d+(?:\.\d+)?)% good$/, (story, key, [good]) => behave(story, key, { good: Number(good) / 100, unreachable: false })],
  [/^well$/, (story, key) => behave(story, key, WELL_AGAIN)],
  [/^(\d+(?:\.\d+)?)% slow$/, (story, key, [slow]) => behave(story, key, { slow: Number(slow) / 100 })],
  [/^(\d+(?:\.\d+)?)% hung$/, (story, key, [hung]) => behave(story, key, { hung: Number(hung) / 100 })],
  [/^mirrors a Service of (\S+)$/, (story, key, [cluster = ""]) => story.mirrors.set(key, cluster)],
  [/^dead$/, (story, key) => behave(story, key, { unreachable: true })],
  [/^(\d+(?:\.\d+)?)\/s of its own$/, (story, key, [rate]) => behave(story, key, { ownRate: Number(rate) })],
];

function setFact(story: Story, service: string, fact: string): void {
  for (const [pattern, apply] of FACTS) {
    const match = pattern.exec(fact);
    if (match !== null) {
      apply(story, keyOf(service), match.slice(1));
      return;
    }
  }
  throw new Error(`not a fact: ${fact}`);
}

function setPods(story: Story, key: string, ready: number, all: number): void {
  story.pods.set(key, scale(story.pods.get(key) ?? NO_PODS, ready, all));
  story.uncounted.delete(key);
}

function behave(story: Story, key: string, change: Partial<Behaviour>): void {
  story.behaviours.set(key, { ...(story.behaviours.get(key) ?? WELL), ...change });
}

function setGateway(story: Story, cluster: string, state: string): readonly string[] {
  if (state === "unknown") story.gateways.delete(cluster);
  else story.gateways.set(cluster, { enabled: state !== "unprobed", alive: state === "alive" });
  return [];
}

/** Sets the answer to a query, as `web 1500, east 3`. A backend that is not named has no sample. */
function setValues(story: Story, name: string, values: string): readonly string[] {
  for (const key of story.values.keys()) if (key.startsWith(`${name} `)) story.values.delete(key);
  for (const part of values.split(", ")) {
    const [backend = "", value = ""] = part.split(" ");
    story.values.set(`${name} ${backend}`, Number(value));
  }
  return [];
}

/** The clients of this split are no longer scraped. */
function hide(story: Story, name: string): void {
  const split = story.splits.get(name);
  if (split === undefined) throw new Error(`there is no split ${name}`);
  for (const service of [split.apex, ...split.weights.map(([backend]) => backend)]) story.unseen.add(keyOf(service));
}

/** Reads weights such as `web 100, east "500m", west 0.5`. */
function readWeights(text: string): readonly (readonly [string, Spelling])[] {
  return text.split(", ").map((part) => {
    const [backend = "", weight = ""] = part.split(" ");
    return [backend, JSON.parse(weight) as Spelling];
  });
}

function keyOf(service: string): string {
  return `${STORY_NAMESPACE}/${service}`;
}

function done(_: unknown): readonly string[] {
  return [];
}
