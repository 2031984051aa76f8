import { asRecord } from "./record.ts";

/** Who we are in the managedFields of what we write. */
export const FIELD_MANAGER = "linkerd-failover";

/** The field manager that wrote the object's spec last, by its managedFields; `unknown` where they do not tell. */
export function lastManagerOf(managedFields: unknown): string {
  if (!Array.isArray(managedFields)) return "unknown";
  let last = { manager: "unknown", time: "" };
  for (const item of managedFields) {
    const entry = asRecord(item);
    const owned = asRecord(entry?.["fieldsV1"]);
    const manager = entry?.["manager"];
    if (owned === null || !Object.hasOwn(owned, "f:spec") || typeof manager !== "string" || manager === "") continue;
    // The API server writes these times in UTC and to the second, so their texts compare as the times do. Within one
    // second the other writer came later: we do not write what we have just written.
    const time = typeof entry?.["time"] === "string" ? entry["time"] : "";
    const later = time > last.time || (time === last.time && (manager !== FIELD_MANAGER || last.manager === "unknown"));
    if (later) last = { manager, time };
  }
  return last.manager;
}
