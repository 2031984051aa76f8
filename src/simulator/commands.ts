import { ROUTE_KINDS, type Spelling, serviceKey } from "../routes/route.ts";
import { isSpelling } from "../routes/weight.ts";
import { parseDuration } from "../rules/duration.ts";
import { nearest } from "../rules/nearest.ts";
import { setFact, setPods } from "./facts.ts";
import { type Mistake, mistake } from "./mistake.ts";
import type { Story } from "./story.ts";
import type { StorySplit } from "./storyObject.ts";

/** More clients than this take long, and show nothing new. */
const MAX_CLIENTS = 1_000;

type Handler = (story: Story, args: readonly string[]) => Mistake | null;

/**
 * The commands of a story, besides `rules`, `run`, `expect` and `explain`:
 *
 *   split web: web 100, east 0          a TrafficSplit with the apex `web` (or `split web over apex: …`)
 *   httproute web: web 100, east 0      the same for an HTTPRoute; or grpcroute, or linkerd httproute (Linkerd's own)
 *   namespace bank                      that of the routes and Services that are named next
 *   label web: tier=front               for the rules that match by labels
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
  [
    /^(split|httproute|linkerd httproute|grpcroute) (\S+?)(?: over (\S+))?: (.+)$/,
    (story, [kind = "", name = "", apex, weights = ""]) => addSplit(story, { kind, name, apex: apex ?? name }, weights),
  ],
  [/^namespace ([a-z0-9-]+)$/, (story, [namespace = ""]) => done((story.namespace = namespace))],
  [/^label (\S+): (.+)$/, (story, [name = "", labels = ""]) => change(story, name, (split) => addLabels(split, labels))],
  [/^remove (\S+)$/, (story, [name = ""]) => change(story, name, () => done(story.splits.delete(name)))],
  [/^edit (\S+): (.+)$/, (story, [name = "", weights = ""]) => edit(story, name, weights, "kubectl")],
  [/^reapply (\S+): (.+)$/, (story, [name = "", weights = ""]) => edit(story, name, weights, "argocd")],
  [/^annotate (\S+): ([^=]+?)(?:=(.*))?$/, (story, [name = "", key = "", value]) => annotate(story, name, key, value)],
  [/^traffic (\d+(?:\.\d+)?)\/s(?: from (\d+) clients)?$/, (story, [rate, clients]) => setTraffic(story, Number(rate), clients)],
  [
    /^clients? (.+?) sends? (\d+(?:\.\d+)?)\/s, (\d+)% fail$/,
    (story, [names = "", rate, fails]) => setClients(story, names, Number(rate), Number(fails)),
  ],
  [/^client (\S+) stops$/, (story, [name = ""]) => stopClient(story, name)],
  [/^interval (\d+)s$/, (story, [seconds]) => setTickInterval(story, Number(seconds) * 1_000)],
  [/^prometheus (up|down)$/, (story, [state]) => done((story.prometheusUp = state === "up"))],
  [/^prometheus sees nothing of (.+)$/, (story, [splits = ""]) => first(splits.split(", "), (name) => hide(story, name))],
  [/^prometheus sees all$/, (story) => done(story.unseen.clear())],
  [/^writes (land|fail)$/, (story, [state]) => done((story.writesLand = state === "land"))],
  [/^gateway of (\S+) (alive|dead|unprobed|unknown)$/, (story, [cluster = "", state = ""]) => setGateway(story, cluster, state)],
  [/^query (\S+): (.+)$/, (story, [name = "", values = ""]) => setValues(story, name, values)],
  [/^clock goes (back|ahead) (\S+)$/, (story, [way, by = ""]) => setClock(story, way === "back" ? -1 : 1, by)],
  [/^restart$/, (story) => done(story.restart())],
  [
    /^([a-z][a-z0-9.-]*): (.+)$/,
    (story, [service = "", facts = ""]) => first(facts.split(", "), (fact) => setFact(story, service, fact.trim())),
  ],
];

const WORDS = COMMANDS.flatMap(([pattern]) => /^\^\(?([a-z]+)/.exec(pattern.source)?.[1] ?? []);

/** Carries out a command that changes the story; null: done. */
export function obey(story: Story, text: string): Mistake | null {
  for (const [pattern, handler] of COMMANDS) {
    const match = pattern.exec(text);
    if (match !== null) return handler(story, match.slice(1));
  }
  const [word = ""] = text.split(" ");
  const meant = nearest(word, [...WORDS, "httproute", "linkerd", "grpcroute", "clients", "rules", "run", "explain", "expect"]);
  const hint = meant === null || meant === word ? "docs/rules-test.md lists the commands" : `did you mean \`${meant}\`?`;
  return mistake(`"${text}" is not a command of a story`, hint);
}

const KINDS: Readonly<Record<string, StorySplit["kind"]>> = {
  split: "TrafficSplit",
  httproute: "HTTPRoute",
  "linkerd httproute": "HTTPRoute.policy.linkerd.io",
  grpcroute: "GRPCRoute",
};

interface NewSplit {
  readonly kind: string;
  readonly name: string;
  readonly apex: string;
}

function addSplit(story: Story, { kind, name, apex }: NewSplit, text: string): Mistake | null {
  const weights = readWeights(text);
  if ("sentence" in weights) return weights;
  if (story.splits.has(name)) return mistake(`there is a route ${name} already`, "use `edit` to change its weights, or another name");
  const { namespace } = story;
  story.made += 1;
  story.splits.set(name, {
    ...{ uid: `${name}-${story.made}`, kind: KINDS[kind] ?? ROUTE_KINDS[0], namespace, name, apex, weights: weights.read },
    ...{ labels: {}, annotations: {}, version: 1, manager: "kubectl" },
  });
  for (const [backend] of weights.read) {
    const key = serviceKey(namespace, backend);
    if (!story.pods.has(key) && !story.uncounted.has(key)) setPods(story, key, 1, 1);
  }
  return null;
}

