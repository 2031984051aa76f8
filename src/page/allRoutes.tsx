import { Component } from "preact";
import type { OverviewRoute } from "../admin/overview.ts";
import type { Snapshot } from "./live.ts";
import { Marks, Splits, Why } from "./routeCard.tsx";
import { routeHref } from "./text.ts";
import { Timeline } from "./timeline.tsx";

/** Which routes are shown. */
export interface Filter {
  readonly text: string;
  readonly only: "all" | "shifted" | "problems";
}

const ONLY: readonly (readonly [Filter["only"], string])[] = [
  ["all", "all"],
  ["shifted", "shifted"],
  ["problems", "with problems"],
];

export interface AllRoutesProps {
  readonly snapshot: Snapshot;
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
}

/** The page of all routes, the shifted ones first, with the latest decisions. */
export function AllRoutes({ snapshot, filter, onFilter }: AllRoutesProps) {
  const routes = snapshot.overview?.routes ?? [];
  const shown = routes.filter((route) => isShown(route, filter));
  return (
    <>
      <section aria-labelledby="routes-title">
        <h2 id="routes-title" tabIndex={-1}>
          Routes
        </h2>
        <Search filter={filter} onFilter={onFilter} />
        {snapshot.overview !== null && <p class="quiet">{countText(shown.length, routes.length)}</p>}
        <ul class="routes">
          {shown.map((route) => (
            <RouteItem key={route.key} route={route} />
          ))}
        </ul>
      </section>
      <section aria-labelledby="decisions-title">
        <h2 id="decisions-title">Decisions</h2>
        <Timeline decisions={snapshot.decisions} now={snapshot.overview?.now ?? null} named />
      </section>
    </>
  );
}

function Search({ filter, onFilter }: Omit<AllRoutesProps, "snapshot">) {
  return (
    <form class="filter" role="search" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span>Search</span>
        <input
          type="search"
          placeholder="namespace, route or backend"
          value={filter.text}
          onInput={(event) => onFilter({ ...filter, text: event.currentTarget.value })}
        />
      </label>
      <fieldset>
        <legend>Show</legend>
        {ONLY.map(([only, name]) => (
          <label key={only}>
            <input type="radio" name="only" checked={filter.only === only} onChange={() => onFilter({ ...filter, only })} />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
    </form>
  );
}

/** Rendered again only if the route has changed: of a thousand routes few change between two ticks. */
class RouteItem extends Component<{ readonly route: OverviewRoute }> {
  override shouldComponentUpdate(next: { readonly route: OverviewRoute }): boolean {
    return JSON.stringify(next.route) !== JSON.stringify(this.props.route);
  }

  override render() {
    const { route } = this.props;
    return (
      <li class={route.shifted ? "route shifted" : "route"}>
        <h3>
          <a href={routeHref(route.key)}>{route.key}</a> <Marks route={route} />
        </h3>
        <Splits route={route} />
        <Why route={route} />
      </li>
    );
  }
}

function isShown(route: OverviewRoute, { text, only }: Filter): boolean {
  if (only === "shifted" && !route.shifted) return false;
  if (only === "problems" && route.problems.length === 0) return false;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const texts = [route.key, ...route.splits.flatMap(({ backends }) => backends.map((b) => b.backend))].join(" ").toLowerCase();
  return words.every((word) => texts.includes(word));
}

function countText(shown: number, all: number): string {
  if (all === 0) return "No route is managed. Label one: failover.linkerd.io/controlled-by: linkerd-failover";
  return shown === all ? "" : shown === 0 ? "No route matches." : `${shown} of ${all} routes`;
}
