import { Argument, Command, Option } from "commander";
import { refusal, speak } from "../output/answer.ts";
import { printableLine } from "../output/printable.ts";
import { readNamespace, setting, withClusterSettings } from "../wiring/clusterSettings.ts";
import { watchNamespacesOption } from "../wiring/sightSettings.ts";
import { restoreAll } from "./owner/restoreAll.ts";
import { type RouteArgument, readRouteArgument } from "./owner/routeArgument.ts";
import { namespaceOption, openCluster, type RouteSettings } from "./owner/routeCommand.ts";

interface RestoreSettings extends RouteSettings {
  readonly allNamespaces?: boolean;
  readonly controllerNamespace: string;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
  readonly scaleDown?: string;
  readonly dryRun?: boolean;
}

const EXAMPLES = `
Examples:
  linkerd-failover restore -A --dry-run
  linkerd-failover restore -A --scale-down linkerd-failover
  linkerd-failover restore -n shop httproute/web

A controller that runs would shift the routes again at once: let its Deployment
be scaled down first, or freeze the routes that you restore. Routes that are
not frozen are left as they are while one is running.

Exit status: 0 all restored, 1 some were not, 2 wrong usage, 3 the API server
cannot be reached. It can be run again at any time.
`;

/** `restore [KIND/NAME] [-A]`: every route as if we had never been there, also those that are labelled as ours no more. */
export function restoreCommand(): Command {
  return withClusterSettings(new Command("restore"))
    .description("put the owners' own weights back and take our annotation away")
    .addArgument(
      new Argument("[kind/name]", "this route only; default: every one with our annotation, whatever its labels").argParser(
        readRouteArgument,
      ),
    )
    .addOption(namespaceOption())
    .addOption(new Option("-A, --all-namespaces", "the routes of all namespaces, or of those of --watch-namespaces").conflicts("namespace"))
    .addOption(watchNamespacesOption())
    .addOption(new Option("--scale-down <deployment>", "stop the controller first: this Deployment in its namespace, to zero replicas"))
    .addOption(new Option("--dry-run", "tell what would be done, and do nothing").conflicts("scaleDown"))
    .addOption(
      setting("--controller-namespace <name>", "where the controller runs, for its Lease", "namespace")
        .default("linkerd-failover")
        .argParser(readNamespace),
    )
    .addHelpText("after", EXAMPLES)
    .action(restore);
}

async function restore(argument: RouteArgument | undefined, settings: RestoreSettings): Promise<void> {
  const all = settings.allNamespaces === true;
  if (all && argument !== undefined) return speak(refusal("a route has a namespace: -A and KIND/NAME exclude each other", "-n names it"));
  const cluster = openCluster(settings);
  if ("answer" in cluster) return speak(cluster.answer);
  speak(
    await restoreAll({
      kube: cluster.kube,
      argument,
      namespaces: all ? settings.watchNamespaces : [cluster.namespace],
      controllerNamespace: settings.controllerNamespace,
      deployment: settings.scaleDown,
      dryRun: settings.dryRun === true,
      tell: (line) => process.stdout.write(`${printableLine(line)}\n`),
    }),
  );
}
