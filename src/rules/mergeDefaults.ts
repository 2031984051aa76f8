/** Keys of one map that say the same thing in two ways, by the path of the map: either takes the place of the other. */
const ALTERNATIVES: ReadonlyMap<string, readonly string[]> = new Map([["signals.readiness", ["minReady", "minReadyShare"]]]);

/**
 * Lays a rule over the defaults: maps are merged key by key at every depth, anything else in the rule (a list, a
 * number, null) replaces what the defaults have.
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

/** A map of the file, and nothing else. */
function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a map itself has at a key, never what it inherits. */
export function own(value: unknown, key: PropertyKey): unknown {
  return (isMap(value) || Array.isArray(value)) && Object.hasOwn(value, key) ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}
