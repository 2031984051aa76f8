/**
 * Runs the demo.
 *
 *     npm run demo                          a live screen on a terminal, plain lines otherwise
 *     npm run demo -- --once                always plain lines, for CI
 *     npm run demo -- --route trafficsplit  with TrafficSplits instead of HTTPRoutes
 *
 * Exit code: 0 if all checks passed, 1 if not, 130 after Ctrl-C.
 */
import { ensureTools } from "../scripts/tools/ensureTools.ts";
import { act, watch } from "./act.ts";
import { type Arguments, readArguments } from "./arguments.ts";
import { detectionLimit } from "./detection.ts";
import { liveDisplay, plainDisplay } from "./display.ts";
import { Ending } from "./ending.ts";
import { opening } from "./opening.ts";
import { CONTROLLER_INTERVAL_MS, FAULT_SHARE, REQUESTS_A_SECOND, RULE, returnWeights, SCRAPE_INTERVAL_MS } from "./plan.ts";
import { Recorder } from "./recorder.ts";
import { openScene } from "./scene.ts";
import { type Chronicle, checks } from "./story.ts";
import { summary } from "./summary.ts";

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

// Not `exitCode`: an abandoned build or an open socket must not keep the demo running.
process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  const asked = readArguments(args);
  if (typeof asked === "string") {
    console.error(asked);
    return 2;
  }
  const stopping = new AbortController();
  const end = (ending: Ending): void => stopping.abort(ending);
  for (const [name, code] of Object.entries(EXIT_CODES)) process.on(name, () => end(new Ending(`stopped by ${name}`, code)));
  try {
    return await play(asked, stopping, end);
  } catch (error) {
    const ending = stopping.signal.aborted ? (stopping.signal.reason as unknown) : error;
    if (!(ending instanceof Ending)) throw error;
    say(`\nthe demo ends early: ${ending.message}`);
    return ending.exitCode;
  }
}

async function play({ once, route }: Arguments, stopping: AbortController, onDeath: (ending: Ending) => void): Promise<number> {
  const { signal } = stopping;
  const tools = await Promise.race([ensureTools(["prometheus"], say), aborted(signal)]);
  if (!tools.ok) throw new Ending(tools.message);
  const endings: (() => Promise<unknown>)[] = [];
  const display = once || !process.stdout.isTTY ? plainDisplay(process.stdout) : liveDisplay(process.stdout);
  try {
    say(`${opening(route)}\n`);
    const prometheusBinary = tools.paths.prometheus ?? "prometheus";
    const scene = await openScene({ route, prometheusBinary, say, signal, onDeath, later: (ending) => endings.push(ending) });
    const recorder = new Recorder(scene, Date.now());
    const audience = new AbortController();
    const watching = watch(scene, recorder, display, AbortSignal.any([signal, audience.signal]));
    try {
      await act(scene, recorder, display, signal);
    } finally {
      audience.abort();
      await watching;
      display.close();
    }
    return tellTheEnd(recorder.chronicle());
  } finally {
    for (const ending of endings.toReversed()) await ending();
  }
}

function tellTheEnd(chronicle: Chronicle): number {
  const limit = detectionLimit({
    requestsASecond: REQUESTS_A_SECOND,
    windowMs: RULE.windowMs,
    failBelow: RULE.failBelow,
    successShare: 1 - FAULT_SHARE,
    scrapeIntervalMs: SCRAPE_INTERVAL_MS,
    failAfterMs: RULE.failAfterMs,
    intervalMs: CONTROLLER_INTERVAL_MS,
  });
  const checked = checks(chronicle, returnWeights(), RULE.failAfterMs);
  say(`\n${summary(chronicle, checked, limit).join("\n")}`);
  return checked.every(({ ok }) => ok) ? 0 : 1;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
