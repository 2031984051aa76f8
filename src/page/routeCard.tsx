import type { FeedRoute } from "../admin/feedRoute.ts";
import { type Address, hrefOf } from "./address.ts";
import { headlineOf, type Moment } from "./headline.ts";
import { type Next, nextOf } from "./nextOf.ts";
import { Sentences } from "./sentences.tsx";
import { SEVERITY_TEXTS } from "./severities.ts";
import { partsOf, spanText } from "./text.ts";
import { WeightBar } from "./weightBar.tsx";

/** Splits of a card; its page has all of them. */
const SPLITS_OF_CARD = 2;

export interface RouteCardProps {
  readonly route: FeedRoute;
  readonly address: Address;
  readonly moment: Moment;
}

/** A route that is not at rest: what is wrong, where its load is, and what comes next. */
export function RouteCard({ route, address, moment }: RouteCardProps) {
  const { kind, namespace, name } = partsOf(route.key);
  const next = nextOf(route);
  return (
    <li class={`card is-${route.severity}`}>
      <div class="what">
        <h3>
          <a href={hrefOf({ ...address, route: route.key })}>{name}</a>{" "}
          <small>
            {namespace} · {kind}
          </small>
        </h3>
        <p>
          <Sentences of={headlineOf(route, moment)} />
        </p>
      </div>
      <div class="where">
        {route.splits.slice(0, SPLITS_OF_CARD).map((split) => (
          <WeightBar key={split.name} split={split} primary={route.primary} named={route.splits.length > 1} />
        ))}
        {route.splits.length > SPLITS_OF_CARD && <p class="small">and {route.splits.length - SPLITS_OF_CARD} more rules</p>}
      </div>
      <div class="next">{next !== null && <Coming next={next} nowMs={moment.nowMs} />}</div>
    </li>
  );
}

/** What happens next, with a countdown if it has a time. */
export function Coming({ next, nowMs }: { readonly next: Next; readonly nowMs: number }) {
  const leftMs = next.until === null ? null : Date.parse(next.until) - nowMs;
  return (
    <>
      <span>{next.label}</span> <b>{leftMs === null ? next.text : leftMs > 0 ? spanText(leftMs) : "a moment"}</b> <span>{next.note}</span>
    </>
  );
}

/** The severity of a route as a sign with its words. */
export function SeverityMark({ route }: { readonly route: FeedRoute }) {
  const { sign, title } = SEVERITY_TEXTS[route.severity];
  return (
    <span class={`mark is-${route.severity}`}>
      <span aria-hidden="true">{sign}</span> {title.toLowerCase()}
    </span>
  );
}
