/** A route from `/api/routes/KIND/NAMESPACE/NAME`. A controller of another version may have written it, so nothing is assumed. */
export interface RouteView {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly rule: string | null;
  readonly primary: string;
  readonly shifted: boolean;
  readonly frozen: boolean;
  readonly pinned: string | null;
  readonly problems: readonly string[];
  readonly backends: readonly BackendView[];
  readonly decisions: readonly DecisionView[];
}

export interface BackendView {
  readonly backend: string;
  /** In each split: the live weight and the baseline weight. */
  readonly weights: readonly { readonly split: string; readonly weight: string; readonly baseline: string }[];
  readonly phase: string | null;
  readonly since: string | null;
  readonly verdict: string;
  readonly reasons: readonly { readonly kind: string; readonly text: string }[];
  readonly outlook: readonly string[];
}

interface DecisionView {
  readonly at: string;
  readonly what: string;
  readonly moves: string;
  readonly outcome: string;
  /** What was seen then, a sentence each. */
  readonly evidence: readonly string[];
}

type Raw = Readonly<Record<string, unknown>>;

/** Reads a route; null if the value is none. */
export function readRouteView(value: unknown): RouteView | null {
  const raw = recordOf(value);
  if (typeof raw["kind"] !== "string" || typeof raw["name"] !== "string" || !Array.isArray(raw["splits"])) return null;
  return {
    ...{ kind: raw["kind"], namespace: textOf(raw["namespace"]), name: raw["name"] },
    ...{ rule: orNull(raw["rule"]), primary: textOf(raw["primary"]), pinned: orNull(raw["pinned"]) },
    ...{ shifted: raw["shifted"] === true, frozen: raw["frozen"] === true },
    problems: listOf(raw["problems"]).map(({ problem, text }) => `${textOf(problem)}: ${textOf(text)}`),
    backends: readBackends(listOf(raw["splits"]), recordOf(raw["outlook"])),
    decisions: listOf(raw["decisions"]).map(readDecision),
  };
}

/** Each backend once, with its weights in all splits; everything else is the same in each split. */
function readBackends(splits: readonly Raw[], outlook: Raw): readonly BackendView[] {
  const found = new Map<string, BackendView>();
  for (const split of splits) {
    for (const raw of listOf(split["backends"])) {
      const backend = textOf(raw["backend"]);
      const weight = { split: textOf(split["name"]), weight: textOf(raw["weight"]), baseline: textOf(raw["baseline"]) };
      const known = found.get(backend);
      found.set(backend, {
        ...{ backend, weights: [...(known?.weights ?? []), weight], phase: orNull(raw["phase"]), since: orNull(raw["since"]) },
        verdict: textOf(raw["verdict"]),
        reasons: listOf(raw["reasons"]).map(({ kind, text }) => ({ kind: textOf(kind), text: textOf(text) })),
        outlook: textsOf(outlook[backend]),
      });
    }
  }
  return [...found.values()];
}

/** The reasons that are evidence, and what an Event tells of it: the others say what was waited for, or what holds. */
const EVIDENCE = ["ready", "readinessSilent", "gateway", "share", "query", "noMetrics", "lostRequests", "told"];

function readDecision({ at, direction, cause, before, after, outcome, error, reasons }: Raw): DecisionView {
  const [from, to] = [recordOf(before), recordOf(after)];
  const moves = Object.keys(to).filter((backend) => from[backend] !== to[backend]);
  return {
    at: textOf(at),
    what: `${textOf(direction)} (${textOf(cause)})`,
    moves: moves.map((backend) => `${backend} ${textOf(from[backend])} → ${textOf(to[backend])}`).join(", "),
    evidence: listOf(reasons)
      .filter(({ kind }) => EVIDENCE.includes(textOf(kind)))
      .map(({ backend, text }) => (typeof backend === "string" ? `${backend}: ${textOf(text)}` : textOf(text))),
    outcome: error === undefined ? textOf(outcome) : `${textOf(outcome)}: ${textOf(error)}`,
  };
}

export function recordOf(value: unknown): Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}

export function listOf(value: unknown): readonly Raw[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "–";
}

export function orNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
