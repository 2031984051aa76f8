import * as z from "zod";
import { checkQuery, MAX_QUERY_LENGTH } from "./checkQuery.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { boundsAround, LATENCY_BOUNDS_MS } from "./latencyBounds.ts";
import type { Parsed } from "./parsed.ts";
import { count, duration, durationText, nameOf, parsed, share } from "./scalarSchemas.ts";

/** Below this, even scrapes a second apart leave too few samples in a window. */
const MIN_WINDOW_MS = 5_000;
const MAX_WINDOW_MS = 24 * 3_600_000;
/** Each is asked for every backend at every look. */
const MAX_QUERIES = 20;

/** One of the two, never both: they are two ways to say where readiness ends. */
type ReadyThreshold =
  | { readonly minReady: number; readonly minReadyShare?: never }
  | { readonly minReady?: never; readonly minReadyShare: number };

const DEFAULT_MIN_READY = 1;

const readiness = z
  .strictObject({
    // No prefault: what is left out must be told from what was written.
    minReady: count().exactOptional().meta({
      default: DEFAULT_MIN_READY,
      description: "A backend with fewer ready endpoints than this is unfit.",
    }),
    minReadyShare: share((value, spelled) =>
      value > 0 ? null : { wrong: `is ${spelled}, but must be more than 0%`, hint: "write 1% or more, or use minReady" },
    )
      .exactOptional()
      .meta({
        description:
          "Instead of `minReady`: a backend with a smaller part of its endpoints ready than this is unfit; one without any is, too.",
      }),
  })
  .transform(({ minReady, minReadyShare }, context): ReadyThreshold => {
    if (minReadyShare === undefined) return { minReady: minReady ?? DEFAULT_MIN_READY };
    if (minReady === undefined) return { minReadyShare };
    context.addIssue({
      code: "custom",
      path: ["minReadyShare"],
      message: "stands beside minReady, but only one of them can hold",
      params: { hint: "keep minReady for a number of ready endpoints, or minReadyShare for a part of all endpoints" },
    });
    return z.NEVER;
  });

const window = duration(MIN_WINDOW_MS, MAX_WINDOW_MS);

const successRate = z
  .strictObject({
    failBelow: share().prefault("90%").meta({
      description: "A backend is unfit when its success rate is below this beyond doubt: the upper end of the 95 % confidence interval is.",
    }),
    recoverAbove: share().prefault("98%").meta({
      description: "A backend is fit when its success rate is this or better. Between the two thresholds nothing changes.",
    }),
    window: window.prefault("30s").meta({
      description: "Over how long a time requests are counted; at least 5s, better three Prometheus scrapes or more.",
    }),
    minRequests: count().prefault(20).meta({
      description: "With fewer requests than this in the window the backend is quiet: its success rate says nothing.",
    }),
  })
  .transform(({ window: windowMs, ...rest }) => ({ ...rest, windowMs }));

const latencyBound = parsed(durationText(), (text): Parsed<number> => {
  const result = parseDuration(text);
  if (!("value" in result) || LATENCY_BOUNDS_MS.includes(result.value)) return result;
  const around = boundsAround(result.value).map(formatDuration);
  return { wrong: `is ${text}, a time at which Linkerd's proxies do not count`, hint: `write ${around.join(" or ")}` };
});

const latency = z
  .strictObject({
    under: latencyBound.prefault("500ms").meta({
      description:
        "A response is good when it begins within this time. One of the times at which Linkerd's proxies count: 1 to 5, 10 to 50 or 100 to 500 ms, 1 to 5 or 10 to 50 s, in steps of the first digit.",
    }),
    failBelow: share().prefault("90%").meta({
      description: "A backend is unfit when the share of its responses that are good is below this beyond doubt.",
    }),
    recoverAbove: share().prefault("95%").meta({
      description: "A backend is fit when the share is this or better. Between the two thresholds nothing changes.",
    }),
    window: window.prefault("1m").meta({ description: "Over how long a time responses are counted; at least 5s." }),
    minRequests: count().prefault(50).meta({
      description: "With fewer responses than this in the window the latency says nothing.",
    }),
  })
  .transform(({ under: underMs, window: windowMs, ...rest }) => ({ ...rest, underMs, windowMs }));

const unanswered = z
  .strictObject({
    failAbove: share().prefault("90%").meta({
      description: "A backend is unfit when the share of its requests that got no answer at all is above this beyond doubt.",
    }),
    recoverBelow: share().prefault("50%").meta({
      description: "A backend is fit when the share is this or less. Between the two thresholds nothing changes.",
    }),
    window: window.prefault("30s").meta({ description: "Over how long a time requests are counted; at least 5s." }),
    minRequests: count().prefault(20).meta({
      description: "With fewer requests than this in the window the signal says nothing.",
    }),
  })
  .transform(({ window: windowMs, ...rest }) => ({ ...rest, windowMs }));

const query = z.strictObject({
  name: nameOf("a query").meta({
    title: "name of a query",
    description: "What the query is called in logs and on the status page; unique in its rule.",
  }),
  query: parsed(z.string().meta({ title: "PromQL query", maxLength: MAX_QUERY_LENGTH }), checkQuery).meta({
    description: "PromQL. `{{namespace}}`, `{{service}}`, `{{cluster}}` and `{{route}}`, inside quotes, are filled in for each backend.",
  }),
  failAbove: z.number().meta({ title: "number", examples: [1_000], description: "A backend is unfit when the result is above this." }),
  recoverBelow: z.number().meta({
    title: "number",
    examples: [100],
    description: "A backend is fit when the result is this or less. Between the two nothing changes.",
  }),
});

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
        message: `is the name of queries[${first}] already`,
        params: { hint: "give each query of a rule a name of its own" },
      });
    });
  });

/** A signal is on or absent: null has done its work once the defaults are merged. */
function withoutNull<T extends object>(map: T): { [K in keyof T]: Exclude<T[K], null> } {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null)) as { [K in keyof T]: Exclude<T[K], null> };
}

/** A map that may be there or not, and null where an inherited one shall not hold. */
function switchable<S extends z.ZodType>(schema: S, description: string) {
  return schema.nullable().exactOptional().meta({ title: "map, or null", description });
}

/** What to look at. What is absent in the output is off. */
export const signalsSchema = z
  .strictObject({
    readiness: switchable(readiness, "Watch the ready endpoints of each backend."),
    successRate: switchable(successRate, "Watch the share of requests that succeed, as Linkerd counts them."),
    latency: switchable(latency, "Watch the share of responses that are fast enough."),
    unanswered: switchable(unanswered, "Watch the share of requests that were sent and never answered, as those to a program that hangs."),
    gateway: switchable(z.strictObject({}), "Watch the multicluster gateway behind each backend that is mirrored from another cluster."),
    queries: queries.nullable().exactOptional().meta({
      title: "list of queries, or null",
      description: "Ask Prometheus for more. A list in a rule replaces that of the defaults as a whole.",
    }),
  })
  .transform((written) => {
    const { queries: asked, ...on } = withoutNull(written);
    return { ...on, ...(asked !== undefined && asked.length > 0 && { queries: asked }) };
  });
