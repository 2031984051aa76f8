/** A part of a sentence; what matters most in it is strong. */
export type Part = string | { readonly strong: string };
export type Sentence = readonly Part[];

export function strong(text: string): Part {
  return { strong: text };
}

/** A sentence from a template whose values may be strong. */
export function say(texts: TemplateStringsArray, ...values: readonly (string | number | Part)[]): Sentence {
  return texts.flatMap((text, i): Part[] => {
    const value = values[i];
    if (value === undefined) return [text];
    return [text, typeof value === "object" ? value : String(value)];
  });
}

/** The same without emphasis. */
export function plain(sentence: Sentence): string {
  return sentence.map((part) => (typeof part === "string" ? part : part.strong)).join("");
}
