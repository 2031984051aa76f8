import { asRecord } from "./record.ts";

/** The field managers by which GitOps controllers write, and what people call them. */
const MANAGERS: Readonly<Record<string, string>> = {
  "argocd-controller": "Argo CD",
  "kustomize-controller": "Flux",
  "helm-controller": "Flux",
};

/** The GitOps controller that has a hand in an object's spec, by its managedFields; null: none is seen. */
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
