import { STATE_ANNOTATION } from "../../src/routes/memory.ts";
import type { ApiObject } from "./apiResource.ts";

/** P14: a write of ours changes only weights and our annotation. Returns what else it changed, or null. */
export function checkUntouched(before: ApiObject, after: ApiObject): string | null {
  const was = withoutOurs(before);
  const is = withoutOurs(after);
  return was === is ? null : `P14: more than weights and our annotation changed: ${was} became ${is}`;
}

function withoutOurs(object: ApiObject): string {
  const { resourceVersion: _version, generation: _generation, managedFields: _owners, annotations, ...metadata } = object.metadata;
  const { [STATE_ANNOTATION]: _state, ...theirs } = annotations ?? {};
  const { backends, rules, ...spec } = object.spec as {
    readonly backends?: readonly object[];
    readonly rules?: readonly { readonly backendRefs: readonly object[] }[];
  };
  return JSON.stringify({
    ...object,
    metadata: { ...metadata, annotations: theirs },
    spec: {
      ...spec,
      backends: withoutWeights(backends),
      rules: rules?.map((rule) => ({ ...rule, backendRefs: withoutWeights(rule.backendRefs) })),
    },
  });
}

function withoutWeights(backends: readonly object[] | undefined): readonly object[] | undefined {
  return backends?.map((backend) => ({ ...backend, weight: null }));
}
