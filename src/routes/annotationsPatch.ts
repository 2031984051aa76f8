import { stringsOf } from "./record.ts";
import type { DesiredRoute, DesiredSplit, Route } from "./route.ts";

/** Annotations to set; null removes one. */
export type AnnotationChanges = Readonly<Record<string, string | null>>;

/** The fields of an object that the patch depends on. */
export interface Annotated {
  readonly metadata?: { readonly resourceVersion?: string; readonly annotations?: unknown };
}

/**
 * The merge patch that sets an owner's annotations, guarded by the resourceVersion; null if nothing changes. A merge patch
 * also works on an object without annotations.
 */
export function annotationsPatch({ metadata }: Annotated, changes: AnnotationChanges): object | null {
  const present = new Map(Object.entries(stringsOf(metadata?.annotations)));
  const missing = Object.entries(changes).filter(([name, value]) => (present.get(name) ?? null) !== value);
  if (missing.length === 0) return null;
  return { metadata: { resourceVersion: metadata?.resourceVersion, annotations: Object.fromEntries(missing) } };
}

/** The live weights as desired weights, to find the API version that accepts a write of the object. */
export function asItIs(route: Route): DesiredRoute {
  const splits = route.splits.map(({ name, backends }): DesiredSplit => {
    const kept = backends.map(({ backend, weight, entries }) => ({ backend, weight, spellings: entries.map((e) => e.spelling) }));
    return { name, backends: kept };
  });
  return { splits, memory: { splits: {}, backends: {} } };
}
