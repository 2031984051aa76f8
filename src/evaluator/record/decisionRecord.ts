import type { Route } from "../../routes/route.ts";
import type { Rule } from "../../rules/ruleSet.ts";
import type { Decision } from "../model/decision.ts";
import type { Observation } from "../model/observation.ts";
import type { Holds } from "../model/routeSituation.ts";
import type { RouteState, State } from "../model/state.ts";
import { concerning } from "./concerning.ts";
import { fromLossless, writeLossless } from "./losslessJson.ts";

/** The name and version of the format. A change of what a record holds is a new version. */
export const RECORD_FORMAT = "linkerd-failover/decision/1";

/** Everything that a decision on a route is made from. The same input gives the same decision. */
export interface DecisionInput {
  /** The state of the route before; absent: it was new. */
  readonly previous?: RouteState;
  readonly route: Route;
  readonly rule: Rule;
  readonly observation: Observation;
  /** What the brakes that concern several routes had to say. */
  readonly holds: Holds;
  readonly state: Pick<State, "intervalMs" | "identity" | "lastMs" | "clusters">;
  readonly nowMs: number;
}

/** A decision, with its input and the version of the program that made it. */
export interface DecisionRecord {
  readonly version: string;
  readonly input: DecisionInput;
  readonly decision: Decision;
}

/** What of an input concerns the route: of the observation and the clusters nothing of another one. */
export function ownInput({ previous, route, rule, observation, holds, state, nowMs }: DecisionInput): DecisionInput {
  const { intervalMs, identity, lastMs, clusters } = state;
  // The route itself is in `route`.
  const own = { ...concerning(route, rule, observation), routes: [] };
  const names = new Set(own.clusters.values());
  const byName = new Map([...clusters.byName].filter(([name]) => names.has(name)));
  return {
    ...(previous !== undefined && { previous }),
    ...{ route, rule, observation: own, holds, nowMs },
    state: { intervalMs, identity, lastMs, clusters: { byName, answer: null } },
  };
}

/** Writes a record as JSON, with what concerns the route. */
export function writeRecord({ version, input, decision }: DecisionRecord): string {
  return writeLossless({ format: RECORD_FORMAT, version, route: input.route.key, input: ownInput(input), decision });
}

/** Reads a record, or why it is none. */
export function readRecord(value: unknown): DecisionRecord | { readonly wrong: string } {
  if (!isObject(value) || typeof value["format"] !== "string") return { wrong: "it is not a record of a decision" };
  if (value["format"] !== RECORD_FORMAT) return { wrong: `its format is ${value["format"]}, and this program reads ${RECORD_FORMAT}` };
  const record = fromLossless(value);
  const isWhole =
    isObject(record) &&
    typeof record["version"] === "string" &&
    hasObjects(record, ["input", "decision"]) &&
    hasObjects(record["input"], PARTS);
  return isWhole ? (record as unknown as DecisionRecord) : { wrong: "parts of it are missing" };
}

const PARTS = ["route", "rule", "observation", "holds", "state"];

function hasObjects(value: unknown, keys: readonly string[]): boolean {
  return isObject(value) && keys.every((key) => isObject(value[key]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
