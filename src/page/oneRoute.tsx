import type { FeedRoute } from "../admin/feedRoute.ts";
import { type Address, hrefOf, RANGES_MIN } from "./address.ts";
import { Backends } from "./backends.tsx";
import { Chart } from "./chart.tsx";
import { commandsOf } from "./commandsOf.ts";
import { CopyLine } from "./copyLine.tsx";
import { departuresOf } from "./departures.ts";
import { headlineOf, type Moment } from "./headline.ts";
import { linksOf } from "./linksOf.ts";
import type { Snapshot } from "./live.ts";
import { nextOf } from "./nextOf.ts";
import { Coming, SeverityMark } from "./routeCard.tsx";
import { Sentences } from "./sentences.tsx";
import { Story } from "./story.tsx";
import { partsOf } from "./text.ts";
import { WeightBar } from "./weightBar.tsx";

export interface OneRouteProps {
  readonly snapshot: Snapshot;
  readonly route: string;
  readonly address: Address;
  readonly moment: Moment;
}

/** The page of one route: what is the matter, how it came about over time, what comes next and what its owner can do. */
export function OneRoute({ snapshot, route: key, address, moment }: OneRouteProps) {
  const route = snapshot.routes.get(key);
  const { namespace, name } = partsOf(key);
  return (
    <article aria-labelledby="route-title">
      <p>
        <a href={hrefOf({ ...address, route: null })}>← all routes</a>
      </p>
      <h2 id="route-title" tabIndex={-1}>
        {name} <small>{namespace}</small>
      </h2>
      {route === undefined ? (
        snapshot.complete && <p>There is no managed route with this name. It may have been deleted, or it has lost its label.</p>
      ) : (
        <Found snapshot={snapshot} route={route} address={address} moment={moment} />
      )}
    </article>
  );
}

type FoundProps = Omit<OneRouteProps, "route"> & { readonly route: FeedRoute };

function Found({ snapshot, route, address, moment }: FoundProps) {
  const { detail } = snapshot;
  const next = nextOf(route);
  return (
    <>
      <div class={`card is-${route.severity}`}>
        <div class="what">
          <p>
            <SeverityMark route={route} />{" "}
            <span class="quiet">
              {partsOf(route.key).kind}, {route.rule === null ? "no rule applies" : `rule ${route.rule}`}, primary {route.primary}
            </span>
          </p>
          <p>
            <Sentences of={headlineOf(route, moment)} />
          </p>
        </div>
        <div class="where">
          {route.splits.map((split) => (
            <WeightBar key={split.name} split={split} primary={route.primary} named={route.splits.length > 1} />
          ))}
        </div>
        <div class="next">{next !== null && <Coming next={next} nowMs={moment.nowMs} />}</div>
      </div>
      <OverTime snapshot={snapshot} route={route} address={address} moment={moment} />
      <div class="columns">
        <section aria-labelledby="story-title">
          <h3 id="story-title">What happened</h3>
          {detail === null ? (
            <p class="quiet">reading …</p>
          ) : (
            <Story decisions={detail.decisions} departures={departuresOf(detail)} moment={moment} address={address} named={false} />
          )}
        </section>
        <section aria-labelledby="backends-title">
          <h3 id="backends-title">What is seen now, and what would change it</h3>
          {detail === null ? <p class="quiet">reading …</p> : <Backends detail={detail} moment={moment} />}
        </section>
      </div>
      <Help snapshot={snapshot} route={route} />
    </>
  );
}

/** The commands of the owner, and pages that say more. */
function Help({ snapshot, route }: Pick<FoundProps, "snapshot" | "route">) {
  return (
    <section aria-labelledby="commands-title">
      <h3 id="commands-title">What you can do</h3>
      <p class="quiet">This page changes nothing. These commands do; they need the rights of the route's owner.</p>
      {snapshot.header !== null && (
        <ul class="links">
          {linksOf(route, snapshot.header.links).map(({ text, href }) => (
            <li key={href}>
              <a href={href} rel="noreferrer">
                {text}
              </a>
            </li>
          ))}
        </ul>
      )}
      <div class="commands">
        {commandsOf(route).map(({ label, text }) => (
          <CopyLine key={text} label={label} text={text} />
        ))}
      </div>
    </section>
  );
}

function OverTime({ snapshot: { detail, history }, route, address, moment }: FoundProps) {
  return (
    <section aria-labelledby="chart-title" class="panel">
      <div class="chart-head">
        <h3 id="chart-title">Over time</h3>
        <nav aria-label="range of the chart">
          <ul class="ranges">
            {RANGES_MIN.map((minutes) => (
              <li key={minutes}>
                <a href={hrefOf({ ...address, rangeMin: minutes })} aria-current={address.rangeMin === minutes ? "true" : undefined}>
                  {minutes < 60 ? `${minutes} min` : `${minutes / 60} h`}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      </div>
      {history === null || detail === null ? (
        <p class="quiet">reading …</p>
      ) : (
        <Chart
          history={history}
          primary={route.primary}
          thresholds={detail.thresholds}
          decisions={detail.decisions}
          rangeMin={address.rangeMin}
          moment={moment}
        />
      )}
    </section>
  );
}
