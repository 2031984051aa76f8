import { Component } from "preact";
import type { OverviewRoute } from "../admin/overview.ts";
import type { Sight } from "./live.ts";
import { Marks, Splits, Why } from "./routeCard.tsx";
import { routeHref } from "./text.ts";
import { Timeline } from "./timeline.tsx";

/** Which routes a visitor wants to see. */
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
  readonly sight: Sight;
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
}

/** The page of all routes: those that are shifted first, and what was decided lately. */
export function AllRoutes({ sight, filter, onFilter }: AllRoutesProps) {
  const routes = sight.overview?.routes ?? [];
  const shown = routes.filter((route) => isWanted(route, filter));
  return (
    <>
      <section aria-labelledby="routes-title">
        <h2 id="routes-title" tabIndex={-1}>
          Routes
        </h2>
        <Search filter={filter} onFilter={onFilter} />
        {sight.overview !== null && <p class="quiet">{countText(shown.length, routes.length)}</p>}
        <ul class="routes">
          {shown.map((route) => (
            <RouteItem key={route.key} route={route} />
          ))}
        </ul>
      </section>
      <section aria-labelledby="decisions-title">
        <h2 id="decisions-title">Decisions</h2>
        <Timeline decisions={sight.decisions} now={sight.overview?.now ?? null} named />
      </section>
    </>
  );
}

function Search({ filter, onFilter }: Omit<AllRoutesProps, "sight">) {
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

/** Shown anew only when something of it has changed: of a thousand routes few change between two looks. */
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

function isWanted(route: OverviewRoute, { text, only }: Filter): boolean {
  if (only === "shifted" && !route.shifted) return false;
  if (only === "problems" && route.problems.length === 0) return false;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const told = [route.key, ...route.splits.flatMap(({ backends }) => backends.map((b) => b.backend))].join(" ").toLowerCase();
  return words.every((word) => told.includes(word));
}

function countText(shown: number, all: number): string {
  if (all === 0) return "No route is managed. Label one: failover.linkerd.io/controlled-by: linkerd-failover";
  return shown === all ? "" : shown === 0 ? "No route is like that." : `${shown} of ${all}`;
}
