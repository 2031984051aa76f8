import { appendFileSync } from "node:fs";
import type { Sight } from "./scene.ts";

/** The part that fails. */
export type Theme = "API server" | "network to the API server" | "Prometheus" | "replicas and Lease" | "the process";

/** A tested fault and its measurement. */
export interface PlayedFault {
  readonly theme: Theme;
  readonly fault: string;
  readonly sight: Sight;
  /** Time from the end of the fault until the controller works as expected again. */
  readonly recoveryMs: number;
  readonly note?: string;
}

/** Whether this is a run of `npm run reliability`, which publishes the times. */
export function isRecording(): boolean {
  return process.env.RELIABILITY_RECORD !== undefined;
}

/** Appends a line to the record file of `npm run reliability`; other test runs record nothing. */
export function recordFault(played: PlayedFault): void {
  const file = process.env.RELIABILITY_RECORD;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(played)}\n`);
}
