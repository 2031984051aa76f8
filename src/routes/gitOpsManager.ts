import { asRecord } from "./record.ts";

/** The field managers of GitOps controllers, and the product names. */
const MANAGERS: Readonly<Record<string, string>> = {
  "argocd-controller": "Argo CD",
  "kustomize-controller": "Flux",
  "helm-controller": "Flux",
};

/** The name of the GitOps controller that owns fields of an object's spec, from its managedFields; null if there is none. */
export function gitOpsManagerOf(managedFields: unknown): string | null {
  if (!Array.isArray(managedFields)) return null;
  for (const item of managedFields) {
    const entry = asRecord(item);
    const owned = asRecord(entry?.["fieldsV1"]);
    const manager = entry?.["manager"];
    if (owned === null || !Object.hasOwn(owned, "f:spec") || typeof manager !== "string") continue;
    if (Object.hasOwn(MANAGERS, manager)) return MANAGERS[manager] ?? null;
  }
  return null;
}
