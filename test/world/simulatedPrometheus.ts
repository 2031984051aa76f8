import { NAMING } from "../../src/linkerd/clientCounts.ts";
import { CLOCK_QUERY, TIME_QUERY, TWO_MOMENTS_QUERY } from "../../src/linkerd/queries.ts";
import { AGES_QUERY, SCRAPE_QUERIES } from "../../src/linkerd/scrapeQueries.ts";
import { UNTOLD_QUERY } from "../../src/linkerd/steady.ts";
import type { Moments } from "../../src/observer/readAnswer.ts";
import { answerGateways } from "./answerGateways.ts";
import { increase } from "./increase.ts";
import { type PromQuery, readChanged, readPromQuery } from "./promQuery.ts";
import { PLAIN_TARGET, type Scraped, ScrapedSeries, type Target } from "./scrapedSeries.ts";
import type { SimulatedMesh } from "./simulatedMesh.ts";

/** Faults of Prometheus. `blind`: it answers, but cannot scrape its targets. */
export const PROMETHEUS_FAULTS = ["down", "hanging", "slow", "html", "error", "matrix", "negative", "blind"] as const;
/** `partial`: it answers with a part of what it has, and says so, as Thanos does. */
export type PrometheusCondition = (typeof PROMETHEUS_FAULTS)[number] | "partial" | "working";

/** Matchers for `--prometheus-selector`, and the cluster that they select. */
export const SELECTOR = 'cluster="here"';
const HERE = "here";
/** The mesh is one proxy, which stands for so many usual clients where the answer is by client. */
const USUAL_CLIENTS = ["web-1", "web-2", "web-3"];

export interface PrometheusReply {
  readonly code: number;
  readonly body: string;
}

/** One element of an instant vector. */
export interface VectorElement {
  readonly metric: Readonly<Record<string, string>>;
  value: number;
  /** Of a query for two moments: the value at the earlier one. */
  readonly before?: number;
}

/** The cached parts of a query. */
interface Plan {
  readonly read: PromQuery | null;
  /** The group of each series, by its key; null if the series does not match. */
  readonly groups: Map<string, Group | null>;
}

/** The series of a group. */
interface Found {
  readonly group: Group;
  readonly series: readonly Scraped[];
}

interface Group {
  readonly key: string;
  readonly metric: Readonly<Record<string, string>>;
}

/** A proxy that started this much before a window counts as new in it (src/linkerd/increase.ts). */
const YOUNG_MS = 15_000;

/** Range of a slow answer's delay, within and beyond the time limit of a query. */
const SLOW_MS = [500, 6_000] as const;

/** A Prometheus that scrapes the simulated mesh and answers the controller's queries. */
export class SimulatedPrometheus {
  condition: PrometheusCondition = "working";
  /** Time of the last answer with data; there is no evidence after it. */
  evidenceMs = Number.NEGATIVE_INFINITY;
  /** Time of the last correct answer, with or without data. */
  answeredMs = Number.NEGATIVE_INFINITY;
  /** Queries of an unknown shape. */
  readonly unknown: string[] = [];
  readonly #mesh: SimulatedMesh;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #scraped: ScrapedSeries;
  readonly #plans = new Map<string, Plan>();
  readonly #bornMs: number;
  /** Whether it keeps `up` and the proxies' start. */
  keepsClock = true;
  /** How its scrape configuration names the targets. */
  targets: readonly Target[] = [PLAIN_TARGET];

  /** `retentionMs` must be longer than the longest window. */
  constructor(mesh: SimulatedMesh, random: () => number, now: () => number, retentionMs: number) {
    this.#now = now;
    this.#mesh = mesh;
    this.#random = random;
    this.#scraped = new ScrapedSeries(retentionMs);
    this.#bornMs = now();
  }

  scrape(nowMs: number): void {
    const isUp = this.condition !== "blind";
    this.#scraped.take(isUp ? this.#mesh.scrape(nowMs) : [], nowMs, isUp, this.targets);
  }

