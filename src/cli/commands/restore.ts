import { Argument, Command, Option } from "commander";
import { printAnswer, usageError } from "../output/answer.ts";
import { printableLine } from "../output/printable.ts";
import { readNamespace, setting, withClusterSettings } from "../wiring/clusterSettings.ts";
import { readDuration } from "../wiring/readDuration.ts";
import { watchNamespacesOption } from "../wiring/sightSettings.ts";
import { restoreAll } from "./owner/restoreAll.ts";
import { type RouteArgument, readRouteArgument } from "./owner/routeArgument.ts";
import { namespaceOption, openCluster, type RouteSettings } from "./owner/routeCommand.ts";

interface RestoreSettings extends RouteSettings {
  readonly allNamespaces?: boolean;
  readonly controllerNamespace: string;
  /** Milliseconds. */
  readonly timeLimit?: number;
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

A running controller would shift the routes again at once: scale its Deployment
down first (--scale-down does it), or freeze the routes that you restore. While
a controller is running, only frozen routes are restored.

Exit status: 0 all restored, 1 some were not, 2 wrong usage, 3 the API server
cannot be reached. It is safe to run it again at any time.
`;

/** `restore [KIND/NAME] [-A]`: baselines back and our annotation off, also on routes that have lost the label. */
export function restoreCommand(): Command {
  return withClusterSettings(new Command("restore"))
    .description("restore the baseline weights and remove the controller's annotation")
    .addArgument(
      new Argument("[kind/name]", "only this route (default: every route with the controller's annotation, whatever its labels)").argParser(
        readRouteArgument,
      ),
    )
    .addOption(namespaceOption())
    .addOption(new Option("-A, --all-namespaces", "all namespaces, or those of --watch-namespaces").conflicts("namespace"))
    .addOption(watchNamespacesOption())
    .addOption(new Option("--scale-down <deployment>", "first stop the controller: scale this Deployment in its namespace to zero"))
    .addOption(new Option("--dry-run", "show what would be done, and change nothing").conflicts("scaleDown"))
    .addOption(
      new Option("--time-limit <duration>", "begin no route after that time; what is left is counted, and the exit status is 1").argParser(
        readDuration,
      ),
    )
    .addOption(
      setting("--controller-namespace <name>", "namespace of the controller and its Lease", "namespace")
        .default("linkerd-failover")
        .argParser(readNamespace),
    )
    .addHelpText("after", EXAMPLES)
    .action(restore);
}

async function restore(argument: RouteArgument | undefined, settings: RestoreSettings): Promise<void> {
  const all = settings.allNamespaces === true;
  if (all && argument !== undefined)
    return printAnswer(usageError("-A and KIND/NAME exclude each other: a route is in one namespace", "set it with -n"));
  const cluster = openCluster(settings);
  if ("answer" in cluster) return printAnswer(cluster.answer);
  printAnswer(
    await restoreAll({
      kube: cluster.kube,
      argument,
      namespaces: all ? settings.watchNamespaces : [cluster.namespace],
      controllerNamespace: settings.controllerNamespace,
      deployment: settings.scaleDown,
      dryRun: settings.dryRun === true,
      timeLimit: settings.timeLimit === undefined ? undefined : AbortSignal.timeout(settings.timeLimit),
      print: (line) => process.stdout.write(`${printableLine(line)}\n`),
    }),
  );
}
