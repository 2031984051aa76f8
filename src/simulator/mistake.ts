/** Why a line of a story cannot be carried out, and how to write it. */
export interface Mistake {
  readonly sentence: string;
  readonly hint: string;
}

export function mistake(sentence: string, hint: string): Mistake {
  return { sentence, hint };
}
