import { EXIT, printError } from "./exit.ts";
import { printable } from "./printable.ts";

/** A message for stderr, and a hint what to do about it. */
export interface Remark {
  readonly message: string;
  readonly hint?: string;
}

/** The result of a command. */
export interface Answer {
  readonly exit: (typeof EXIT)[keyof typeof EXIT];
  /** One line for stdout. */
  readonly line?: string;
  /** Text for stdout that is already safe to print, with its colours. */
  readonly page?: string;
  readonly remarks: readonly Remark[];
}

export function usageError(message: string, hint?: string): Answer {
  return { exit: EXIT.usage, remarks: [{ message, ...(hint !== undefined && { hint }) }] };
}

/** Prints the answer and sets the exit code. */
export function printAnswer({ exit, line, page, remarks }: Answer): void {
  if (line !== undefined) process.stdout.write(`${printable(line)}\n`);
  if (page !== undefined) process.stdout.write(page);
  for (const { message, hint } of remarks) printError(message, hint);
  process.exitCode = exit;
}
