import * as z from "zod";
import { isBackendName } from "./backendName.ts";
import { recordOf } from "./record.ts";
import { readTime, writeTime } from "./rfc3339.ts";
import { type BackendMemory, CAUSES, type Memory, type Split, type SplitMemory } from "./route.ts";
import { isSpelling, LARGEST_WEIGHT } from "./weight.ts";
import { MOST_BACKENDS } from "./weightEntries.ts";

/** The only annotation that the controller writes. */
export const STATE_ANNOTATION = "failover.linkerd.io/state";

/** Longest annotation that is read, in characters. The controller never writes a longer one. */
export const LONGEST_MEMORY = 131_072;

/** Maximum number of splits in one route. */
export const MOST_SPLITS = 512;

const MOST_REMEMBERED_BACKENDS = 1_000;
const MOST_STEPS = 1_000;
const MOST_RELAPSES = 1_000_000;
const LONGEST_WRITER = 300;
const LONGEST_NAME = 256;
const VERSION = 1;

const splitName = z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/);
const backendName = z.string().refine(isBackendName);
const weight = z.number().min(0).max(LARGEST_WEIGHT);
const spelling = z.union([z.number(), z.string()]).refine(isSpelling);
const time = z
  .string()
  .max(40)
  .transform((text, context) => readTime(text) ?? (context.addIssue("not a time"), z.NEVER));

const splitMemory = z.object({
  matches: z
    .string()
    .regex(/^[0-9a-f]{8}$/)
    .optional(),
  baseline: bounded(backendName, z.array(spelling).min(1).max(MOST_BACKENDS), MOST_BACKENDS),
  written: bounded(backendName, weight, MOST_BACKENDS),
});

const backendMemory = z.object({
  phase: z.enum(["serving", "out", "returning"]),
  since: time,
  step: z.int().min(0).max(MOST_STEPS).optional(),
  cause: z.enum(CAUSES).optional(),
  relapses: z.int().min(0).max(MOST_RELAPSES).optional(),
});

const annotation = z.object({
  version: z.literal(VERSION),
  writer: z.string().max(LONGEST_WRITER).optional(),
  primary: backendName.nullable().optional(),
  splits: bounded(splitName, splitMemory, MOST_SPLITS),
  backends: bounded(backendName, backendMemory, MOST_REMEMBERED_BACKENDS),
});

type Annotation = z.output<typeof annotation>;

/** Reads the state annotation; null if it is absent or any part of it is invalid. */
export function readMemory(text: string | undefined): Memory | null {
  if (text === undefined || text.length > LONGEST_MEMORY) return null;
  const read = annotation.safeParse(parse(text));
  return read.success ? fromAnnotation(read.data) : null;
}

/** The text of the state annotation. The same memory always gives the same text. */
export function writeMemory(memory: Memory): string {
  return JSON.stringify({
    version: VERSION,
    writer: memory.writer,
    primary: memory.primary,
    splits: sorted(memory.splits, ({ matches, baseline, written }) => ({
      matches,
      baseline: sorted(baseline, (s) => s),
      written: sorted(written, (w) => w),
    })),
    backends: sorted(memory.backends, ({ phase, sinceMs, step, cause, relapses }) => ({
      phase,
      since: writeTime(sinceMs),
      step,
      cause,
      relapses,
    })),
  });
}

/** Upper limits for the characters that a split, a backend in a split, a weight, and a backend of the route add to its names. */
const SPLIT_CHARACTERS = 64;
const MEMBER_CHARACTERS = 24;
const WEIGHT_CHARACTERS = 10;
const BACKEND_CHARACTERS = 130;

/**
 * Why the memory of these splits would not fit into the annotation, or null if it fits. This is checked before anything is
 * shifted. It assumes weights of at most eight digits.
 */
export function tooMuchToRemember(splits: readonly Split[]): string | null {
  const names = new Set<string>();
  let characters = 2 * LONGEST_WRITER + LONGEST_NAME;
  for (const { name, backends } of splits) {
    characters += name.length + SPLIT_CHARACTERS;
    for (const { backend, entries } of backends) {
      names.add(backend);
      characters += 2 * backend.length + MEMBER_CHARACTERS + entries.length * WEIGHT_CHARACTERS;
    }
  }
  for (const name of names) characters += name.length + BACKEND_CHARACTERS;
  if (names.size > MOST_REMEMBERED_BACKENDS) return `at most ${MOST_REMEMBERED_BACKENDS} Services are read, found ${names.size}`;
  if (characters <= LONGEST_MEMORY && splits.length <= MOST_SPLITS) return null;
  return `the state of ${splits.length} splits over ${names.size} Services is too long for an annotation`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function fromAnnotation(read: Annotation): Memory {
  return {
    ...(read.writer === undefined ? {} : { writer: read.writer }),
    ...(read.primary === undefined ? {} : { primary: read.primary }),
    splits: mapped(
      read.splits,
      ({ matches, baseline, written }): SplitMemory => ({
        ...(matches === undefined ? {} : { matches }),
        baseline: mapped(baseline, (s) => s),
        written: mapped(written, (w) => w),
      }),
    ),
    backends: mapped(
      read.backends,
      ({ phase, since, step, cause, relapses }): BackendMemory => ({
        phase,
        sinceMs: since,
        ...(step === undefined ? {} : { step }),
        ...(cause === undefined ? {} : { cause }),
        ...(relapses === undefined ? {} : { relapses }),
      }),
    ),
  };
}

function bounded<K extends z.ZodString, V extends z.ZodType>(key: K, value: V, most: number) {
  return z.record(key, value).refine((record) => Object.keys(record).length <= most);
}

function mapped<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return recordOf(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function sorted<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  const entries = Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return recordOf(entries.map(([key, value]) => [key, map(value)]));
}
