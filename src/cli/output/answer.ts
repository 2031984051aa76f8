import { complain, EXIT } from "./exit.ts";
import { printable } from "./printable.ts";

/** A sentence for stderr, and what to do about it. */
export interface Remark {
  readonly message: string;
  readonly hint?: string;
}

/** What a command has to say, once it is done. */
export interface Answer {
  readonly exit: (typeof EXIT)[keyof typeof EXIT];
  /** One line for stdout. */
  readonly said?: string;
  /** Lines for stdout that are printable as they are, colours and all. */
  readonly page?: string;
  readonly remarks: readonly Remark[];
}

export function refusal(message: string, hint?: string): Answer {
  return { exit: EXIT.usage, remarks: [{ message, ...(hint !== undefined && { hint }) }] };
}

/** Says it, and sets the exit code. */
export function speak({ exit, said, page, remarks }: Answer): void {
  if (said !== undefined) process.stdout.write(`${printable(said)}\n`);
  if (page !== undefined) process.stdout.write(page);
  for (const { message, hint } of remarks) complain(message, hint);
  process.exitCode = exit;
}
