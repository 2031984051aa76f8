import { Argument, Command, Option } from "commander";
import { createKubeApi } from "../../../kube/createKubeApi.ts";
import { loadKubeConfig } from "../../../kube/kubeConfig.ts";
import type { Route } from "../../../routes/route.ts";
import { type Answer, printAnswer, type Remark, usageError } from "../../output/answer.ts";
import { type ClusterSettings, readNamespace, withClusterSettings } from "../../wiring/clusterSettings.ts";
import { annotateRoute, type Intent } from "./annotateRoute.ts";
import { type RouteArgument, readRouteArgument } from "./routeArgument.ts";

export interface RouteSettings extends ClusterSettings {
  readonly namespace?: string;
}

/** A command whose first argument is a route. */
export function routeCommand(name: string): Command {
  return withClusterSettings(new Command(name)).addArgument(routeArgument()).addOption(namespaceOption());
}

export function routeArgument(): Argument {
  return new Argument("<kind/name>", "trafficsplit (ts), httproute, httproute.policy.linkerd.io or grpcroute").argParser(readRouteArgument);
}

export function namespaceOption(): Option {
  return new Option("-n, --namespace <name>", "the route's namespace (default: the context's)").argParser(readNamespace);
}

/** Sets the annotations of a route and prints the result. */
export async function annotate(argument: RouteArgument, settings: RouteSettings, intend: (route: Route) => Intent | Remark): Promise<void> {
  const cluster = openCluster(settings);
  if ("answer" in cluster) return printAnswer(cluster.answer);
  printAnswer(await annotateRoute({ ...cluster, argument, selector: settings.selector ?? null }, intend));
}

/** The API of the selected cluster and the namespace; or the answer why there is none. */
export function openCluster(settings: RouteSettings) {
  const loaded = loadKubeConfig(settings);
  if (!loaded.ok) {
    const answer: Answer = usageError(loaded.message, "set the file with --kubeconfig, the context with --context");
    return { answer };
  }
  return { kube: createKubeApi(loaded.kubeConfig, loaded.impersonation), namespace: settings.namespace ?? loaded.namespace ?? "default" };
}