function edit(story: Story, name: string, text: string, manager: string): Mistake | null {
  const weights = readWeights(text);
  if ("sentence" in weights) return weights;
  return change(story, name, (split) => {
    split.weights = weights.read;
    split.manager = manager;
    return null;
  });
}

function annotate(story: Story, name: string, key: string, value: string | undefined): Mistake | null {
  return change(story, name, (split) => {
    const { [key]: _, ...others } = split.annotations;
    split.annotations = value === undefined ? others : { ...others, [key]: value };
    return null;
  });
}

function addLabels(split: StorySplit, text: string): Mistake | null {
  const labels: Record<string, string> = {};
  for (const pair of text.split(", ")) {
    const [key = "", value, ...more] = pair.split("=");
    if (value === undefined || more.length > 0) return mistake(`"${text}" are not labels`, "write `label web: tier=front, team=a`");
    labels[key] = value;
  }
  split.labels = { ...split.labels, ...labels };
  return null;
}

function change(story: Story, name: string, how: (split: StorySplit) => Mistake | null): Mistake | null {
  const split = story.splits.get(name);
  if (split === undefined) return noRoute(story, name);
  split.version += 1;
  return how(split);
}

function noRoute(story: Story, name: string): Mistake {
  const names = [...story.splits.keys()];
  const meant = nearest(name, names);
  const known = names.length === 0 ? "`split web: web 100, east 0` adds one" : `there is ${names.join(", ")}`;
  return mistake(`there is no route ${name}`, meant === null ? known : `did you mean ${meant}?`);
}

function setTickInterval(story: Story, intervalMs: number): Mistake | null {
  if (intervalMs === 0) return mistake("an interval of 0s has no end", "the shortest one is 1s");
  story.intervalMs = intervalMs;
  story.restart();
  return null;
}

function setTraffic(story: Story, rate: number, clients: string | undefined): Mistake | null {
  const count = Number(clients ?? story.clients);
  if (count < 1 || count > MAX_CLIENTS) return mistake(`${count} clients are not possible`, `1 to ${MAX_CLIENTS} are`);
  story.rate = rate;
  story.clients = count;
  return null;
}

function setClients(story: Story, names: string, rate: number, percent: number): Mistake | null {
  if (percent > 100) return mistake(`${percent}% is more than all`, "a share is 0% to 100%");
  for (const name of names.split(", ")) story.namedClients.set(name, { name, rate, fails: percent / 100 });
  return null;
}

function stopClient(story: Story, name: string): Mistake | null {
  return story.namedClients.delete(name)
    ? null
    : mistake(`no client ${name} sends anything`, "`client NAME sends 10/s, 100% fail` comes first");
}

function setGateway(story: Story, cluster: string, state: string): Mistake | null {
  if (state === "unknown") story.gateways.delete(cluster);
  else story.gateways.set(cluster, { enabled: state !== "unprobed", alive: state === "alive" });
  return null;
}

function setClock(story: Story, sign: number, text: string): Mistake | null {
  const by = parseDuration(text);
  if ("wrong" in by) return mistake(`"${text}" ${by.wrong}`, by.hint);
  story.clockOffsetMs += sign * by.value;
  return null;
}

/** Sets the answer to a query, as `web 1500, east 3`. A backend that is not named has no sample. */
function setValues(story: Story, name: string, values: string): Mistake | null {
  const read = values.split(", ").map((part) => /^(\S+) (-?\d+(?:\.\d+)?)$/.exec(part));
  if (read.includes(null)) return mistake(`"${values}" are not values of backends`, "write `query queue: web 1500, east 3`");
  for (const key of story.values.keys()) if (key.startsWith(`${name} `)) story.values.delete(key);
  for (const match of read) story.values.set(`${name} ${match?.[1]}`, Number(match?.[2]));
  return null;
}

/** The clients of this route are no longer scraped. */
function hide(story: Story, name: string): Mistake | null {
  const split = story.splits.get(name);
  if (split === undefined) return noRoute(story, name);
  for (const service of [split.apex, ...split.weights.map(([backend]) => backend)]) story.unseen.add(serviceKey(split.namespace, service));
  story.unseen.add(`${split.kind}/${split.namespace}/${name}`);
  return null;
}

/** Reads weights such as `web 100, east "500m", west 0.5`. */
function readWeights(text: string): { readonly read: StorySplit["weights"] } | Mistake {
  const read: (readonly [string, Spelling])[] = [];
  for (const part of text.split(", ")) {
    const match = /^([a-z0-9][a-z0-9.-]*) (\d+(?:\.\d+)?|"[^"\\]*")$/.exec(part);
    const spelling = match === null ? null : readSpelling(match[2] ?? "");
    if (match === null || !isSpelling(spelling))
      return mistake(`"${part}" is not a backend with its weight`, "write them as `web 100, east 0`");
    read.push([match[1] ?? "", spelling]);
  }
  return { read };
}

function readSpelling(text: string): Spelling {
  return text.startsWith('"') ? text.slice(1, -1) : Number(text);
}

/** The first mistake in a list; null: none. */
function first<T>(all: readonly T[], each: (one: T) => Mistake | null): Mistake | null {
  for (const one of all) {
    const wrong = each(one);
    if (wrong !== null) return wrong;
  }
  return null;
}

function done(_: unknown): null {
  return null;
}
