import { appendFileSync } from "node:fs";
import type { Sight } from "./scene.ts";

/** What broke. */
export type Theme = "API server" | "network to the API server" | "Prometheus" | "replicas and Lease" | "the process";

/** A fault that was played, and what was measured. */
export interface PlayedFault {
  readonly theme: Theme;
  readonly fault: string;
  readonly sight: Sight;
  /** From its mending, until the controller did again what it should. */
  readonly recoveryMs: number;
  readonly note?: string;
}

/** Appends a line to the file of `npm run reliability`; any other run of the tests records nothing. */
export function recordFault(played: PlayedFault): void {
  const file = process.env.RELIABILITY_RECORD;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(played)}\n`);
}
