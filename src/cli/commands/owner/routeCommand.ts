import { Argument, Command, Option } from "commander";
import { createKubeApi } from "../../../kube/createKubeApi.ts";
import { loadKubeConfig } from "../../../kube/kubeConfig.ts";
import type { Route } from "../../../routes/route.ts";
import { type Answer, printAnswer, type Remark, usageError } from "../../output/answer.ts";
import { type ClusterSettings, readNamespace, withClusterSettings } from "../../wiring/clusterSettings.ts";
import { annotateRoute, type Intent } from "./annotateRoute.ts";
import { type RouteArgument, readRoute } from "./routeArgument.ts";

export interface RouteSettings extends ClusterSettings {
  readonly namespace?: string;
}

/** A command that sets the annotations of a route. */
export function routeCommand(name: string): Command {
  return withRoute(withClusterSettings(new Command(name)).addOption(namespaceOption()));
}

/** Adds the argument KIND/NAME, which may also be KIND NAME. */
export function withRoute(command: Command): Command {
  const kinds = "trafficsplit (ts), httproute, httproute.policy.linkerd.io or grpcroute; also with a blank: ts web";
  return command.addArgument(new Argument("<kind/name>", kinds)).allowExcessArguments(true);
}

/**
 * Sets what the command does with its route, the words after it and its settings. A word too many or too few is a usage error;
 * `after` are the names of the arguments after the route. `without`: what it does without a route. `instead`: what
 * it does with words that are no route; null: nothing.
 */
export function routeAction<S>(
  command: Command,
  after: readonly string[],
  act: (argument: RouteArgument, words: readonly string[], settings: S) => Promise<void>,
  others: { readonly without?: (settings: S) => Promise<void>; readonly instead?: (words: readonly string[]) => Promise<void> | null } = {},
): Command {
  return command.action(async () => {
    if (others.without !== undefined && command.args.length === 0) return others.without(command.opts<S & object>());
    const instead = others.instead?.(command.args) ?? null;
    if (instead !== null) return instead;
    const read = readRoute(command.args);
    const wrong = "wrong" in read ? read.wrong : misfit(read.rest, after);
    if (wrong !== null) command.error(`error: ${wrong}`);
    if (!("wrong" in read)) await act(read.argument, read.rest, command.opts<S & object>());
  });
}

function misfit(words: readonly string[], after: readonly string[]): string | null {
  if (words.length < after.length) return `missing required argument '${after[words.length]}'`;
  return words.length > after.length ? `too many arguments: ${words.slice(after.length).join(" ")}` : null;
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
  return {
    kube: createKubeApi(loaded.kubeConfig, loaded.impersonation),
    login: loaded,
    namespace: settings.namespace ?? loaded.namespace ?? "default",
  };
}
