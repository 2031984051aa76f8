import { Command, Option } from "commander";
import type { KubeApi } from "../../kube/kubeApi.ts";
import { isManaged } from "../../observer/managed.ts";
import { CODECS } from "../../routes/codecs.ts";
import { type Answer, printAnswer, type Remark } from "../output/answer.ts";
import { EXIT } from "../output/exit.ts";
import { failureRemark, gotNoAnswer, unreachable } from "../output/failureAnswer.ts";
import { printableJson } from "../output/printable.ts";
import { type TextStyle, textStyleOf } from "../output/textStyle.ts";
import { type Selector, withClusterSettings } from "../wiring/clusterSettings.ts";
import { listRoutes } from "../wiring/listRoutes.ts";
import { namespaceOption, openCluster, type RouteSettings } from "./owner/routeCommand.ts";
import { renderStatus } from "./status/renderStatus.ts";
import { routeStatus } from "./status/routeStatus.ts";

interface StatusSettings extends RouteSettings {
  readonly allNamespaces?: boolean;
  readonly output: "table" | "json";
}

const EXAMPLES = `
Examples:
  linkerd-failover status
  linkerd-failover status -A
  linkerd-failover status -n shop -o json

It reads only the routes, with their weights and the controller's annotation, so
it works without a running controller. What is suspect or waited for now, only
the controller knows: use \`explain\`.

Exit status: 0 listed, 1 some kinds of route could not be listed, 2 wrong usage,
3 the API server cannot be reached.
`;

/** `status`: one line per managed route. */
export function statusCommand(): Command {
  return withClusterSettings(new Command("status"))
    .description("show where the traffic of each managed route goes")
    .addOption(namespaceOption())
    .addOption(new Option("-A, --all-namespaces", "all namespaces, even if --namespace is set"))
    .addOption(new Option("-o, --output <format>", "output format").choices(["table", "json"]).default("table"))
    .addHelpText("after", EXAMPLES)
    .action(async (settings: StatusSettings) => {
      const cluster = openCluster(settings);
      if ("answer" in cluster) return printAnswer(cluster.answer);
      const namespace = settings.allNamespaces === true ? null : cluster.namespace;
      const view = { namespace, selector: settings.selector ?? null, output: settings.output };
      printAnswer(await statusAnswer(cluster.kube, view, Date.now(), textStyleOf(process.stdout)));
    });
}

export interface StatusView {
  /** Null: all. */
  readonly namespace: string | null;
  /** Null: the default labels. */
  readonly selector: Selector | null;
  readonly output: "table" | "json";
}

/** The managed routes, sorted by namespace and name, and why a kind could not be listed. */
export async function statusAnswer(
  kube: KubeApi,
  { namespace, selector, output }: StatusView,
  nowMs: number,
  style: TextStyle,
): Promise<Answer> {
  const kinds = await Promise.all(CODECS.map((codec) => listRoutes(kube, codec, namespace === null ? [] : [namespace])));
  const failures = kinds.flatMap(({ trouble }, i) => (trouble === null ? [] : [{ trouble, resource: CODECS[i]?.resource }]));
  const remarks = failures.map(({ trouble, resource }) => failureRemark(`cannot list ${resource?.plural}.${resource?.group}`, trouble));
  if (failures.length === kinds.length && failures.every(({ trouble }) => gotNoAnswer(trouble))) return unreachable(remarks);
  const routes = kinds
    .flatMap(({ found }) => found)
    .filter(({ object }) => isManaged(object.metadata?.labels, selector))
    .map(({ route }) => routeStatus(route, nowMs))
    .sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.kind, b.kind));
  const none = routes.length === 0 && remarks.length === 0 ? [noneIn(namespace)] : [];
  const page = output === "json" ? printableJson(routes) : routes.length === 0 ? "" : renderStatus(routes, nowMs, style);
  return { exit: remarks.length > 0 ? EXIT.no : EXIT.fine, page, remarks: [...remarks, ...none] };
}

function noneIn(namespace: string | null): Remark {
  const where = namespace === null ? "" : ` in namespace ${namespace}`;
  const label = "kubectl label KIND/NAME failover.linkerd.io/controlled-by=linkerd-failover";
  return {
    message: `no managed routes${where}`,
    hint: namespace === null ? label : `-A lists all namespaces; ${label} makes a route managed`,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