  /** Answers one query, perhaps late. Rejects if no connection is possible, and never resolves if it hangs. */
  async answer(query: string, moments: Moments | null = null): Promise<PrometheusReply> {
    switch (this.condition) {
      case "down":
        throw new Error("connect ECONNREFUSED");
      case "hanging":
        return new Promise(() => undefined);
      case "html":
        return { code: 503, body: "<html><body>Service Unavailable</body></html>" };
      case "error":
        return {
          code: 422,
          body: JSON.stringify({ status: "error", errorType: "execution", error: "query processing would load too many samples" }),
        };
      case "matrix":
        return success({ resultType: moments === null ? "matrix" : "vector", result: [] });
      case "slow": {
        const [least, most] = SLOW_MS;
        await new Promise((resolve) => setTimeout(resolve, least + this.#random() * (most - least)));
        return this.#evaluate(query, moments);
      }
      case "negative":
      case "blind":
      case "partial":
      case "working":
        return this.#evaluate(query, moments);
    }
  }

  #evaluate(given: string, moments: Moments | null): PrometheusReply {
    const nowMs = moments?.nowMs ?? this.#now();
    const query = given.replaceAll(`{${SELECTOR},`, "{").replaceAll(`{${SELECTOR}}`, "");
    const isSelected = query !== given;
    if (query === "vector(1)") return success({ resultType: "vector", result: [{ metric: {}, value: [nowMs / 1_000, "1"] }] });
    if (query === CLOCK_QUERY) return this.#some(this.keepsClock, nowMs);
    if (query === UNTOLD_QUERY) return this.#some(!this.keepsClock, nowMs);
    const windowMs = readChanged(query);
    if (windowMs !== null) return this.#some(!this.#scraped.isSteady(nowMs - windowMs, nowMs), nowMs);
    if (query === TIME_QUERY) return resultOf([{ metric: {}, value: nowMs / 1_000 }], null, nowMs);
    if (query === TWO_MOMENTS_QUERY && moments !== null)
      return resultOf([{ metric: {}, value: nowMs / 1_000, before: moments.beforeMs / 1_000 }], moments, nowMs);
    if (query.startsWith(`group by (${NAMING.join(", ")}) (`)) return success({ resultType: "vector", result: [] });
    const rhythm = this.#rhythm(query, nowMs);
    if (rhythm !== null) return resultOf(rhythm, null, nowMs);
    const vector = answerGateways(query, this.#scraped, nowMs) ?? this.#counts(query, isSelected, moments, nowMs);
    if (vector === null) {
      this.unknown.push(query);
      return { code: 400, body: JSON.stringify({ status: "error", errorType: "bad_data", error: "parse error" }) };
    }
    const isNonsense = this.condition === "negative";
    if (this.condition === "partial") return this.#partOf(vector, moments, nowMs);
    if (!isNonsense) this.answeredMs = nowMs;
    if (vector.length > 0 && !isNonsense) this.evidenceMs = nowMs;
    const spell = (value: number) => (isNonsense ? (this.#random() < 0.5 ? "+Inf" : String(-1 - value)) : String(value));
    return resultOf(vector, moments, nowMs, { spell });
  }

  /** What the proxies' samples tell of the scrapes; null if it was not asked. */
  #rhythm(query: string, nowMs: number): readonly VectorElement[] | null {
    const ageMs = this.#scraped.ageMs(nowMs);
    if (query === AGES_QUERY) return ageMs === null ? [] : [{ metric: { age: String(ageMs / 1_000) }, value: 1 }];
    const asked = SCRAPE_QUERIES.find(({ promql }) => promql === query);
    if (asked === undefined) return null;
    const { scrapeMs } = this.#scraped;
    return scrapeMs === null ? [] : [{ metric: {}, value: asked.overMs / scrapeMs }];
  }

  /** One sample, or none. */
  #some(isOne: boolean, nowMs: number): PrometheusReply {
    return resultOf(isOne ? [{ metric: {}, value: 1 }] : [], null, nowMs);
  }

  /** About half of an answer. */
  #partOf(vector: readonly VectorElement[], moments: Moments | null, nowMs: number): PrometheusReply {
    const part = vector.filter(() => this.#random() < 0.5);
    return resultOf(part, moments, nowMs, { warnings: ["a store is away"] });
  }

  /** Null if the query has another shape. */
  #counts(query: string, isSelected: boolean, moments: Moments | null, nowMs: number): readonly VectorElement[] | null {
    const { read, groups } = this.#planOf(query);
    if (read === null || (read.shape === "moments") !== (moments !== null)) return null;
    const matching = new Map<string, Found & { readonly series: Scraped[] }>();
    for (const series of this.#scraped.all()) {
      const group = groupOf(groups, read, series);
      if (group === null || (isSelected && series.labels["cluster"] !== HERE)) continue;
      const own = matching.get(group.key) ?? { group, series: [] };
      own.series.push(series);
      matching.set(group.key, own);
    }
    const isKnown = this.#isProxyKnown(read, matching.values(), nowMs);
    const found = read.byClient ? [...matching.values()].flatMap(usualClients) : [...matching.values()];
    const elements = this.#elements(read, found, isKnown, nowMs);
    return read.byClient ? elements.map(ofOneClient) : elements;
  }

  #elements(read: PromQuery, found: readonly Found[], isKnown: boolean, nowMs: number): readonly VectorElement[] {
    const thenMs = nowMs - read.windowMs;
    if (read.shape === "series") return found.flatMap(({ group, series }) => this.#present(group, series, nowMs));
    if (read.shape === "moments") return found.flatMap(({ group, series }) => this.#moments(group, series, isKnown, thenMs, nowMs));
    return found.flatMap(({ group, series }) => {
      const value = this.#grown(series, read, isKnown, nowMs);
      return value === null ? [] : [{ metric: group.metric, value }];
    });
  }

  /** The mesh is one proxy: it is known if it was scraped one window ago, or is young; without a clock, if it had any of the series. */
  #isProxyKnown({ clock, windowMs }: PromQuery, matching: Iterable<{ readonly series: readonly Scraped[] }>, nowMs: number): boolean {
    const thenMs = nowMs - windowMs;
    if (clock === "kept") return this.#scraped.wasUp(thenMs) || this.#bornMs > thenMs - YOUNG_MS;
    return [...matching].some(({ series }) => this.#sumAt(series, thenMs) !== null);
  }

  #present({ metric }: Group, series: readonly Scraped[], nowMs: number): readonly VectorElement[] {
    const value = series.filter((own) => this.#scraped.valueAt(own, nowMs) !== null).length;
    return value === 0 ? [] : [{ metric, value }];
  }

  #moments(group: Group, series: readonly Scraped[], isKnown: boolean, thenMs: number, nowMs: number): readonly VectorElement[] {
    const now = isKnown ? this.#sumAt(series, nowMs) : null;
    const then = this.#scraped.wasUp(nowMs) ? this.#sumAt(series, thenMs) : null;
    return now === null ? [] : [{ metric: group.metric, value: now, ...(then === null ? {} : { before: then }) }];
  }

  /** Each counter once, whatever the labels of its target. */
  #sumAt(series: readonly Scraped[], atMs: number): number | null {
    const values = new Map<string, number>();
    for (const own of series) {
      const value = this.#scraped.valueAt(own, atMs);
      if (value !== null) values.set(own.counter, Math.max(values.get(own.counter) ?? value, value));
    }
    return values.size === 0 ? null : [...values.values()].reduce((sum, value) => sum + value, 0);
  }

