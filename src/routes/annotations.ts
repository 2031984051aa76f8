import { quote } from "./quote.ts";
import { ownValue } from "./record.ts";
import { readTime } from "./rfc3339.ts";
import type { Problem, Route } from "./route.ts";

const PRIMARY_ANNOTATION = "failover.linkerd.io/primary-service";
const TIERS_ANNOTATION = "failover.linkerd.io/tiers";
const RULE_ANNOTATION = "failover.linkerd.io/rule";
export const PIN_ANNOTATION = "failover.linkerd.io/pin";
export const PIN_UNTIL_ANNOTATION = "failover.linkerd.io/pin-until";
export const FREEZE_ANNOTATION = "failover.linkerd.io/freeze";
export const FREEZE_UNTIL_ANNOTATION = "failover.linkerd.io/freeze-until";

/** Maximum number of unknown names that a problem lists. */
const MOST_NAMES = 3;

/** The settings in the owner's annotations. */
export type OwnerSettings = Pick<
  Route,
  "primary" | "namesPrimary" | "tiers" | "ruleName" | "pin" | "frozen" | "frozenUntilMs" | "problems"
>;

/** Reads the owner's annotations. `backends`: all backends of the route, in order. A blank annotation counts as absent. */
export function readOwnerAnnotations(annotations: Readonly<Record<string, string>>, backends: readonly string[]): OwnerSettings {
  const problems: Problem[] = [];
  return {
    primary: readPrimary(annotations, backends, problems),
    namesPrimary: backends.includes(textOf(annotations, PRIMARY_ANNOTATION) ?? ""),
    tiers: readTiers(textOf(annotations, TIERS_ANNOTATION), backends, problems),
    ruleName: textOf(annotations, RULE_ANNOTATION),
    pin: readPin(annotations, backends, problems),
    ...readFreeze(annotations, problems),
    problems,
  };
}

function textOf(annotations: Readonly<Record<string, string>>, name: string): string | null {
  const text = ownValue(annotations, name)?.trim() ?? "";
  return text === "" ? null : text;
}

function readPrimary(annotations: Readonly<Record<string, string>>, backends: readonly string[], problems: Problem[]): string {
  const first = backends[0] ?? "";
  const named = textOf(annotations, PRIMARY_ANNOTATION);
  if (named === null || backends.includes(named)) return named ?? first;
  if (first !== "") {
    problems.push({
      problem: "unknown-primary",
      text: `${PRIMARY_ANNOTATION}: ${quote(named)} is not a backend; ${first} is used as the primary`,
    });
  }
  return first;
}

/**
 * Names that are no backends are ignored; if no name is a backend, the annotation is ignored. A backend that is named
 * twice counts at its first place.
 */
function readTiers(text: string | null, backends: readonly string[], problems: Problem[]): Route["tiers"] {
  if (text === null) return null;
  const unnamed = new Set(backends);
  const unknown = new Set<string>();
  const tiers: string[][] = [];
  for (const part of text.split(";")) {
    const tier: string[] = [];
    for (const name of part.split(",").map((word) => word.trim())) {
      if (unnamed.delete(name)) tier.push(name);
      else if (name !== "" && !backends.includes(name)) unknown.add(name);
    }
    if (tier.length > 0) tiers.push(tier);
  }
  if (unknown.size > 0 && backends.length > 0) problems.push(unknownTier([...unknown], tiers.length > 0));
  if (tiers.length === 0) return null;
  return unnamed.size > 0 ? [...tiers, [...unnamed]] : tiers;
}

function unknownTier(names: readonly string[], othersAreKnown: boolean): Problem {
  const shown = names.slice(0, MOST_NAMES).map(quote).join(", ");
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  const [are, they] = names.length === 1 ? ["is not a backend", "it is"] : ["are not backends", "they are"];
  const what = othersAreKnown ? `${they} ignored` : "the annotation is ignored";
  return { problem: "unknown-tier", text: `${TIERS_ANNOTATION}: ${shown}${more} ${are}; ${what}` };
}

function readPin(annotations: Readonly<Record<string, string>>, backends: readonly string[], problems: Problem[]): Route["pin"] {
  const backend = textOf(annotations, PIN_ANNOTATION);
  if (backend === null) return null;
  if (!backends.includes(backend)) {
    problems.push({ problem: "unknown-pin", text: `${PIN_ANNOTATION}: ${quote(backend)} is not a backend; the pin is ignored` });
    return null;
  }
  const until = textOf(annotations, PIN_UNTIL_ANNOTATION);
  if (until === null) return { backend, untilMs: null };
  const untilMs = readTime(until);
  if (untilMs !== null) return { backend, untilMs };
  const hint = "a time such as 2026-01-31T18:00:00Z is needed; the pin is ignored";
  problems.push({ problem: "bad-pin-until", text: `${PIN_UNTIL_ANNOTATION}: ${quote(until)} is not a time: ${hint}` });
  return null;
}

/** A freeze whose end cannot be read does not end by itself: the owner wants the weights to stay. */
function readFreeze(annotations: Readonly<Record<string, string>>, problems: Problem[]): Pick<Route, "frozen" | "frozenUntilMs"> {
  if (textOf(annotations, FREEZE_ANNOTATION)?.toLowerCase() !== "true") return { frozen: false };
  const until = textOf(annotations, FREEZE_UNTIL_ANNOTATION);
  if (until === null) return { frozen: true };
  const frozenUntilMs = readTime(until);
  if (frozenUntilMs !== null) return { frozen: true, frozenUntilMs };
  const hint = "a time such as 2026-01-31T18:00:00Z is needed; the route stays frozen until `thaw`";
  problems.push({ problem: "bad-freeze-until", text: `${FREEZE_UNTIL_ANNOTATION}: ${quote(until)} is not a time: ${hint}` });
  return { frozen: true };
}
