import type { TimelineEntry } from "./live.ts";
import { ago, clock, routeHref, weightText } from "./text.ts";

export interface TimelineProps {
  readonly decisions: readonly TimelineEntry[];
  /** The controller's time; null before the first answer. */
  readonly now: string | null;
  /** Whether each decision shows its route. */
  readonly named: boolean;
}

/** The decisions, newest first, each with its outcome. */
export function Timeline({ decisions, now, named }: TimelineProps) {
  if (decisions.length === 0) return <p class="quiet">No decisions since this replica started.</p>;
  return (
    <ol class="timeline">
      {decisions.map((decision) => (
        <li key={keyOf(decision)} class={decision.outcome}>
          <p>
            <time dateTime={decision.at} title={decision.at}>
              {clock(decision.at)}
            </time>{" "}
            {now !== null && <span class="quiet">{ago(decision.at, now)}</span>} {named && <Name decision={decision} />}
            <b>{decision.direction}</b> ({decision.cause}): {changesOf(decision)}
          </p>
          {decision.outcome !== "written" && <p class="outcome">{outcomeText(decision)}</p>}
          {decision.reasons.length > 0 && <Reasons decision={decision} />}
        </li>
      ))}
    </ol>
  );
}

function Name({ decision }: { readonly decision: TimelineEntry }) {
  const key = `${decision.kind}/${decision.namespace}/${decision.name}`;
  return (
    <>
      <a href={routeHref(key)}>{key}</a>{" "}
    </>
  );
}

function Reasons({ decision }: { readonly decision: TimelineEntry }) {
  return (
    <details>
      <summary>why</summary>
      <ul>
        {decision.reasons.map(({ backend, text }) => (
          <li key={`${backend}${text}`}>{backend === null ? text : `${backend}: ${text}`}</li>
        ))}
      </ul>
    </details>
  );
}

function keyOf({ at, kind, namespace, name, split }: TimelineEntry): string {
  return [at, kind, namespace, name, split].join(" ");
}

function changesOf({ before, after }: TimelineEntry): string {
  return Object.keys(after)
    .filter((backend) => before[backend] !== after[backend])
    .map((backend) => `${backend} ${weightText(before[backend] ?? 0)} → ${weightText(after[backend] ?? 0)}`)
    .join(", ");
}

function outcomeText({ outcome, error }: TimelineEntry): string {
  switch (outcome) {
    case "conflict":
      return "not written: another writer has changed the route; retried at the next tick";
    case "failed":
      return `not written: ${error ?? "the write failed"}; retried at the next tick`;
    case "dryRun":
      return "not written: this is a dry run";
    default:
      return outcome;
  }
}
