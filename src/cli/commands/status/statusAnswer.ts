import { stringify } from "yaml";
import { CODECS } from "../../../routes/codecs.ts";
import { type Answer, type Remark, usageError } from "../../output/answer.ts";
import { EXIT } from "../../output/exit.ts";
import { failureText, unreachable } from "../../output/failureAnswer.ts";
import { printable, printableJson } from "../../output/printable.ts";
import type { TextStyle } from "../../output/textStyle.ts";
import type { StatusRead, StatusScope } from "./readStatus.ts";
import { renderStatus, summaryOf } from "./renderStatus.ts";
import type { RouteStatus } from "./routeStatus.ts";

export const STATUS_OUTPUTS = ["table", "wide", "name", "json", "yaml"] as const;
export type StatusOutput = (typeof STATUS_OUTPUTS)[number];

export interface StatusForm {
  readonly scope: StatusScope;
  readonly output: StatusOutput;
}

/** What was read, in the wanted form, and what could not be read. */
export function statusAnswer(read: StatusRead, { scope, output }: StatusForm, nowMs: number, style: TextStyle): Answer {
  const { routes, failures, noAnswer, badLabels, absent } = read;
  if (noAnswer) return unreachable(failures);
  if (badLabels !== null) return usageError(`--labels: ${failureText(badLabels)}`, "write it as for kubectl: -l team=shop,tier!=test");
  const none = routes.length === 0 && failures.length === 0 && absent.length === 0 ? [noneIn(scope)] : [];
  // The worst of a long list have scrolled away, so the last line counts them.
  const counts = isTable(output) && style.tableColumns !== Number.POSITIVE_INFINITY && routes.length > 1;
  const page = `${renderRoutes(routes, { scope, output }, nowMs, style)}${counts ? `${summaryOf(routes)}\n` : ""}`;
  const remarks = [...failures, ...absent, ...none, ...unaskedRemarks(read)];
  return { exit: failures.length > 0 || absent.length > 0 ? EXIT.no : EXIT.fine, page, remarks };
}

export function isTable(output: StatusOutput): boolean {
  return output === "table" || output === "wide";
}

/** The routes in the wanted form. */
export function renderRoutes(routes: readonly RouteStatus[], { scope, output }: StatusForm, nowMs: number, style: TextStyle): string {
  switch (output) {
    case "json":
      return printableJson(routes);
    case "yaml":
      return printable(stringify(routes));
    case "name":
      return printable(routes.map((route) => `${nameOf(route)}\n`).join(""));
    case "table":
    case "wide": {
      if (routes.length === 0) return "";
      const rates = routes.some(({ degraded }) => degraded !== null);
      return renderStatus(routes, nowMs, style, { wide: output === "wide", namespaces: scope.namespace === null, rates });
    }
  }
}

/** As `-o name` of kubectl: `trafficsplit.split.smi-spec.io/web`. */
function nameOf({ kind, name }: RouteStatus): string {
  const [word = ""] = kind.toLowerCase().split(".");
  return `${word}.${CODECS.find((codec) => codec.kind === kind)?.resource.group}/${name}`;
}

function unaskedRemarks({ unasked, routes }: StatusRead): readonly Remark[] {
  if (unasked === null || routes.length === 0) return [];
  return [{ message: `whether users are failing is unknown: ${unasked}`, hint: "`check` says whether a controller is running" }];
}

function noneIn({ namespace, labels, wanted }: StatusScope): Remark {
  const where = namespace === null ? "" : ` in namespace ${namespace}`;
  if (labels !== undefined || wanted.length > 0) return { message: `no managed route matches${where}` };
  const label = "kubectl label KIND/NAME failover.linkerd.io/controlled-by=linkerd-failover";
  return {
    message: `no managed routes${where}`,
    hint: namespace === null ? label : `-A lists all namespaces; ${label} makes a route managed`,
  };
}
