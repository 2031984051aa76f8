import * as z from "zod";
import { checkQuery, MAX_QUERY_LENGTH } from "./checkQuery.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { boundsAround, LATENCY_BOUNDS_MS } from "./latencyBounds.ts";
import type { Parsed } from "./parsed.ts";
import { PROMETHEUS_NAMES, usualPrometheus } from "./prometheusName.ts";
import { count, duration, durationText, nameOf, parsed, share } from "./scalarSchemas.ts";

/** In a shorter window, even a scrape interval of one second gives too few samples. */
const MIN_WINDOW_MS = 5_000;
const MAX_WINDOW_MS = 24 * 3_600_000;
/** Each query is sent for every backend at every tick. */
const MAX_QUERIES = 20;

/** Either of the two, never both. */
type ReadyThreshold =
  | { readonly minReady: number; readonly minReadyShare?: never }
  | { readonly minReady?: never; readonly minReadyShare: number };

const DEFAULT_MIN_READY = 1;

/** Hard evidence acts at once unless its signal says otherwise. */
const hardFailAfter = duration().prefault("0s").meta({
  description: "How long the evidence must last before the backend is removed. `0s`: it acts at once.",
});
const softFailAfter = duration().exactOptional().meta({
  description: "How long this signal must be unfit before the backend is removed, if not as long as the rule's `failAfter`.",
});

const earlyWhenSure = z.boolean().exactOptional().meta({
  title: "true or false",
  default: false,
  description:
    "Whether the wait of `failAfter` ends as soon as new failures leave no doubt: at two ticks with new answers, one in a million. See docs/tuning.md.",
});

const answeredBy = (signal: string) =>
  z
    .enum(PROMETHEUS_NAMES)
    .exactOptional()
    .meta({
      title: "`fast` or `main`",
      default: usualPrometheus(signal),
      description:
        "Which Prometheus answers, where there are two: `fast` is that of `--fast-prometheus-url`, `main` that of `--prometheus-url`.",
    });

/** Both as milliseconds. */
function inMs<T extends { readonly failAfter?: number }>({ failAfter, ...rest }: T) {
  return { ...rest, ...(failAfter !== undefined && { failAfterMs: failAfter }) };
}

const readiness = z
  .strictObject({
    // No prefault: an absent key must differ from one with the default value.
    minReady: count().exactOptional().meta({
      default: DEFAULT_MIN_READY,
      description: "A backend with fewer ready endpoints is unfit.",
    }),
    minReadyShare: share((value, spelled) =>
      value > 0 ? null : { wrong: `is ${spelled}, but must be more than 0%`, hint: "write 1% or more, or use minReady" },
    )
      .exactOptional()
      .meta({
        description:
          "Instead of `minReady`: a backend is unfit if a smaller share of the endpoints that have been ready before is ready, or if none is.",
      }),
    failAfter: hardFailAfter,
  })
  .transform(({ minReady, minReadyShare, failAfter: failAfterMs }, context): ReadyThreshold & { readonly failAfterMs: number } => {
    if (minReadyShare === undefined) return { minReady: minReady ?? DEFAULT_MIN_READY, failAfterMs };
    if (minReady === undefined) return { minReadyShare, failAfterMs };
    context.addIssue({
      code: "custom",
      path: ["minReadyShare"],
      message: "is set together with minReady, but only one of them is allowed",
      params: { hint: "keep minReady for a number of ready endpoints, or minReadyShare for a share of all endpoints" },
    });
    return z.NEVER;
  });

const window = duration(MIN_WINDOW_MS, MAX_WINDOW_MS);

const successRate = z
  .strictObject({
    failBelow: share().prefault("90%").meta({
      description: "A backend is unfit if the upper bound of the 95 % confidence interval of its success rate is below this.",
    }),
    recoverAbove: share().prefault("98%").meta({
      description: "A backend is fit if its success rate is at least this. Between the two thresholds, nothing changes.",
    }),
    window: window.prefault("30s").meta({
      description: "Time window in which requests are counted; at least 5s, and preferably three scrape intervals or more.",
    }),
    minRequests: count().prefault(20).meta({
      description: "With fewer requests in the window, the backend is quiet: its success rate is not judged.",
    }),
    failAfter: softFailAfter,
    earlyWhenSure,
    prometheus: answeredBy("successRate"),
  })
  .transform(({ window: windowMs, ...rest }) => ({ ...inMs(rest), windowMs }));

const latencyBound = parsed(durationText(), (text): Parsed<number> => {
  const result = parseDuration(text);
  if (!("value" in result) || LATENCY_BOUNDS_MS.includes(result.value)) return result;
  const around = boundsAround(result.value).map(formatDuration);
  return { wrong: `is ${text}, which is not a bucket boundary of Linkerd's latency histograms`, hint: `write ${around.join(" or ")}` };
});

