import { parseArgs } from "node:util";
import { HTTP_ROUTE } from "./httpRoute.ts";
import type { RouteKind } from "./routeKind.ts";
import { TRAFFIC_SPLIT } from "./trafficSplit.ts";

export interface Arguments {
  /** Plain lines, even on a terminal. */
  readonly once: boolean;
  readonly route: RouteKind;
}

const KINDS: ReadonlyMap<string, RouteKind> = new Map([
  ["httproute", HTTP_ROUTE],
  ["trafficsplit", TRAFFIC_SPLIT],
]);

const USAGE = `usage: npm run demo -- [--once] [--route ${[...KINDS.keys()].join("|")}]`;

/** The arguments of the command line, or a text with the mistake and the usage. */
export function readArguments(args: readonly string[]): Arguments | string {
  try {
    const options = { once: { type: "boolean", default: false }, route: { type: "string", default: "httproute" } } as const;
    const { once, route } = parseArgs({ args: [...args], options }).values;
    const kind = KINDS.get(route);
    return kind === undefined ? `--route: ${JSON.stringify(route)} is not a kind of route here\n${USAGE}` : { once, route: kind };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${USAGE}`;
  }
}
