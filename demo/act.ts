import { readController } from "./controllerView.ts";
import type { Display } from "./display.ts";
import { rest, waitFor } from "./ending.ts";
import { CONTROLLER_INTERVAL_MS, EPILOGUE_MS, FAULT_SHARE, FAULT_STAYS_MS, MANAGED, RULE, STEADY_MS } from "./plan.ts";
import type { Recorder } from "./recorder.ts";
import type { Scene } from "./scene.ts";
import { clock } from "./screen.ts";
import { type Stage, shiftOf } from "./story.ts";

const VIEW_INTERVAL_MS = 500;
const WARM_UP_LIMIT_MS = RULE.windowMs + 20_000;
const SHIFT_LIMIT_MS = 45_000;
/** A return takes the window (until old failures have left it), recoverAfter and the steps; twice that is the limit. */
const RETURN_LIMIT_MS = 2 * (RULE.windowMs + RULE.recoverAfterMs + RULE.steps.length * RULE.everyMs);

/** Plays the story: steady, the primary fails, traffic moves, the primary heals, traffic returns. */
export async function act(scene: Scene, recorder: Recorder, display: Display, signal: AbortSignal): Promise<void> {
  const enter = (stage: Stage, text: string): void => {
    recorder.stage = stage;
    display.tell(`${clock(recorder.elapsedMs)}  ${text}`);
  };
  scene.cluster.onWeights(({ primary, standby }) => display.tell(`${clock(recorder.elapsedMs)}  weights ${primary}/${standby}`));

  enter("steady", "no fault; the controller fills its first window of metrics");
  await waitFor("the controller to judge the primary by its metrics", WARM_UP_LIMIT_MS, signal, () =>
    judgesPrimary(recorder) ? true : null,
  );
  await rest(STEADY_MS, signal);

  for (const pod of scene.cluster.primaryPods) pod.fail(FAULT_SHARE);
  recorder.fault();
  enter("failing", `fault: the primary fails ${FAULT_SHARE * 100}% of its requests`);
  await waitFor("the controller to move all traffic to the standby", SHIFT_LIMIT_MS, signal, () => shiftOf(recorder.chronicle()));

  enter("shifted", "all traffic has left the primary");
  await rest(FAULT_STAYS_MS, signal);
  for (const pod of scene.cluster.primaryPods) pod.fail(0);
  recorder.heal();
  enter("healed", "the primary is healed; the controller cannot see that yet");
  await waitFor("all traffic to return to the primary", RETURN_LIMIT_MS, signal, () =>
    recorder.writes.at(-1)?.primary === 100 ? true : null,
  );

  enter("returned", "all traffic is back");
  await rest(EPILOGUE_MS, signal);
}

/** Reads the controller and shows the picture until the signal aborts. */
export async function watch(scene: Scene, recorder: Recorder, display: Display, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    recorder.view = (await readController(scene.controller.adminUrl, scene.route.kind)) ?? recorder.view;
    if (signal.aborted) return;
    display.show(recorder.picture());
    await rest(VIEW_INTERVAL_MS, signal).catch(() => undefined);
  }
}

function judgesPrimary({ view, elapsedMs }: Recorder): boolean {
  const primary = view?.backends.find(({ backend }) => backend === MANAGED.primary);
  return primary?.verdict === "fit" && primary.successRate?.state === "value" && elapsedMs > RULE.windowMs + CONTROLLER_INTERVAL_MS;
}
