import { FAMILIES } from "../../../linkerd/families.ts";
import type { NeededFamily, Needs } from "../../../linkerd/losses.ts";
import { backendNamespaces } from "../../../observer/namespaces.ts";
import type { Route } from "../../../routes/route.ts";
import { type Questions, questionsOf } from "../../../rules/questions.ts";
import type { RuleSet } from "../../../rules/ruleSet.ts";

/** A metric family that the rules or routes need. One of its names is enough. */
export interface WantedFamily extends NeededFamily {
  readonly what: string;
}

const DROPPED = "the scrape configuration may drop them: keep them in metric_relabel_configs";
/** Requests by leaf. */
export const ANSWERED: WantedFamily = {
  what: "requests are counted by Service",
  names: FAMILIES.answered,
  without: "TrafficSplits, gRPC in HTTPRoutes and the signal unanswered have no readings; other routes are judged by their own families",
  hint: DROPPED,
};
const NO_REQUEST_YET = "the series appear with the first request of a client through such a route";

/** What the series must have for these rules and routes, and the namespaces of their Services. */
export function needsOf(
  routes: readonly Route[],
  rules: RuleSet,
): { readonly needs: Omit<Needs, "leaves">; readonly namespaces: readonly string[] } {
  const questions = questionsOf(rules);
  return {
    needs: {
      hasSplits: routes.some(isSplit),
      hasRoutes: routes.some((route) => !isSplit(route)),
      boundsMs: questions.latency.map(({ underMs }) => underMs),
      unanswered: questions.unanswered.length > 0,
      families: [ANSWERED, ...wantedFamilies(routes, questions)],
    },
    namespaces: backendNamespaces(routes),
  };
}

function isSplit({ kind }: Route): boolean {
  return kind === "TrafficSplit";
}

/** The metric families that are needed beside the requests by leaf. */
export function wantedFamilies(routes: readonly Route[], { latency, unanswered }: Questions): readonly WantedFamily[] {
  const unseen =
    "requests that reach no endpoint are counted nowhere else, so a backend whose pods are dead behind ready endpoints is not detected";
  return [
    ...(routes.some(isSplit)
      ? [{ what: "requests are counted by TrafficSplit", names: FAMILIES.byApex, without: unseen, hint: NO_REQUEST_YET }]
      : []),
    ...(routes.some((route) => !isSplit(route))
      ? [
          {
            ...{ what: "requests are counted by HTTPRoute and GRPCRoute", names: FAMILIES.byRoute, without: unseen },
            hint: `proxies before Linkerd 2.16 do not have them; with later ones ${NO_REQUEST_YET}`,
          },
          {
            what: "requests are counted by route and backend",
            names: FAMILIES.byBackend,
            without: "routes are judged by the Services' own series, where other callers count, too",
            hint: `proxies before Linkerd 2.16 do not have them; with later ones ${NO_REQUEST_YET}`,
          },
        ]
      : []),
    ...(latency.length > 0
      ? [{ what: "response times are counted", names: FAMILIES.latency, without: "the latency signal has no readings", hint: DROPPED }]
      : []),
    ...(unanswered.length > 0
      ? [
          {
            what: "requests are counted when they start",
            names: FAMILIES.begun,
            without: "the unanswered signal has no readings",
            hint: DROPPED,
          },
        ]
      : []),
  ];
}
