import { asRecord } from "./record.ts";
import type { Problem } from "./route.ts";
import { readServiceRef } from "./serviceRef.ts";

/** Who writes Linkerd's part of a route's status. */
const LINKERD = "linkerd.io/policy-controller";

/** Characters of a message that are told. */
const LONGEST_MESSAGE = 200;

/**
 * The problem of a route that Linkerd does not follow, whatever its weights: it says so for every Service parent that it
 * speaks of. While one parent is accepted that one's clients depend on the weights. No word of Linkerd's is no refusal.
 */
export function notAccepted(status: Readonly<Record<string, unknown>>, namespace: string, parents: readonly string[]): Problem | null {
  let refusal: string | null = null;
  for (const item of listOf(status["parents"])) {
    const parent = asRecord(item);
    if (parent === null || parent["controllerName"] !== LINKERD || !isOneOf(parents, parent["parentRef"], namespace)) continue;
    const accepted = listOf(parent["conditions"])
      .map(asRecord)
      .find((condition) => condition?.["type"] === "Accepted");
    if (accepted?.["status"] === "True") return null;
    if (accepted?.["status"] === "False") refusal ??= whyOf(accepted);
  }
  return refusal === null ? null : { problem: "not-accepted", text: `status.parents: Linkerd does not follow this route: ${refusal}` };
}

/** A status may still speak of a parent that the owner has taken away. */
function isOneOf(parents: readonly string[], parentRef: unknown, namespace: string): boolean {
  if (parentRef === undefined) return true;
  const ref = readServiceRef(parentRef, namespace, null);
  return "service" in ref && parents.includes(ref.service);
}

function whyOf(condition: Readonly<Record<string, unknown>>): string {
  const texts = [condition["reason"], condition["message"]].filter((text) => typeof text === "string" && text.trim() !== "");
  const text = texts.join(", ").replaceAll(/\s+/g, " ");
  if (text === "") return "it gives no reason";
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
