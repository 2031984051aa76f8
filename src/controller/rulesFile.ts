import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type ParsedRules, parseRules } from "../rules/parseRules.ts";
import type { RulesProblem } from "../rules/rulesProblem.ts";
import { MAX_RULES_FILE_BYTES, tooLarge } from "../rules/yamlSource.ts";

/**
 * A ConfigMap mount swaps symlinks, editors rename over the file, and some file systems report neither. Reading the
 * content works in all cases, and a rules file is small.
 */
const POLL_MS = 2_000;
/** A write to the file may be in progress: only content that stays the same for this long counts. */
const SETTLE_MS = 200;

/** The content of a rules file, and the rules or problems in it. */
export interface RulesReading {
  readonly result: ParsedRules;
  /** Compared to detect a change. */
  readonly content: RulesContent;
}

/** The text, or why it could not be read. */
export type RulesContent = { readonly text: string } | { readonly problem: RulesProblem };

export interface WatchOptions {
  readonly pollMs?: number;
  readonly settleMs?: number;
  /** What the caller has read already; if absent, the first content counts as a change. */
  readonly known?: RulesReading;
}

/**
 * Reports every change of the rules until the signal aborts: valid rules, invalid rules, and a missing file. The same
 * content again is no change. Rejects only if `onChange` throws.
 */
export async function watchRules(
  path: string,
  onChange: (result: ParsedRules) => void,
  signal: AbortSignal,
  { pollMs = POLL_MS, settleMs = SETTLE_MS, known }: WatchOptions = {},
): Promise<void> {
  let told = known?.content;
  let seen = await readContent(path);
  while (!signal.aborted) {
    const isNew = !isSame(seen, told);
    await pause(isNew ? settleMs : pollMs, signal);
    const now = await readContent(path);
    if (isNew && isSame(now, seen) && !signal.aborted) {
      told = now;
      onChange(parseContent(path, now));
    }
    seen = now;
  }
}

/** Reads and parses the file once. A file that cannot be read is a problem, not an exception. */
export async function readRules(path: string): Promise<RulesReading> {
  const content = await readContent(path);
  return { content, result: parseContent(path, content) };
}

function parseContent(path: string, content: RulesContent): ParsedRules {
  return "text" in content ? parseRules(content.text, path) : { ok: false, problems: [content.problem] };
}

function isSame(a: RulesContent, b: RulesContent | undefined): boolean {
  if (b === undefined) return false;
  if ("text" in a) return "text" in b && a.text === b.text;
  return "problem" in b && a.problem.sentence === b.problem.sentence;
}

async function readContent(path: string): Promise<RulesContent> {
  const unreadable = (why: string, hint = "check the path and the permissions of the file"): RulesContent => ({
    problem: { file: path, place: null, sentence: `the file cannot be read: ${why}`, hint },
  });
  let file: FileHandle | null = null;
  try {
    // Non-blocking: opening a pipe without a writer would block forever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) return unreadable("it is not a file");
    if (stats.size > MAX_RULES_FILE_BYTES) return { problem: tooLarge(path) };
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(await file.readFile()) };
  } catch (error) {
    return isNoText(error) ? unreadable("it is not UTF-8 text", "save it as UTF-8") : unreadable(reasonOf(error));
  } finally {
    await file?.close();
  }
}

function isNoText(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ERR_ENCODING_INVALID_ENCODED_DATA";
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "it does not exist";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  return code ?? String(error);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
