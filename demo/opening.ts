import { stringify } from "yaml";
import { MANAGED, NAMESPACE, rulesYaml } from "./plan.ts";
import type { RouteKind } from "./routeKind.ts";

/** The text at the start of the demo: the rules, and the route, of which only the weights will change. */
export function opening(route: RouteKind): string {
  const { spec } = route.write(MANAGED, NAMESPACE, {});
  return [
    "The demo of linkerd-failover. The rules:",
    indented(rulesYaml()),
    `The ${route.kind} ${NAMESPACE}/${MANAGED.route}, as its owner wrote it:`,
    indented(stringify({ spec })),
  ].join("\n\n");
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, "    ");
}
