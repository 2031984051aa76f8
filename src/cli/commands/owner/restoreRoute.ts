import type { KubeApi } from "../../../kube/kubeApi.ts";
import { resourcePath } from "../../../kube/resourcePath.ts";
import { FIELD_MANAGER } from "../../../routes/lastManager.ts";
import { restorePatch } from "../../../routes/restorePatch.ts";
import type { DesiredRoute, Route } from "../../../routes/route.ts";
import { failureText, gotNoAnswer } from "../../output/failureAnswer.ts";
import type { CodedRoute } from "./annotatedRoutes.ts";
import type { Retries } from "./retries.ts";

/** The result for one route. */
export interface Restored {
  /** `noAnswer`: the API server did not answer at all. */
  readonly outcome: "restored" | "nothing" | "failed" | "noAnswer";
  readonly text: string;
}

/** Restores the baseline of one route. After a conflict it reads the route again and retries, a few times. */
export async function restoreRoute(kube: KubeApi, { codec, route }: CodedRoute, dryRun: boolean, retries: Retries): Promise<Restored> {
  const { group, plural } = codec.resource;
  const place = { group, plural, namespace: route.namespace, name: route.name };
  let current = route;
  for (const waitMs of [...retries.waitsMs, null]) {
    const restoring = restorePatch(current);
    if (restoring.kind === "nothing") return { outcome: "nothing", text: "nothing to restore" };
    if (restoring.kind === "impossible") return { outcome: "failed", text: `left as it is: ${restoring.why}` };
    const text = `${movesOf(current, restoring.desired)}${current.memory === null ? " (its annotation could not be read)" : ""}`;
    if (dryRun) return { outcome: "restored", text: `would be restored: ${text}` };
    const path = resourcePath({ ...place, version: codec.writeVersion(current, restoring.desired) });
    const written = await kube.patch(path, "application/json-patch+json", restoring.patch, { query: { fieldManager: FIELD_MANAGER } });
    if (written.ok) return { outcome: "restored", text: `restored: ${text}` };
    if (written.status === 404) return { outcome: "nothing", text: "was deleted meanwhile" };
    if (written.status !== 409 || waitMs === null)
      return { outcome: gotNoAnswer(written) ? "noAnswer" : "failed", text: `not restored: ${failureText(written)}` };
    await retries.wait(waitMs);
    const again = await kube.get(resourcePath({ ...place, version: versionOf(current) }));
    if (!again.ok && again.status === 404) return { outcome: "nothing", text: "was deleted meanwhile" };
    if (!again.ok) return { outcome: gotNoAnswer(again) ? "noAnswer" : "failed", text: `not restored: ${failureText(again)}` };
    current = codec.read(again.value);
  }
  throw new Error("the last attempt returns");
}

/** `web 0 → 100, east 100 → 0`; with several splits, each one is named. */
function movesOf(route: Route, desired: DesiredRoute): string {
  const texts = route.splits.map((split) => {
    const weights = new Map(desired.splits.find(({ name }) => name === split.name)?.backends.map((b) => [b.backend, b.weight]));
    const moves = split.backends.map(({ backend, weight }) => {
      const then = weights.get(backend) ?? weight;
      return then === weight ? `${backend} ${weight}` : `${backend} ${weight} → ${then}`;
    });
    return `${route.splits.length > 1 ? `${split.name}: ` : ""}${moves.join(", ")}`;
  });
  return texts.length === 0 ? "the controller's annotation removed" : texts.join("; ");
}

function versionOf({ apiVersion }: Route): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}
