import { readFile, stat } from "node:fs/promises";
import { decisionText } from "../../../evaluator/explain/explain.ts";
import { type DecisionRecord, readRecord } from "../../../evaluator/record/decisionRecord.ts";
import { writeLossless } from "../../../evaluator/record/losslessJson.ts";
import { routeKey } from "../../../routes/route.ts";
import { type ReplayedDecision, replayRecord } from "../../../simulator/replayRecord.ts";
import { type Answer, usageError } from "../../output/answer.ts";
import { EXIT } from "../../output/exit.ts";
import { printable, printableJson } from "../../output/printable.ts";
import { VERSION } from "../../wiring/ownVersion.ts";
import { recordsIn } from "../explain/exportRecords.ts";
import { lineDiff } from "../rules/lineDiff.ts";
import { writeSeconds } from "./replayPast.ts";

/** A file of a controller has 8 MiB of records at the most; indented it is larger. */
const MAX_FILE_BYTES = 64 * 1_048_576;

interface Replayed {
  readonly record: DecisionRecord;
  readonly again: ReplayedDecision;
}

/** `replay FILE`: makes each exported decision again, and tells whether it is the same. */
export async function replayFile(file: string, output: "table" | "json"): Promise<Answer> {
  const read = await readRecords(file);
  if ("wrong" in read) return usageError(`${file}: ${read.wrong}`, "`explain KIND/NAME --export FILE` writes such a file");
  const replayed: Replayed[] = [];
  for (const [i, record] of read.records.entries()) {
    const again = playedOf(record);
    if ("wrong" in again) return usageError(`${file}: record ${i + 1} cannot be replayed: ${again.wrong}`, "was it changed by hand?");
    replayed.push({ record, again });
  }
  const page =
    output === "json" ? printableJson(replayed.map(jsonOf)) : printable(`${replayed.map(textOf).join("\n")}\n${summary(replayed)}\n`);
  return { exit: replayed.every(({ again }) => again.isSame) ? EXIT.fine : EXIT.no, page, remarks: [] };
}

async function readRecords(file: string): Promise<{ readonly records: readonly DecisionRecord[] } | { readonly wrong: string }> {
  const text = await readText(file);
  if (typeof text !== "string") return text;
  const records: DecisionRecord[] = [];
  let values: readonly unknown[];
  try {
    values = recordsIn(JSON.parse(text));
  } catch {
    return { wrong: "this is not JSON" };
  }
  if (values.length === 0) return { wrong: "there is no record of a decision in it" };
  for (const [i, value] of values.entries()) {
    const record = readRecord(value);
    if ("wrong" in record) return { wrong: `record ${i + 1}: ${record.wrong}` };
    records.push(record);
  }
  return { records };
}

async function readText(file: string): Promise<string | { readonly wrong: string }> {
  try {
    if ((await stat(file)).size > MAX_FILE_BYTES) return { wrong: "it is larger than a file of records can be" };
    return await readFile(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    return { wrong: { ENOENT: "it does not exist", EACCES: "permission denied", EISDIR: "it is a directory" }[code] ?? code };
  }
}

/** A record comes from elsewhere: what is missing deep in it shows only when it is used. */
function playedOf(record: DecisionRecord): ReplayedDecision | { readonly wrong: string } {
  try {
    return replayRecord(record);
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

function textOf({ record, again }: Replayed): string {
  const { decision, version } = record;
  const head = `${writeSeconds(decision.atMs)} ${routeKey(decision.route)}, decided by ${version}: ${again.isSame ? "the same again" : "not the same"}`;
  const text = `  ${decisionText(decision)}`;
  if (again.isSame) return `${head}\n${text}`;
  return [
    head,
    text,
    again.decision === null ? "  now: nothing" : `  now: ${decisionText(again.decision)}`,
    ...differences(record, again),
  ].join("\n");
}

function differences({ decision }: DecisionRecord, again: ReplayedDecision): readonly string[] {
  const lines = (value: unknown) => JSON.stringify(JSON.parse(writeLossless(value)), null, 2).split("\n");
  return again.decision === null ? [] : lineDiff(lines(decision), lines(again.decision)).map((line) => `    ${line}`);
}

function jsonOf({ record, again }: Replayed): unknown {
  const { decision, version } = record;
  return { route: routeKey(decision.route), version, same: again.isSame, decision: plain(decision), now: plain(again.decision) };
}

/** As in the file: maps with their marks. */
function plain(value: unknown): unknown {
  return JSON.parse(writeLossless(value));
}

function summary(replayed: readonly Replayed[]): string {
  const same = replayed.filter(({ again }) => again.isSame).length;
  return `${replayed.length} ${replayed.length === 1 ? "decision" : "decisions"}: ${same} the same in ${VERSION}, ${replayed.length - same} not`;
}
