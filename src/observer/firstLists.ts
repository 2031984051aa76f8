import { pause } from "./pause.ts";

/** A namespace whose first lists are not complete delays the others for this long at the start, and no longer. */
const PATIENCE_MS = 10_000;

/**
 * Resolves when the first lists of all scopes (namespaces, or the one cluster) are complete, or some time after those of the first
 * one are. All of them together is better, because brakes count routes, but a namespace that is lost must not stop the others.
 */
export async function firstLists(scopes: readonly Promise<unknown>[], signal: AbortSignal): Promise<void> {
  const complete = new AbortController();
  const all = Promise.all(scopes).then(() => complete.abort());
  if (scopes.length === 1) return all;
  await Promise.race(scopes);
  await pause(PATIENCE_MS, AbortSignal.any([signal, complete.signal]));
}
