/** What kind of thing a symbol is, by the bits that the compiler gives it; the same in TypeScript 6 and 7. */

/** Bits of `flags` of a symbol. */
export const symbolFlags = {
  variable: 3,
  property: 4,
  enumMember: 8,
  function: 16,
  class: 32,
  interface: 64,
  enum: 384,
  module: 1536,
  method: 8192,
  accessor: 98304,
  typeParameter: 262144,
  typeAlias: 524288,
  alias: 2097152,
  /** Whatever exists when the program runs. */
  value: 111551,
  /** Whatever may stand in a type. */
  type: 788968,
} as const;

/** A symbol as the compiler describes it. */
export interface CompilerSymbol {
  id: number;
  name: string;
  flags: number;
}
