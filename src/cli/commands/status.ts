import { Command, Option } from "commander";
import { printAnswer } from "../output/answer.ts";
import { textStyleOf } from "../output/textStyle.ts";
import { withClusterSettings } from "../wiring/clusterSettings.ts";
import { addressOption, type ControllerSettings, withControllerSettings } from "../wiring/controllerSettings.ts";
import { readWanted } from "./owner/routeArgument.ts";
import { namespaceOption, openCluster, type RouteSettings } from "./owner/routeCommand.ts";
import { readStatus, type StatusScope } from "./status/readStatus.ts";
import { STATUS_OUTPUTS, type StatusOutput, statusAnswer } from "./status/statusAnswer.ts";
import { watchStatus } from "./status/watchStatus.ts";

interface StatusSettings extends RouteSettings, ControllerSettings {
  readonly allNamespaces?: boolean;
  readonly labels?: string;
  readonly watch?: boolean;
  readonly address?: string;
  readonly output: StatusOutput;
}

const EXAMPLES = `
Examples:
  linkerd-failover status
  linkerd-failover status -A
  linkerd-failover status -n shop httproute/web ts/api
  linkerd-failover status -A -l team=shop -o wide
  linkerd-failover status -n shop -o json

The worst first:
  failing    users are failing now: a backend that carries load is unfit
  shifted    traffic is away from its baseline
  returning  traffic is coming back by steps
  attention  a problem, or an unfit standby: nothing is lost yet
  healthy    at its baseline (\`baseline\` if no controller told more)

Weights and phases come from the routes, so it works without a controller.
Success rates, and whether users are failing, come from the leader.

Exit status: 0 listed, 1 something could not be listed or is not managed,
2 wrong usage, 3 the API server cannot be reached.
`;

/** `status [KIND/NAME…]`: one line per managed route. */
export function statusCommand(): Command {
  return withControllerSettings(withClusterSettings(new Command("status")))
    .description("show where the traffic of each managed route goes, the worst first")
    .argument("[kind/name...]", "only these routes; also KIND NAME…, or KIND for all of a kind")
    .addOption(namespaceOption())
    .addOption(new Option("-A, --all-namespaces", "all namespaces, even if --namespace is set"))
    .addOption(new Option("-l, --labels <selector>", "only routes with these labels, as -l of kubectl"))
    .addOption(new Option("-w, --watch", "show it again whenever something changes, until Ctrl-C"))
    .addOption(addressOption())
    .addOption(new Option("-o, --output <format>", "output format").choices(STATUS_OUTPUTS).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(async (words: readonly string[], settings: StatusSettings, command: Command) => {
      const wanted = readWanted(words);
      if ("wrong" in wanted) return command.error(`error: ${wanted.wrong}`);
      const cluster = openCluster(settings);
      if ("answer" in cluster) return printAnswer(cluster.answer);
      const { output, selector, labels, controllerNamespace, adminPort, address } = settings;
      const place = { namespace: controllerNamespace, port: adminPort };
      const scope: StatusScope = {
        ...{ namespace: settings.allNamespaces === true ? null : cluster.namespace, selector: selector ?? null, labels, wanted },
        controller: output === "name" ? null : { place, address },
      };
      const read = () => readStatus(cluster.kube, scope, Date.now());
      if (settings.watch === true) return watchStatus(read, { scope, output }, process.stdout);
      printAnswer(statusAnswer(await read(), { scope, output }, Date.now(), textStyleOf(process.stdout)));
    });
}
