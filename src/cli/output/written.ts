import { writeFile } from "node:fs/promises";

/** Writes a file; returns why it could not, or null. */
export async function written(file: string, text: string): Promise<string | null> {
  try {
    await writeFile(file, text);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