  /** What all counters of a group grew by; null: nothing is known of any. */
  #grown(series: readonly Scraped[], { windowMs, clock }: PromQuery, isKnown: boolean, nowMs: number): number | null {
    const counters = [...Map.groupBy(series, (own) => own.counter).values()];
    const late = (own: readonly Scraped[]) => highest(own.map(({ samples }) => increase(samples, nowMs, windowMs)));
    const values = counters.map((own) => (isKnown ? this.#exactly(own, windowMs, nowMs) : null) ?? (clock === "lost" ? late(own) : null));
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
  }

  /** The value of a counter, less that of one window ago if it existed then and does not count anew; null: it is not there now. */
  #exactly(own: readonly Scraped[], windowMs: number, nowMs: number): number | null {
    const now = this.#sumAt(own, nowMs);
    const then = this.#sumAt(own, nowMs - windowMs) ?? 0;
    return now === null || now < then ? now : now - then;
  }

  #planOf(query: string): Plan {
    const known = this.#plans.get(query) ?? { read: readPromQuery(query), groups: new Map() };
    this.#plans.set(query, known);
    return known;
  }
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** A group that counts no client is what all usual clients counted. */
function usualClients({ group, series }: Found): readonly Found[] {
  if (group.metric["pod"] !== undefined) return [{ group, series }];
  return USUAL_CLIENTS.map((pod) => ({ group: { key: group.key, metric: { ...group.metric, instance: pod, pod } }, series }));
}

function ofOneClient(element: VectorElement): VectorElement {
  if (!USUAL_CLIENTS.includes(element.metric["pod"] ?? "")) return element;
  const { metric, value, before } = element;
  const share = (count: number) => count / USUAL_CLIENTS.length;
  return { metric, value: share(value), ...(before === undefined ? {} : { before: share(before) }) };
}

function groupOf(groups: Plan["groups"], read: PromQuery, { key, name, labels }: Scraped): Group | null {
  const known = groups.get(key);
  if (known !== undefined) return known;
  const matches = read.matches(name, labels);
  const by = read.byClient ? ["instance", "pod", ...read.by] : read.by;
  const metric = Object.fromEntries(by.filter((label) => labels[label] !== undefined).map((label) => [label, labels[label] ?? ""]));
  const group = matches ? { key: JSON.stringify(metric), metric } : null;
  groups.set(key, group);
  return group;
}

/** An answer: a matrix of two moments, or a vector. */
function resultOf(
  vector: readonly VectorElement[],
  moments: Moments | null,
  nowMs: number,
  { spell = String, warnings }: { spell?: (value: number) => string; warnings?: readonly string[] } = {},
): PrometheusReply {
  const pair = (atMs: number, value: number) => [atMs / 1_000, spell(value)];
  const result = vector.map(({ metric, value, before }) => {
    if (moments === null) return { metric, value: pair(nowMs, value) };
    return { metric, values: [...(before === undefined ? [] : [pair(moments.beforeMs, before)]), pair(nowMs, value)] };
  });
  const data = { resultType: moments === null ? "vector" : "matrix", result };
  return { code: 200, body: JSON.stringify({ status: "success", data, ...(warnings === undefined ? {} : { warnings }) }) };
}

function success(data: object): PrometheusReply {
  return { code: 200, body: JSON.stringify({ status: "success", data }) };
}
