import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type ParsedRules, parseRules } from "../rules/parseRules.ts";
import type { RulesProblem } from "../rules/rulesProblem.ts";
import { MAX_RULES_FILE_BYTES, tooLarge } from "../rules/yamlSource.ts";

/**
 * A ConfigMap mount swaps symlinks, editors rename over the file, and some file systems tell of neither: looking at
 * the content is the one way that works for all of them, and a rules file is small.
 */
const POLL_MS = 2_000;
/** A file may be in the middle of being written: only content that stays the same for this long counts. */
const SETTLE_MS = 200;

/** What a rules file says now. */
export interface RulesReading {
  readonly result: ParsedRules;
  /** What tells a change from none. */
  readonly content: RulesContent;
}

/** The text, or what kept us from it. */
export type RulesContent = { readonly text: string } | { readonly problem: RulesProblem };

export interface WatchOptions {
  readonly pollMs?: number;
  readonly settleMs?: number;
  /** What the caller has read already; without it the first content is told as a change. */
  readonly known?: RulesReading;
}

/**
 * Tells of every change of the rules until the signal aborts: valid ones, invalid ones, and a file that is gone. The
 * same content again is no change. Rejects only where `onChange` throws.
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
  const unreadable = (why: string, hint = "check the path, and that it is a file that we may read"): RulesContent => ({
    problem: { file: path, place: null, sentence: `the file cannot be read: ${why}`, hint },
  });
  let file: FileHandle | null = null;
  try {
    // Without waiting: opening a pipe that nobody writes to would take forever.
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
