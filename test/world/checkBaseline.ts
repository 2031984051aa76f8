import type { Spelling } from "../../src/routes/route.ts";
import type { ApiObject } from "./apiResource.ts";
import { memoryOf } from "./remembered.ts";

/** P13: what a write of ours remembers as the baseline is what the owner wrote last, to the letter; null where it is. */
export function checkBaseline(after: ApiObject, wanted: readonly Spelling[]): string | null {
  const { backends } = after.spec as { readonly backends: readonly { readonly service: string }[] };
  const baseline = memoryOf(after)?.splits["0"]?.baseline ?? {};
  const remembered = backends.map(({ service }) => baseline[service]?.[0]);
  return JSON.stringify(remembered) === JSON.stringify(wanted)
    ? null
    : `P13: ${JSON.stringify(remembered)} is remembered as the baseline, and the owner wants ${JSON.stringify(wanted)}`;
}
