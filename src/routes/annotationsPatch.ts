import { stringsOf } from "./record.ts";
import type { DesiredRoute, DesiredSplit, Route } from "./route.ts";

/** Annotations to set; null takes one away. */
export type AnnotationChanges = Readonly<Record<string, string | null>>;

/** The parts of an object that this is about. */
export interface Annotated {
  readonly metadata?: { readonly resourceVersion?: string; readonly annotations?: unknown };
}

/**
 * The merge patch that sets an owner's annotations, guarded by the version of the object that was read; null where all
 * are so already. A merge patch does not mind whether there is a map of annotations yet.
 */
export function annotationsPatch({ metadata }: Annotated, changes: AnnotationChanges): object | null {
  const present = new Map(Object.entries(stringsOf(metadata?.annotations)));
  const missing = Object.entries(changes).filter(([name, value]) => (present.get(name) ?? null) !== value);
  if (missing.length === 0) return null;
  return { metadata: { resourceVersion: metadata?.resourceVersion, annotations: Object.fromEntries(missing) } };
}

/** The live weights as desired ones: it tells through which version an object can be written that keeps them. */
export function asItIs(route: Route): DesiredRoute {
  const splits = route.splits.map(({ name, backends }): DesiredSplit => {
    const kept = backends.map(({ backend, weight, entries }) => ({ backend, weight, spellings: entries.map((e) => e.spelling) }));
    return { name, backends: kept };
  });
  return { splits, memory: { splits: {}, backends: {} } };
}
