import { STATE_ANNOTATION } from "../../src/routes/memory.ts";

interface Whole {
  metadata: { annotations?: Record<string, unknown> };
  spec: { rules?: readonly { backendRefs?: Record<string, unknown>[] }[] };
}

/** A gateway route without what we write: weights, the state annotation, and its map if that is empty without it. */
export function ownersPart(document: unknown): unknown {
  const copy = structuredClone(document) as Whole;
  delete copy.metadata.annotations?.[STATE_ANNOTATION];
  if (Object.keys(copy.metadata.annotations ?? {}).length === 0) delete copy.metadata.annotations;
  for (const rule of copy.spec.rules ?? []) for (const ref of rule.backendRefs ?? []) delete ref.weight;
  return copy;
}
