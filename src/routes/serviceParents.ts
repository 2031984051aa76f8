import { quote } from "./quote.ts";
import { readServiceRef } from "./serviceRef.ts";

/** Maximum number of parents; the API allows 32. */
const MOST_PARENTS = 100;

/** The Services among a route's parents, each once, in order; a text with the mistake if one is unreadable. */
export function serviceParents(parentRefs: unknown, namespace: string): readonly string[] | string {
  const list = parentRefs ?? [];
  if (!Array.isArray(list)) return `spec.parentRefs: a list is needed, found ${quote(list)}`;
  if (list.length > MOST_PARENTS) return `spec.parentRefs: at most ${MOST_PARENTS} are read, found ${list.length}`;
  const parents = new Set<string>();
  for (const [i, item] of list.entries()) {
    // Without a kind, a parent is a Gateway, which is ignored.
    const ref = readServiceRef(item, namespace, null);
    if ("service" in ref) parents.add(ref.service);
    else if (ref.isService) return `spec.parentRefs[${i}]${ref.flaw}`;
  }
  return [...parents];
}
