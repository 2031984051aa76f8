import { isServiceName } from "./backendName.ts";
import { quote } from "./quote.ts";
import { asRecord } from "./record.ts";

/** A Service, named like a backend; otherwise the mistake, as a text to append to its path. */
export type ServiceRef = { readonly service: string } | { readonly flaw: string; readonly isService: boolean };

/** The core group of Kubernetes has no name; Gateway API also accepts `core`. */
const CORE_GROUPS: readonly unknown[] = ["", "core", undefined, null];

/** Reads a Gateway API reference to a Service. `usualKind` is the kind of a reference without a kind. */
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
  // Namespaces and Services have the same name format.
  if (!isServiceName(namespace))
    return { isService: true, flaw: `.namespace: the name of a namespace is needed, found ${quote(namespace)}` };
  return { service: `${name}.${namespace}` };
}
