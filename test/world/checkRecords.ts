import { readRecord } from "../../src/evaluator/record/decisionRecord.ts";
import { replayRecord } from "../../src/simulator/replayRecord.ts";
import { keyOf } from "./sceneRoute.ts";
import type { SeededWorld } from "./seededWorld.ts";

/** P16: the record of each decision replays to the identical decision. Returns how many there are, and which do not. */
export function checkRecords({ fleet, owner }: SeededWorld): { readonly count: number; readonly wrong: readonly string[] } {
  const wrong: string[] = [];
  let count = 0;
  for (const { name, controller } of fleet.replicas) {
    for (const key of owner.routes().map(keyOf)) {
      for (const text of controller.report().recordsOf(key)) {
        const record = readRecord(JSON.parse(text));
        count += 1;
        if ("wrong" in record) wrong.push(`P16: ${name} has a record of ${key} that cannot be read: ${record.wrong}`);
        else if (!replayRecord(record).isSame) wrong.push(`P16: a decision of ${name} on ${key} replays to another one: ${text}`);
      }
    }
  }
  return { count, wrong };
}
