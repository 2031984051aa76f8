import { FAMILIES } from "../../../linkerd/families.ts";
import type { Route } from "../../../routes/route.ts";
import type { Questions } from "../../../rules/questions.ts";

/** A metric family that the rules or routes need. */
export interface WantedFamily {
  readonly what: string;
  /** One of them is enough. */
  readonly names: readonly string[];
  /** What is lost without it. */
  readonly without: string;
  readonly hint: string;
}

const NO_REQUEST_YET = "the series appear with the first request of a client through such a route";

/** The metric families that are needed beside the requests by leaf. */
export function wantedFamilies(routes: readonly Route[], { latency, unanswered }: Questions): readonly WantedFamily[] {
  const unseen =
    "requests that reach no endpoint are counted nowhere else, so a backend whose pods are dead behind ready endpoints is not detected";
  const dropped = "the scrape configuration may drop them: keep them in metric_relabel_configs";
  const isSplit = ({ kind }: Route): boolean => kind === "TrafficSplit";
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
        ]
      : []),
    ...(latency.length > 0
      ? [{ what: "response times are counted", names: FAMILIES.latency, without: "the latency signal has no readings", hint: dropped }]
      : []),
    ...(unanswered.length > 0
      ? [
          {
            what: "requests are counted when they start",
            names: FAMILIES.begun,
            without: "the unanswered signal has no readings",
            hint: dropped,
          },
        ]
      : []),
  ];
}
