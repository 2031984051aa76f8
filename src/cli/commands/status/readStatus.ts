import type { KubeApi, KubeFailure } from "../../../kube/kubeApi.ts";
import { isManaged } from "../../../observer/managed.ts";
import { CODECS } from "../../../routes/codecs.ts";
import { routeKey } from "../../../routes/route.ts";
import type { Remark } from "../../output/answer.ts";
import { failureRemark, gotNoAnswer } from "../../output/failureAnswer.ts";
import type { Selector } from "../../wiring/clusterSettings.ts";
import { listRoutes } from "../../wiring/listRoutes.ts";
import { askAddress, askLeader, type ControllerAnswer, type ControllerPlace, ROUTES_PATH } from "../controller/askController.ts";
import type { FoundRoute } from "../owner/findRoute.ts";
import type { WantedRoute } from "../owner/routeArgument.ts";
import { readLiveRoutes } from "./liveRoute.ts";
import { type RouteStatus, routeStatus } from "./routeStatus.ts";
import { compareRoutes } from "./severity.ts";

/** The controller must answer within this time: the table does not wait longer for it. */
const CONTROLLER_TIME_LIMIT_MS = 5_000;

export interface StatusScope {
  /** Null: all. */
  readonly namespace: string | null;
  /** Null: the default labels. */
  readonly selector: Selector | null;
  /** Of the API server, as `-l` of kubectl; absent: every route. */
  readonly labels?: string | undefined;
  /** Empty: every route. */
  readonly wanted: readonly WantedRoute[];
  /** Where the controller is asked; null: nowhere. */
  readonly controller: { readonly place: ControllerPlace; readonly address: string | undefined } | null;
}

export interface StatusRead {
  /** The worst first. */
  readonly routes: readonly RouteStatus[];
  /** Why kinds could not be listed. */
  readonly failures: readonly Remark[];
  /** The API server answered nothing at all. */
  readonly noAnswer: boolean;
  /** The API server refused `labels`. */
  readonly badLabels: KubeFailure | null;
  /** Wanted routes that are not managed, or not there. */
  readonly absent: readonly Remark[];
  /** Why the controller did not answer; null: it did, or was not asked. */
  readonly unasked: string | null;
}

/** The managed routes with what the controller knows of them. Never throws. */
export async function readStatus(kube: KubeApi, scope: StatusScope, nowMs: number): Promise<StatusRead> {
  const namespaces = scope.namespace === null ? [] : [scope.namespace];
  const [kinds, answer] = await Promise.all([
    Promise.all(CODECS.map(async (codec) => ({ codec, ...(await listRoutes(kube, codec, namespaces, {}, scope.labels)) }))),
    askRoutes(kube, scope.controller),
  ]);
  const troubles = kinds.flatMap(({ trouble, codec: { resource } }) => (trouble === null ? [] : [{ trouble, resource }]));
  const found = kinds.flatMap((kind) => kind.found).filter(({ route }) => isWanted(route, scope.wanted));
  const live = answer?.ok === true ? readLiveRoutes(answer.value) : null;
  const managed = found.filter(({ object }) => isManaged(object.metadata?.labels, scope.selector));
  return {
    routes: managed.map(({ route }) => routeStatus(route, nowMs, live?.get(routeKey(route)) ?? null)).sort(compareRoutes),
    failures: troubles.map(({ trouble, resource: { plural, group } }) => failureRemark(`cannot list ${plural}.${group}`, trouble)),
    noAnswer: troubles.length === kinds.length && troubles.every(({ trouble }) => gotNoAnswer(trouble)),
    badLabels: troubles.find(({ trouble }) => trouble.status === 400)?.trouble ?? null,
    absent: troubles.length > 0 ? [] : scope.wanted.flatMap((wanted) => absence(wanted, found, managed, scope.namespace)),
    unasked: answer === null || answer.ok ? null : answer.why,
  };
}

async function askRoutes(kube: KubeApi, controller: StatusScope["controller"]): Promise<ControllerAnswer | null> {
  if (controller === null) return null;
  const { place, address } = controller;
  return address === undefined ? askLeader(kube, place, ROUTES_PATH, CONTROLLER_TIME_LIMIT_MS) : askAddress(address, ROUTES_PATH);
}

function isWanted({ kind, name }: FoundRoute["route"], wanted: readonly WantedRoute[]): boolean {
  return wanted.length === 0 || wanted.some((one) => one.codec.kind === kind && (one.name === null || one.name === name));
}

/** Why a route that was named is not among the managed ones. */
function absence(
  { codec: { kind }, name }: WantedRoute,
  found: readonly FoundRoute[],
  managed: readonly FoundRoute[],
  namespace: string | null,
): readonly Remark[] {
  const isIt = ({ route }: FoundRoute) => route.kind === kind && route.name === name;
  if (name === null || managed.some(isIt)) return [];
  const key = `${kind}/${namespace === null ? "" : `${namespace}/`}${name}`;
  if (found.some(isIt))
    return [{ message: `${key} is not managed`, hint: "label it with failover.linkerd.io/controlled-by=linkerd-failover" }];
  return [{ message: `${key} does not exist`, hint: "set its namespace with -n, the cluster with --context" }];
}
