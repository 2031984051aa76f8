import { isServiceName } from "./backendName.ts";
import { quote } from "./quote.ts";
import { asRecord } from "./record.ts";

/** A Service as we spell backends; or something else, with what is wrong with it, to be put behind its path. */
export type ServiceRef = { readonly service: string } | { readonly flaw: string; readonly isService: boolean };

/** Kubernetes' core group has no name; Gateway API also takes this one for it. */
const CORE_GROUPS: readonly unknown[] = ["", "core", undefined, null];

/** Reads a reference of Gateway API to a Service. `usualKind` is what one without a kind refers to. */
export function readServiceRef(value: unknown, routeNamespace: string, usualKind: string | null): ServiceRef {
  const ref = asRecord(value) ?? {};
  const kind = ref["kind"] ?? usualKind;
  if (kind !== "Service" || !CORE_GROUPS.includes(ref["group"])) {
    const group = CORE_GROUPS.includes(ref["group"]) ? "" : `, group ${quote(ref["group"])}`;
    return { isService: false, flaw: `: a Service is needed, found kind ${quote(kind)}${group}` };
  }
  const namespace = ref["namespace"] ?? routeNamespace;
  const name = ref["name"];
  if (!isServiceName(name)) return { isService: true, flaw: `.name: the name of a Service is needed, found ${quote(name)}` };
  if (namespace === routeNamespace) return { service: name };
  // Namespaces are named as Services are.
  if (!isServiceName(namespace))
    return { isService: true, flaw: `.namespace: the name of a namespace is needed, found ${quote(namespace)}` };
  return { service: `${name}.${namespace}` };
}
