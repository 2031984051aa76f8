/** By path of a map: keys of which only one is allowed. One of them in a rule replaces the others in the defaults. */
const ALTERNATIVES: ReadonlyMap<string, readonly string[]> = new Map([["signals.readiness", ["minReady", "minReadyShare"]]]);

/**
 * Merges a rule with the defaults: maps are merged key by key at every depth; any other value in the rule (a list, a
 * number, null) replaces the one in the defaults.
 */
export function mergeDefaults(defaults: unknown, rule: unknown, path = ""): unknown {
  if (rule === undefined) return defaults;
  if (!isMap(defaults) || !isMap(rule)) return rule;
  const alternatives = ALTERNATIVES.get(path) ?? [];
  const replaced = alternatives.some((key) => Object.hasOwn(rule, key)) ? alternatives : [];
  const inherited = Object.keys(defaults).filter((key) => !replaced.includes(key));
  const keys = new Set([...inherited, ...Object.keys(rule)]);
  return Object.fromEntries(
    [...keys].map((key) => [key, mergeDefaults(own(defaults, key), own(rule, key), path === "" ? key : `${path}.${key}`)]),
  );
}

/** Whether a value is a map, not a list or null. */
function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The own property of a map or list, never an inherited one. */
export function own(value: unknown, key: PropertyKey): unknown {
  return (isMap(value) || Array.isArray(value)) && Object.hasOwn(value, key) ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}
