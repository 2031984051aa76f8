import { answerGateways } from "./answerGateways.ts";
import { increase } from "./increase.ts";
import { type PromQuery, readPromQuery } from "./promQuery.ts";
import { type Scraped, ScrapedSeries } from "./scrapedSeries.ts";
import type { SimulatedMesh } from "./simulatedMesh.ts";

/** What can be the matter with Prometheus. `blind`: it answers, but its targets cannot be scraped. */
export const WEATHERS = ["down", "hanging", "slow", "html", "error", "matrix", "negative", "blind"] as const;
export type Weather = (typeof WEATHERS)[number] | "fair";

export interface PrometheusReply {
  readonly code: number;
  readonly body: string;
}

/** One element of an instant vector. */
export interface VectorElement {
  readonly metric: Readonly<Record<string, string>>;
  value: number;
}

/** A query that was asked before: what of it does not change. */
interface Plan {
  readonly read: PromQuery | null;
  /** By a series' key: the group that it adds to; null where it does not match. */
  readonly groups: Map<string, Group | null>;
}

interface Group {
  readonly key: string;
  readonly metric: Readonly<Record<string, string>>;
}

/** How late a slow one answers: within the time limit of a query or beyond it. */
const SLOW_MS = [500, 6_000] as const;

/** A Prometheus that scrapes the simulated mesh and answers what the controller asks of it. */
export class SimulatedPrometheus {
  weather: Weather = "fair";
  /** When an answer last told something of somebody: from then on there was no evidence. */
  evidenceMs = Number.NEGATIVE_INFINITY;
  /** When it last answered as it should, though with nothing. */
  answeredMs = Number.NEGATIVE_INFINITY;
  /** Queries of a shape that it does not know. */
  readonly unknown: string[] = [];
  readonly #mesh: SimulatedMesh;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #scraped: ScrapedSeries;
  readonly #plans = new Map<string, Plan>();

  /** Remembers samples for so long: longer than any question goes back. */
  constructor(mesh: SimulatedMesh, random: () => number, now: () => number, retentionMs: number) {
    this.#now = now;
    this.#mesh = mesh;
    this.#random = random;
    this.#scraped = new ScrapedSeries(retentionMs);
  }

  scrape(nowMs: number): void {
    this.#scraped.take(this.weather === "blind" ? [] : this.#mesh.scrape(nowMs), nowMs);
  }

  /** Answers one query, now or later. Throws where no connection comes about; never answers where it hangs. */
  async answer(query: string): Promise<PrometheusReply> {
    switch (this.weather) {
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
        return success({ resultType: "matrix", result: [] });
      case "slow": {
        const [least, most] = SLOW_MS;
        await new Promise((resolve) => setTimeout(resolve, least + this.#random() * (most - least)));
        return this.#evaluate(query);
      }
      case "negative":
      case "blind":
      case "fair":
        return this.#evaluate(query);
    }
  }

  #evaluate(query: string): PrometheusReply {
    const nowMs = this.#now();
    if (query === "vector(1)") return success({ resultType: "vector", result: [{ metric: {}, value: [nowMs / 1_000, "1"] }] });
    const vector = answerGateways(query, this.#scraped, nowMs) ?? this.#sums(query, nowMs);
    if (vector === null) {
      this.unknown.push(query);
      return { code: 400, body: JSON.stringify({ status: "error", errorType: "bad_data", error: "parse error" }) };
    }
    const isNonsense = this.weather === "negative";
    if (!isNonsense) this.answeredMs = nowMs;
    if (vector.length > 0 && !isNonsense) this.evidenceMs = nowMs;
    const spell = (value: number) => (isNonsense ? (this.#random() < 0.5 ? "+Inf" : String(-1 - value)) : String(value));
    const result = vector.map(({ metric, value }) => ({ metric, value: [nowMs / 1_000, spell(value)] }));
    return success({ resultType: "vector", result });
  }

  /** Null where the query is of another shape. */
  #sums(query: string, nowMs: number): readonly VectorElement[] | null {
    const { read, groups } = this.#planOf(query);
    if (read === null) return null;
    const thenMs = nowMs - read.windowMs;
    const matching: { readonly series: Scraped; readonly group: Group; readonly isNew: boolean }[] = [];
    for (const series of this.#scraped.all()) {
      const group = groupOf(groups, read, series);
      if (group !== null) matching.push({ series, group, isNew: this.#scraped.valueAt(series, thenMs) === null });
    }
    // The mesh is one client: it was known if anything of it was there.
    const wasKnown = matching.some(({ isNew }) => !isNew);
    const sums = new Map<string, VectorElement>();
    for (const { series, group, isNew } of matching) {
      const born = isNew && wasKnown ? this.#scraped.valueAt(series, nowMs) : null;
      const grown = born ?? increase(series.samples, nowMs, read.windowMs);
      if (grown === null) continue;
      const sum = sums.get(group.key) ?? { metric: group.metric, value: 0 };
      sum.value += grown;
      sums.set(group.key, sum);
    }
    return [...sums.values()];
  }

  #planOf(query: string): Plan {
    const known = this.#plans.get(query) ?? { read: readPromQuery(query), groups: new Map() };
    this.#plans.set(query, known);
    return known;
  }
}

function groupOf(groups: Plan["groups"], read: PromQuery, { key, name, labels }: Scraped): Group | null {
  const known = groups.get(key);
  if (known !== undefined) return known;
  const matches = read.matches(name, labels);
  const metric = Object.fromEntries(read.by.filter((label) => labels[label] !== undefined).map((label) => [label, labels[label] ?? ""]));
  const group = matches ? { key: JSON.stringify(metric), metric } : null;
  groups.set(key, group);
  return group;
}

function success(data: object): PrometheusReply {
  return { code: 200, body: JSON.stringify({ status: "success", data }) };
}
