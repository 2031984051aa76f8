import { type CounterSample, increase } from "./increase.ts";
import { readPromQuery } from "./promQuery.ts";
import type { SimulatedMesh } from "./simulatedMesh.ts";

/** What can be the matter with Prometheus. `blind`: it answers, but its targets cannot be scraped. */
export const WEATHERS = ["down", "hanging", "slow", "html", "error", "matrix", "negative", "blind"] as const;
export type Weather = (typeof WEATHERS)[number] | "fair";

export interface PrometheusReply {
  readonly code: number;
  readonly body: string;
}

interface Remembered {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  samples: CounterSample[];
}

/** Longer than any window that is asked for. */
const RETENTION_MS = 120_000;
/** How late a slow one answers: within the time limit of a query or beyond it. */
const SLOW_MS = [500, 6_000] as const;

/** A Prometheus that scrapes the simulated mesh and answers what the controller asks of it. */
export class SimulatedPrometheus {
  weather: Weather = "fair";
  /** When an answer last told something of somebody: from then on there was no evidence. */
  evidenceMs = Number.NEGATIVE_INFINITY;
  /** Queries of a shape that it does not know. */
  readonly unknown: string[] = [];
  readonly #mesh: SimulatedMesh;
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #series = new Map<string, Remembered>();
  /** When it scraped, also in vain: what a scrape does not show is gone. */
  #scrapes: number[] = [];

  constructor(mesh: SimulatedMesh, random: () => number, now: () => number) {
    this.#now = now;
    this.#mesh = mesh;
    this.#random = random;
  }

  scrape(nowMs: number): void {
    for (const series of this.#series.values()) series.samples = series.samples.filter(({ atMs }) => atMs > nowMs - RETENTION_MS);
    this.#scrapes = [...this.#scrapes.filter((atMs) => atMs > nowMs - RETENTION_MS), nowMs];
    if (this.weather === "blind") return;
    for (const { name, labels, value } of this.#mesh.scrape(nowMs)) {
      const key = `${name}${JSON.stringify(labels)}`;
      const series = this.#series.get(key) ?? { name, labels, samples: [] };
      series.samples.push({ atMs: nowMs, value });
      this.#series.set(key, series);
    }
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
    const read = readPromQuery(query);
    if (query === "vector(1)") return success({ resultType: "vector", result: [{ metric: {}, value: [nowMs / 1_000, "1"] }] });
    if (read === null) {
      this.unknown.push(query);
      return { code: 400, body: JSON.stringify({ status: "error", errorType: "bad_data", error: "parse error" }) };
    }
    const sums = new Map<string, { readonly metric: Record<string, string>; value: number }>();
    const matching = [...this.#series.values()].filter(({ name, labels }) => name === read.name && read.matches(labels));
    // The mesh is one client: it was known if anything of it was there.
    const wasKnown = matching.some((series) => this.#valueAt(series, nowMs - read.windowMs) !== null);
    for (const series of matching) {
      const { labels, samples } = series;
      const isNew = wasKnown && this.#valueAt(series, nowMs - read.windowMs) === null;
      const grown = (isNew ? this.#valueAt(series, nowMs) : null) ?? increase(samples, nowMs, read.windowMs);
      if (grown === null) continue;
      const metric = Object.fromEntries(
        read.by.filter((label) => labels[label] !== undefined).map((label) => [label, labels[label] ?? ""]),
      );
      const sum = sums.get(JSON.stringify(metric)) ?? { metric, value: 0 };
      sum.value += grown;
      sums.set(JSON.stringify(metric), sum);
    }
    const isNonsense = this.weather === "negative";
    if (sums.size > 0 && !isNonsense) this.evidenceMs = nowMs;
    const spell = (value: number) => (isNonsense ? (this.#random() < 0.5 ? "+Inf" : String(-1 - value)) : String(value));
    const result = [...sums.values()].map(({ metric, value }) => ({ metric, value: [nowMs / 1_000, spell(value)] }));
    return success({ resultType: "vector", result });
  }

  /** What an instant query would have found then: of the last scrape, or nothing. */
  #valueAt({ samples }: Remembered, thenMs: number): number | null {
    const scrapedMs = this.#scrapes.findLast((atMs) => atMs <= thenMs);
    return samples.find(({ atMs }) => atMs === scrapedMs)?.value ?? null;
  }
}

function success(data: object): PrometheusReply {
  return { code: 200, body: JSON.stringify({ status: "success", data }) };
}