const latency = z
  .strictObject({
    under: latencyBound.prefault("500ms").meta({
      description:
        "A response is good if it begins within this time. Must be a bucket boundary of Linkerd's latency histograms: 1, 2, 3, 4 or 5 times 1 ms, 10 ms, 100 ms, 1 s or 10 s.",
    }),
    failBelow: share().prefault("90%").meta({
      description: "A backend is unfit if the upper bound of the 95 % confidence interval of its share of good responses is below this.",
    }),
    recoverAbove: share().prefault("95%").meta({
      description: "A backend is fit if the share is at least this. Between the two thresholds, nothing changes.",
    }),
    window: window.prefault("1m").meta({ description: "Time window in which responses are counted; at least 5s." }),
    minRequests: count().prefault(50).meta({
      description: "With fewer responses in the window, the backend is quiet: its latency is not judged.",
    }),
    failAfter: softFailAfter,
    earlyWhenSure,
    prometheus: answeredBy("latency"),
  })
  .transform(({ under: underMs, window: windowMs, ...rest }) => ({ ...inMs(rest), underMs, windowMs }));

const unanswered = z
  .strictObject({
    failAbove: share().prefault("90%").meta({
      description:
        "A backend is unfit if the lower bound of the 95 % confidence interval of its share of unanswered requests is above this.",
    }),
    recoverBelow: share().prefault("50%").meta({
      description: "A backend is fit if the share is at most this. Between the two thresholds, nothing changes.",
    }),
    window: window.prefault("30s").meta({ description: "Time window in which requests are counted; at least 5s." }),
    minRequests: count().prefault(20).meta({
      description: "With fewer requests in the window, the backend is quiet: its unanswered requests are not judged.",
    }),
    failAfter: softFailAfter,
    earlyWhenSure,
    prometheus: answeredBy("unanswered"),
  })
  .transform(({ window: windowMs, ...rest }) => ({ ...inMs(rest), windowMs }));

const query = z
  .strictObject({
    name: nameOf("a query").meta({
      title: "name of a query",
      description: "Name of the query in logs and on the status page; unique in its rule.",
    }),
    query: parsed(z.string().meta({ title: "PromQL query", maxLength: MAX_QUERY_LENGTH }), checkQuery).meta({
      description:
        "PromQL with one number as its result. Inside quotes, `{{namespace}}`, `{{service}}`, `{{cluster}}` and `{{route}}` are replaced for each backend.",
    }),
    failAbove: z.number().meta({ title: "number", examples: [1_000], description: "A backend is unfit if the result is above this." }),
    recoverBelow: z.number().meta({
      title: "number",
      examples: [100],
      description: "A backend is fit if the result is at most this. Between the two thresholds, nothing changes.",
    }),
    failAfter: softFailAfter,
    prometheus: answeredBy("query"),
  })
  .transform(inMs);

const gateway = z.strictObject({ failAfter: hardFailAfter }).transform(({ failAfter: failAfterMs }) => ({ failAfterMs }));

const queries = z
  .array(query.meta({ title: "query" }))
  .max(MAX_QUERIES)
  .superRefine((list, context) => {
    list.forEach(({ name }, index) => {
      const first = list.findIndex((other) => other.name === name);
      if (first === index) return;
      context.addIssue({
        code: "custom",
        path: [index, "name"],
        message: `is already the name of queries[${first}]`,
        params: { hint: "give each query of a rule a unique name" },
      });
    });
  });

/** Removes the signals that are null: after the merge with `defaults`, a signal is on or absent. */
function withoutNull<T extends object>(map: T): { [K in keyof T]: Exclude<T[K], null> } {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null)) as { [K in keyof T]: Exclude<T[K], null> };
}

/** An optional map; null turns off an inherited one. */
function switchable<S extends z.ZodType>(schema: S, description: string) {
  return schema.nullable().exactOptional().meta({ title: "map, or null", description });
}

/** The signals of a rule. A signal that is absent in the output is off. */
export const signalsSchema = z
  .strictObject({
    readiness: switchable(readiness, "The ready endpoints of a backend."),
    successRate: switchable(successRate, "The share of successful requests, as Linkerd counts them."),
    latency: switchable(latency, "The share of responses that are fast enough."),
    unanswered: switchable(unanswered, "The share of requests that were sent and never answered, for example by a process that hangs."),
    gateway: switchable(gateway, "The multicluster gateway of a backend that is mirrored from another cluster."),
    queries: queries.nullable().exactOptional().meta({
      title: "list of queries, or null",
      description: "Your own Prometheus queries. A list in a rule replaces the list in `defaults`.",
    }),
  })
  .transform((written) => {
    const { queries: asked, ...on } = withoutNull(written);
    return { ...on, ...(asked !== undefined && asked.length > 0 && { queries: asked }) };
  });
