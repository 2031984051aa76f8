import type { Sentence } from "./say.ts";

/** Sentences in one paragraph, what matters most in bold. */
export function Sentences({ of: sentences }: { readonly of: readonly Sentence[] }) {
  return (
    <>
      {sentences.map((sentence, i) => (
        <>
          {i > 0 && " "}
          {sentence.map((part) => (typeof part === "string" ? part : <b>{part.strong}</b>))}
        </>
      ))}
    </>
  );
}
