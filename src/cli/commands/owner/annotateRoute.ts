import type { KubeApi } from "../../../kube/kubeApi.ts";
import { resourcePath } from "../../../kube/resourcePath.ts";
import { isManaged } from "../../../observer/managed.ts";
import { type AnnotationChanges, annotationsPatch, asItIs } from "../../../routes/annotationsPatch.ts";
import { type Route, routeKey } from "../../../routes/route.ts";
import { type Answer, type Remark, refusal } from "../../output/answer.ts";
import { EXIT } from "../../output/exit.ts";
import { failureAnswer } from "../../output/failureAnswer.ts";
import type { Selector } from "../../wiring/clusterSettings.ts";
import { type FoundRoute, findRoute } from "./findRoute.ts";
import { type Patience, SOME_PATIENCE } from "./patience.ts";
import type { RouteArgument } from "./routeArgument.ts";

/** What an owner wants of a route. */
export interface Intent {
  readonly changes: AnnotationChanges;
  /** How the route is afterwards: `is frozen`. */
  readonly outcome: string;
  /** What the owner should know beside. */
  readonly remarks: readonly Remark[];
}

export interface Target {
  readonly kube: KubeApi;
  readonly argument: RouteArgument;
  readonly namespace: string;
  readonly selector: Selector | null;
}

/** Annotations are the owner's: they must not look like the controller's own writes. */
const FIELD_MANAGER = "linkerd-failover-cli";

const LABEL_HINT = "the controller looks at routes with the label failover.linkerd.io/controlled-by=linkerd-failover only";

/** Sets the annotations that an intent asks for, on the route as it is: a change in between is looked at anew. */
export async function annotateRoute(
  target: Target,
  intend: (route: Route) => Intent | Remark,
  { waitsMs, wait }: Patience = SOME_PATIENCE,
): Promise<Answer> {
  for (const waitMs of [...waitsMs, null]) {
    const found = await findRoute(target.kube, target.argument, target.namespace);
    if ("answer" in found) return found.answer;
    const intent = intend(found.route);
    if ("message" in intent) return refusal(intent.message, intent.hint);
    const failure = await writeChanges(target, found, intent.changes);
    if (failure?.status === 409 && waitMs !== null) {
      await wait(waitMs);
      continue;
    }
    if (failure !== null) return failureAnswer(`cannot change ${routeKey(found.route)}`, failure);
    const said = `${routeKey(found.route)} ${intent.outcome}`;
    return { exit: EXIT.fine, said, remarks: [...intent.remarks, ...unmanaged(found.route, target.selector)] };
  }
  throw new Error("the last try always answers");
}

/** What went wrong; null where the object is as wanted. */
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
  const hint = selector === null ? LABEL_HINT : `the controller looks at routes with the label ${selector.label}=${selector.value} only`;
  return [{ message: `${routeKey(route)} is not managed: nobody acts on this annotation`, hint }];
}
