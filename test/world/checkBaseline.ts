import type { ApiObject } from "./apiResource.ts";
import { splitMemoriesOf } from "./remembered.ts";
import type { SceneSplit } from "./sceneRoute.ts";

/** P13: the baseline in a write of ours is exactly what the owner wrote last. Returns what is wrong, or null. */
export function checkBaseline(after: ApiObject, wanted: readonly SceneSplit[]): string | null {
  const remembered = splitMemoriesOf(after);
  for (const { name, backends } of wanted) {
    const baseline = remembered.get(name)?.baseline ?? {};
    const wrong = backends.find(({ service, weight }) => baseline[service]?.[0] !== weight);
    if (wrong !== undefined)
      return `P13: ${JSON.stringify(baseline)} is remembered as the baseline of split ${name}, but the owner wants ${wrong.weight} for ${wrong.service}`;
  }
  return null;
}
