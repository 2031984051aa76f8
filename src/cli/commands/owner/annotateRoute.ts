import type { KubeApi } from "../../../kube/kubeApi.ts";
import { resourcePath } from "../../../kube/resourcePath.ts";
import { isManaged } from "../../../observer/managed.ts";
import { type AnnotationChanges, annotationsPatch, asItIs } from "../../../routes/annotationsPatch.ts";
import { type Route, routeKey } from "../../../routes/route.ts";
import { type Answer, type Remark, usageError } from "../../output/answer.ts";
import { EXIT } from "../../output/exit.ts";
import { failureAnswer } from "../../output/failureAnswer.ts";
import type { Selector } from "../../wiring/clusterSettings.ts";
import { type FoundRoute, findRoute } from "./findRoute.ts";
import { DEFAULT_RETRIES, type Retries } from "./retries.ts";
import type { RouteArgument } from "./routeArgument.ts";

/** A change of annotations that an owner wants. */
export interface Intent {
  readonly changes: AnnotationChanges;
  /** The state of the route afterwards, such as `is frozen`. */
  readonly outcome: string;
  /** Further messages for the owner. */
  readonly remarks: readonly Remark[];
}

export interface Target {
  readonly kube: KubeApi;
  readonly argument: RouteArgument;
  readonly namespace: string;
  readonly selector: Selector | null;
}

/** The owner's annotations need a field manager other than the controller's. */
const FIELD_MANAGER = "linkerd-failover-cli";

const LABEL_HINT = "the controller manages only routes with the label failover.linkerd.io/controlled-by=linkerd-failover";

/** Sets the annotations of an intent on a route. After a conflict the route is read again, and the intent is formed anew. */
export async function annotateRoute(
  target: Target,
  intend: (route: Route) => Intent | Remark,
  { waitsMs, wait }: Retries = DEFAULT_RETRIES,
): Promise<Answer> {
  for (const waitMs of [...waitsMs, null]) {
    const found = await findRoute(target.kube, target.argument, target.namespace);
    if ("answer" in found) return found.answer;
    const intent = intend(found.route);
    if ("message" in intent) return usageError(intent.message, intent.hint);
    const failure = await writeChanges(target, found, intent.changes);
    if (failure?.status === 409 && waitMs !== null) {
      await wait(waitMs);
      continue;
    }
    if (failure !== null) return failureAnswer(`cannot change ${routeKey(found.route)}`, failure);
    const line = `${routeKey(found.route)} ${intent.outcome}`;
    return { exit: EXIT.fine, line, remarks: [...intent.remarks, ...unmanaged(found.route, target.selector)] };
  }
  throw new Error("the last attempt returns");
}

/** Why the patch failed; null where the annotations are as wanted. */
async function writeChanges({ kube, argument }: Target, { object, route }: FoundRoute, changes: AnnotationChanges) {
  const patch = annotationsPatch(object, changes);
  if (patch === null) return null;
  const { group, plural } = argument.codec.resource;
  const version = argument.codec.writeVersion(route, asItIs(route));
  const path = resourcePath({ group, version, plural, namespace: route.namespace, name: route.name });
  const answer = await kube.patch(path, "application/merge-patch+json", patch, { query: { fieldManager: FIELD_MANAGER } });
  return answer.ok ? null : answer;
}

function unmanaged(route: Route, selector: Selector | null): readonly Remark[] {
  if (isManaged(route.labels, selector)) return [];
  const hint = selector === null ? LABEL_HINT : `the controller manages only routes with the label ${selector.label}=${selector.value}`;
  return [{ message: `${routeKey(route)} is not managed: this annotation has no effect`, hint }];
}
