import type { KubeApi } from "../../../kube/kubeApi.ts";
import { resourcePath } from "../../../kube/resourcePath.ts";
import { FIELD_MANAGER } from "../../../routes/lastManager.ts";
import { restorePatch } from "../../../routes/restorePatch.ts";
import type { DesiredRoute, Route } from "../../../routes/route.ts";
import { failureText, isAway } from "../../output/failureAnswer.ts";
import type { CodedRoute } from "./annotatedRoutes.ts";
import type { Patience } from "./patience.ts";

/** What became of one route. */
export interface Restored {
  /** `away`: there was no answer at all. */
  readonly outcome: "restored" | "nothing" | "failed" | "away";
  readonly text: string;
}

/** Puts one route's baseline back. A write that comes in between is looked at, and then it is tried again, a few times. */
export async function restoreRoute(kube: KubeApi, { codec, route }: CodedRoute, dryRun: boolean, patience: Patience): Promise<Restored> {
  const { group, plural } = codec.resource;
  const place = { group, plural, namespace: route.namespace, name: route.name };
  let current = route;
  for (const waitMs of [...patience.waitsMs, null]) {
    const restoring = restorePatch(current);
    if (restoring.kind === "nothing") return { outcome: "nothing", text: "nothing to restore" };
    if (restoring.kind === "impossible") return { outcome: "failed", text: `left as it is: ${restoring.why}` };
    const text = `${movesOf(current, restoring.desired)}${current.memory === null ? " (what was remembered of it could not be read)" : ""}`;
    if (dryRun) return { outcome: "restored", text: `would be restored: ${text}` };
    const path = resourcePath({ ...place, version: codec.writeVersion(current, restoring.desired) });
    const written = await kube.patch(path, "application/json-patch+json", restoring.patch, { query: { fieldManager: FIELD_MANAGER } });
    if (written.ok) return { outcome: "restored", text: `restored: ${text}` };
    if (written.status === 404) return { outcome: "nothing", text: "gone meanwhile" };
    if (written.status !== 409 || waitMs === null)
      return { outcome: isAway(written) ? "away" : "failed", text: `not restored: ${failureText(written)}` };
    await patience.wait(waitMs);
    const again = await kube.get(resourcePath({ ...place, version: versionOf(current) }));
    if (!again.ok && again.status === 404) return { outcome: "nothing", text: "gone meanwhile" };
    if (!again.ok) return { outcome: isAway(again) ? "away" : "failed", text: `not restored: ${failureText(again)}` };
    current = codec.read(again.value);
  }
  throw new Error("the last try always answers");
}

/** `web 0 → 100, east 100 → 0`, split by split where there are several. */
function movesOf(route: Route, desired: DesiredRoute): string {
  const texts = route.splits.map((split) => {
    const weights = new Map(desired.splits.find(({ name }) => name === split.name)?.backends.map((b) => [b.backend, b.weight]));
    const moves = split.backends.map(({ backend, weight }) => {
      const then = weights.get(backend) ?? weight;
      return then === weight ? `${backend} ${weight}` : `${backend} ${weight} → ${then}`;
    });
    return `${route.splits.length > 1 ? `${split.name}: ` : ""}${moves.join(", ")}`;
  });
  return texts.length === 0 ? "our annotation is gone" : texts.join("; ");
}

function versionOf({ apiVersion }: Route): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}
