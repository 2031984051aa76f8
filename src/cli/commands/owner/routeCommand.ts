import { Argument, Command, Option } from "commander";
import { createKubeApi } from "../../../kube/createKubeApi.ts";
import { loadKubeConfig } from "../../../kube/kubeConfig.ts";
import type { Route } from "../../../routes/route.ts";
import { type Answer, type Remark, refusal, speak } from "../../output/answer.ts";
import { type ClusterSettings, readNamespace, withClusterSettings } from "../../wiring/clusterSettings.ts";
import { annotateRoute, type Intent } from "./annotateRoute.ts";
import { type RouteArgument, readRouteArgument } from "./routeArgument.ts";

export interface RouteSettings extends ClusterSettings {
  readonly namespace?: string;
}

/** A command about one route, which is its first argument. */
export function routeCommand(name: string): Command {
  return withClusterSettings(new Command(name)).addArgument(routeArgument()).addOption(namespaceOption());
}

export function routeArgument(): Argument {
  return new Argument("<kind/name>", "trafficsplit (ts), httproute, httproute.policy.linkerd.io or grpcroute").argParser(readRouteArgument);
}

export function namespaceOption(): Option {
  return new Option("-n, --namespace <name>", "the route's namespace (default: the context's)").argParser(readNamespace);
}

/** Opens the cluster, sets the annotations and says what became of it. */
export async function annotate(argument: RouteArgument, settings: RouteSettings, intend: (route: Route) => Intent | Remark): Promise<void> {
  const cluster = openCluster(settings);
  if ("answer" in cluster) return speak(cluster.answer);
  speak(await annotateRoute({ ...cluster, argument, selector: settings.selector ?? null }, intend));
}

/** The API of the cluster that is meant, and the namespace where none is named. */
export function openCluster(settings: RouteSettings) {
  const loaded = loadKubeConfig({ kubeconfig: settings.kubeconfig, context: settings.context });
  if (!loaded.ok) {
    const answer: Answer = refusal(loaded.message, "--kubeconfig names the file, --context the context in it");
    return { answer };
  }
  return { kube: createKubeApi(loaded.kubeConfig), namespace: settings.namespace ?? loaded.namespace ?? "default" };
}
