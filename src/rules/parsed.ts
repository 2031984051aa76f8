/** What became of parsing one value: the value, or what is wrong with it and what to write instead. */
export type Parsed<T> = { readonly value: T } | { readonly wrong: string; readonly hint: string };
