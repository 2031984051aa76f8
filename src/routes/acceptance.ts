import { asRecord } from "./record.ts";
import type { Problem } from "./route.ts";
import { readServiceRef } from "./serviceRef.ts";

/** The controller name of Linkerd in a route's status. */
const LINKERD = "linkerd.io/policy-controller";

/** Longer messages are cut, in characters. */
const LONGEST_MESSAGE = 200;

/**
 * The problem of a route that Linkerd has not accepted for any of its Service parents; otherwise null. If one parent is
 * accepted, the clients of that parent depend on the weights. A missing condition is no refusal.
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

/** Whether the route still has this parent: the status may be older than the spec. */
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
