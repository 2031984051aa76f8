import { asRecord } from "./record.ts";

/** Our field manager in managedFields. */
export const FIELD_MANAGER = "linkerd-failover";

/** The field manager that wrote the object's spec last, from its managedFields; `unknown` if they do not say. */
export function lastManagerOf(managedFields: unknown): string {
  if (!Array.isArray(managedFields)) return "unknown";
  let last = { manager: "unknown", time: "" };
  for (const item of managedFields) {
    const entry = asRecord(item);
    const owned = asRecord(entry?.["fieldsV1"]);
    const manager = entry?.["manager"];
    if (owned === null || !Object.hasOwn(owned, "f:spec") || typeof manager !== "string" || manager === "") continue;
    // The API server writes these times in UTC with seconds, so they can be compared as strings. Within the same second
    // the other writer was later, because we do not write twice in a row.
    const time = typeof entry?.["time"] === "string" ? entry["time"] : "";
    const later = time > last.time || (time === last.time && (manager !== FIELD_MANAGER || last.manager === "unknown"));
    if (later) last = { manager, time };
  }
  return last.manager;
}
