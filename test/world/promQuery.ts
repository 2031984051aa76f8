import { atBothEnds, increaseOf, PROXY, type ProxyClock, START_MARGIN_MS } from "../../src/linkerd/increase.ts";
import { whileSteady } from "../../src/linkerd/steady.ts";

/** An instant query of one of the shapes that the controller builds for its counters (src/linkerd/increase.ts, queries.ts). */
export interface PromQuery {
  /** `increase`: one value a group; `moments`: the value of a group at each moment; `series`: their number now. */
  readonly shape: "increase" | "moments" | "series";
  readonly clock: ProxyClock;
  readonly by: readonly string[];
  /** Each client for itself. */
  readonly byClient: boolean;
  readonly windowMs: number;
  matches(name: string, labels: Readonly<Record<string, string>>): boolean;
}

const INCREASE =
  /^sum by \(([a-z_, ]+)\) \({3,4}max by \(instance, pod, ([a-z_, ]+)\) \((([a-z_]+)(?:\{(.*?)\})?)\) - max by \([a-z_, ]+\) \(.* offset (\d+)(ms|s)\) >= 0\) or .*\)$/;
const MOMENTS =
  /^sum by \(([a-z_, ]+)\) \(max by \(instance, pod, ([a-z_, ]+)\) \((([a-z_]+)(?:\{(.*?)\})?)\) and on \(instance, pod\) \(max by .* > time\(\) - ([\d.]+)\)\)\)\)$/;
const STEADY =
  /^sum by \(([a-z_, ]+)\) \((([a-z_]+)(?:\{(.*?)\})?)\) or label_replace\(count\(group by .*? offset (\d+)(ms|s)\).*, "changed_since", "true", "", ""\)$/;
const CHANGED = /^group by \(instance, pod\) \(proxy_build_info @ end\(\) or proxy_build_info @ end\(\) offset (\d+)(ms|s)\) unless /;
const SERIES = /^count(?: by \(([a-z_, ]+)\) )?\(([a-z_]+)(?:\{(.*)\})?\)$/;
const MATCHER = /([a-z_]+)(=~|!=|=)"((?:[^"\\]|\\.)*)"(?:,|$)/y;

/** Parses a query; null if it has another shape. The query is built again from its parts and must be the same. */
export function readPromQuery(text: string): PromQuery | null {
  return readIncrease(text) ?? readMoments(text) ?? readSteady(text) ?? readSeries(text);
}

/** The window of a query for the proxies that are not steady in it; null: it is another query. */
export function readChanged(text: string): number | null {
  const [, amount, unit] = CHANGED.exec(text) ?? [];
  if (amount === undefined) return null;
  const windowMs = msOf(amount, unit);
  return whileSteady({ selector: "up", by: [], own: [], windowMs }).apart?.changed === text ? windowMs : null;
}

/** Of all proxies: the simulated mesh is one, so it is asked so only while it is steady. */
function readSteady(text: string): PromQuery | null {
  const parts = STEADY.exec(text);
  if (parts === null) return null;
  const [, labels = "", selector = "", name = "", matchers = "", amount = "", unit = ""] = parts;
  const { by, byClient } = answerOf(labels);
  const windowMs = msOf(amount, unit);
  const matches = matching(name, matchers);
  if (matches === null || whileSteady({ selector, by, own: [], windowMs, byClient }).apart?.steady([]) !== text) return null;
  return { shape: "moments", clock: "kept", by, byClient, windowMs, matches };
}

function msOf(amount: string, unit: string | undefined): number {
  return Number(amount) * (unit === "s" ? 1_000 : 1);
}

function readSeries(text: string): PromQuery | null {
  const [, labels, name = "", matchers = ""] = SERIES.exec(text) ?? [];
  const matches = name === "" ? null : matching(name, matchers);
  return matches === null ? null : { shape: "series", clock: "lost", by: labels?.split(", ") ?? [], byClient: false, windowMs: 0, matches };
}

function readIncrease(text: string): PromQuery | null {
  const parts = INCREASE.exec(text);
  if (parts === null) return null;
  const [, labels = "", series = "", selector = "", name = "", matchers = "", amount = "", unit = ""] = parts;
  const { by, byClient } = answerOf(labels);
  const own = series.split(", ").slice(by.length);
  const windowMs = msOf(amount, unit);
  const clock = (["kept", "lost"] as const).find((known) => increaseOf({ selector, by, own, windowMs, byClient }, known) === text);
  const matches = matching(name, matchers);
  return clock === undefined || matches === null ? null : { shape: "increase", clock, by, byClient, windowMs, matches };
}

function readMoments(text: string): PromQuery | null {
  const parts = MOMENTS.exec(text);
  if (parts === null) return null;
  const [, labels = "", series = "", selector = "", name = "", matchers = "", youngS = ""] = parts;
  const { by, byClient } = answerOf(labels);
  const windowMs = Math.round(Number(youngS) * 1_000) - START_MARGIN_MS;
  const matches = matching(name, matchers);
  const own = series.split(", ").slice(by.length);
  if (matches === null || atBothEnds({ selector, by, own, windowMs, byClient }).promql !== text) return null;
  return { shape: "moments", clock: "kept", by, byClient, windowMs, matches };
}

/** The labels of an answer, without those of the clients. */
function answerOf(labels: string): { readonly by: readonly string[]; readonly byClient: boolean } {
  const all = labels.split(", ");
  const byClient = PROXY.every((label, i) => all[i] === label);
  return { by: byClient ? all.slice(PROXY.length) : all, byClient };
}

function matching(name: string, text: string): PromQuery["matches"] | null {
  const tests: { readonly label: string; readonly test: (value: string) => boolean }[] = [];
  MATCHER.lastIndex = 0;
  while (MATCHER.lastIndex < text.length) {
    const parts = MATCHER.exec(text);
    if (parts === null) return null;
    const [, label = "", operator, quoted = ""] = parts;
    const value = quoted.replace(/\\(.)/g, "$1");
    // Prometheus anchors regular expressions.
    const pattern = operator === "=~" ? new RegExp(`^(?:${value})$`) : null;
    tests.push({ label, test: (seen) => (pattern !== null ? pattern.test(seen) : operator === "=" ? seen === value : seen !== value) });
  }
  return (seriesName, labels) => name === seriesName && tests.every(({ label, test }) => test(labels[label] ?? ""));
}
