import { stringify } from "yaml";
import { MANAGED, NAMESPACE, rulesYaml } from "./plan.ts";
import type { RouteKind } from "./routeKind.ts";

/** What a viewer has to know before it begins: the rules, and the route of which nothing but the weights will change. */
export function opening(route: RouteKind): string {
  const { spec } = route.write(MANAGED, NAMESPACE, {});
  return [
    "linkerd-failover, its demo. The rules:",
    indented(rulesYaml()),
    `The ${route.kind} ${NAMESPACE}/${MANAGED.route}, as its owner wrote it:`,
    indented(stringify({ spec })),
  ].join("\n\n");
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, "    ");
}
