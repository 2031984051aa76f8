import { listOf, orNull, recordOf, textOf } from "../explain/routeView.ts";

/** What the controller knows of a route beyond its object. A controller of another version may have written it, so nothing is assumed. */
export interface LiveRoute {
  readonly rule: string | null;
  /** The weights differ from what the rule wants at rest, with `standbyShare`. */
  readonly shifted: boolean;
  /** A backend that carries load now is unfit. */
  readonly degraded: boolean;
  /** Something is wrong that does not hurt users yet, such as a standby that is unfit. */
  readonly needsAttention: boolean;
  /** Of the backends that carry load, in the window of the rule; null: nothing is known. */
  readonly successRate: { readonly good: number; readonly total: number } | null;
  /** The brakes that hold a change. */
  readonly brakes: readonly string[];
  readonly problems: readonly { readonly problem: string; readonly text: string }[];
  readonly backends: ReadonlyMap<string, LiveBackend>;
}

export interface LiveBackend {
  readonly phase: string | null;
  readonly since: string | null;
  readonly carries: boolean;
  /** The signals that are unfit. */
  readonly unfitBy: readonly string[];
}

type Raw = Readonly<Record<string, unknown>>;

/** The routes in an answer to `/api/routes`, by their key. */
export function readLiveRoutes(value: unknown): ReadonlyMap<string, LiveRoute> {
  return new Map(listOf(value).map((raw) => [["kind", "namespace", "name"].map((key) => textOf(raw[key])).join("/"), readLiveRoute(raw)]));
}

function readLiveRoute(raw: Raw): LiveRoute {
  const entries = listOf(raw["splits"]).flatMap((split) => listOf(split["backends"]));
  const carrying = new Set(entries.filter(({ weight }) => Number(weight) > 0).map(({ backend }) => textOf(backend)));
  const byName = new Map(entries.map((entry) => [textOf(entry["backend"]), entry]));
  const carriers = [...byName].filter(([name]) => carrying.has(name)).map(([, entry]) => entry);
  return {
    rule: orNull(raw["rule"]),
    shifted: raw["shifted"] === true,
    degraded: typeof raw["degraded"] === "boolean" ? raw["degraded"] : carriers.some(({ verdict }) => verdict === "unfit"),
    needsAttention: raw["severity"] === "attention",
    successRate: rateOf(carriers),
    brakes: [
      ...new Set(
        entries.flatMap((entry) =>
          listOf(entry["reasons"])
            .filter(isBrake)
            .map(({ brake }) => textOf(brake)),
        ),
      ),
    ],
    problems: listOf(raw["problems"]).map(({ problem, text }) => ({ problem: textOf(problem), text: textOf(text) })),
    backends: new Map(
      [...byName].map(([name, entry]) => [
        name,
        { phase: orNull(entry["phase"]), since: orNull(entry["since"]), carries: carrying.has(name), unfitBy: unfitSignals(entry) },
      ]),
    ),
  };
}

function rateOf(carriers: readonly Raw[]): LiveRoute["successRate"] {
  const readings = carriers.map(({ readings: all }) => recordOf(recordOf(all)["successRate"]));
  const values = readings.filter(({ state, total }) => state === "value" && typeof total === "number" && total > 0);
  if (values.length === 0) return null;
  const sum = (key: string) => values.reduce((total, reading) => total + Number(reading[key]), 0);
  return { good: sum("good"), total: sum("total") };
}

function isBrake({ kind }: Raw): boolean {
  return kind === "brake";
}

function unfitSignals({ reasons }: Raw): readonly string[] {
  const signals = listOf(reasons).flatMap((reason) => {
    switch (reason["kind"]) {
      case "share":
        return reason["opinion"] === "unfit" ? [textOf(reason["signal"])] : [];
      case "query":
        return reason["opinion"] === "unfit" ? [`query ${textOf(reason["name"])}`] : [];
      case "ready":
        return Number(reason["ready"]) < Number(reason["minReady"]) ? ["readiness"] : [];
      case "gateway":
        return reason["gateway"] === "dead" ? ["gateway"] : [];
      default:
        return [];
    }
  });
  return [...new Set(signals)];
}
