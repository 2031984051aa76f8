import { setTimeout as sleep } from "node:timers/promises";
import { printAnswer } from "../../output/answer.ts";
import { printError } from "../../output/exit.ts";
import { printable } from "../../output/printable.ts";
import { textStyleOf } from "../../output/textStyle.ts";
import type { StatusRead } from "./readStatus.ts";
import { summaryOf } from "./renderStatus.ts";
import type { RouteStatus } from "./routeStatus.ts";
import { isTable, renderRoutes, type StatusForm, statusAnswer } from "./statusAnswer.ts";

const READ_EVERY_MS = 2_000;
const CLEAR_SCREEN = "\u001b[H\u001b[2J";
/** Below the table: the count of routes, and the cursor. */
const OTHER_LINES = 2;

/**
 * Shows the routes until the process ends: on a terminal the screen is drawn anew, else the routes that have changed are printed
 * again. If the first read fails, that is the end.
 */
export async function watchStatus(read: () => Promise<StatusRead>, form: StatusForm, out: NodeJS.WriteStream): Promise<void> {
  process.once("SIGINT", () => process.exit(0));
  let known = new Map<string, string>();
  let lastFailure = "";
  for (let first = true; ; first = false) {
    const seen = await read();
    if (first) {
      const answer = statusAnswer(seen, form, Date.now(), textStyleOf(out));
      if (seen.noAnswer || seen.badLabels !== null || !isScreen(form, out)) printAnswer(answer);
      if (seen.noAnswer || seen.badLabels !== null) return;
    }
    const failure = seen.failures[0]?.message ?? seen.unasked ?? "";
    if (seen.noAnswer) {
      if (failure !== lastFailure) printError(failure);
    } else {
      const now = new Map(seen.routes.map((route) => [keyOf(route), signatureOf(route)]));
      if (isScreen(form, out)) out.write(screenOf(seen, form, out));
      else if (!first) printChanged(seen, known, now, form, out);
      known = now;
    }
    lastFailure = failure;
    await sleep(READ_EVERY_MS);
  }
}

/** Whether the screen is drawn anew each time. */
function isScreen({ output }: StatusForm, out: NodeJS.WriteStream): boolean {
  return out.isTTY === true && isTable(output);
}

/** As many rows as the terminal has lines; the worst are the first. */
function screenOf(seen: StatusRead, form: StatusForm, out: NodeJS.WriteStream): string {
  const style = textStyleOf(out);
  const notes = [...seen.failures.map(({ message }) => message), ...(seen.unasked === null ? [] : [`unknown: ${seen.unasked}`])];
  const lines = renderRoutes(seen.routes, form, Date.now(), style).trimEnd().split("\n");
  const room = Math.max(2, (out.rows || 24) - OTHER_LINES - notes.length);
  const more = lines.length - room;
  const foot = [...notes, summaryOf(seen.routes), ...(more > 0 ? [`${more} more rows do not fit`] : [])];
  const shown = more > 0 ? lines.slice(0, room - 1) : lines;
  return `${CLEAR_SCREEN}${[...shown, ...foot.map(printable)].join("\n")}\n`;
}

/** Prints the routes that are new or have changed, and names those that are gone. */
function printChanged(
  { routes }: StatusRead,
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
  form: StatusForm,
  out: NodeJS.WriteStream,
): void {
  const changed = routes.filter((route) => before.get(keyOf(route)) !== now.get(keyOf(route)));
  const text = changed.length === 0 ? "" : renderRoutes(changed, form, Date.now(), textStyleOf(out));
  out.write(isTable(form.output) ? text.slice(text.indexOf("\n") + 1) : text);
  for (const key of before.keys()) if (!now.has(key)) printError(`${key} is no longer managed`);
}

function keyOf({ kind, namespace, name }: RouteStatus): string {
  return `${kind}/${namespace}/${name}`;
}

/** What counts as a change: everything but success rates, which change all the time. */
function signatureOf({ successRate: _, ...route }: RouteStatus): string {
  return JSON.stringify(route);
}
