/** The tokens of a tokenizer: ids, roles, and tokens that are added later. */
import { ResidencyError } from "../errors.ts";
import { withListedTokens, withNewTokens, type NewToken } from "./new-tokens.ts";
import type { ParsedTokenizer } from "./parse.ts";
import { specialTokenKeys, type ParsedTokenizerConfig, type SpecialTokenName } from "./parse-config.ts";
import { createPipeline, type Pipeline } from "./pipeline.ts";
import { NamedSpecialTokens } from "./special-tokens.ts";

/** Special tokens to add: roles, and tokens without one. */
export type NewSpecialTokens = Partial<Record<SpecialTokenName, NewToken>> & {
  additionalSpecialTokens?: readonly NewToken[];
};

/** What a tokenizer knows of its tokens. */
export class TokenVocabulary extends NamedSpecialTokens {
  #parsed: ParsedTokenizer;
  #pipeline: Pipeline;
  #vocab: ReadonlyMap<string, number>;
  #tokens: ReadonlyMap<number, string>;
  #specialIds: ReadonlySet<number>;
  readonly #roles = new Map<SpecialTokenName, string>();

  constructor(tokenizer: ParsedTokenizer, config: ParsedTokenizerConfig) {
    super();
    this.#parsed = withListedTokens(tokenizer, config);
    this.#pipeline = createPipeline(this.#parsed);
    [this.#vocab, this.#tokens, this.#specialIds] = tokensOf(this.#pipeline);
    for (const [name, token] of Object.entries(config.specialTokens) as [SpecialTokenName, string][]) {
      this.giveRole(name, token);
    }
  }

  /** How many tokens there are, added ones included. */
  get vocabSize(): number {
    return this.#vocab.size;
  }

  /** Every token with its id, added ones included. */
  getVocab(): Map<string, number> {
    return new Map(this.#vocab);
  }

  /** The special tokens, in the order of {@link allSpecialIds}. */
  get allSpecialTokens(): string[] {
    return this.allSpecialIds.map((id) => this.convertIdsToTokens(id));
  }

  /** The ids of the special tokens, ascending. */
  get allSpecialIds(): number[] {
    return [...this.#specialIds].sort((a, b) => a - b);
  }

  /** The tokens that have a role, by the role. */
  get specialTokensMap(): Partial<Record<SpecialTokenName, string>> {
    return Object.fromEntries(this.#roles);
  }

  /** The ids of tokens given as the vocabulary spells them; throws E_TOKENIZER for an unknown token. */
  convertTokensToIds(tokens: readonly string[]): number[];
  convertTokensToIds(token: string): number;
  convertTokensToIds(tokens: string | readonly string[]): number | number[] {
    if (typeof tokens !== "string") return tokens.map((token) => this.convertTokensToIds(token));
    const id = this.#vocab.get(tokens);
    if (id !== undefined) return id;
    throw new ResidencyError(
      "E_TOKENIZER",
      "Cannot find a token's id: the vocabulary does not have the token",
    );
  }

  /** The tokens of ids, as the vocabulary spells them; throws E_TOKENIZER for an unknown id. */
  convertIdsToTokens(ids: readonly number[]): string[];
  convertIdsToTokens(id: number): string;
  convertIdsToTokens(ids: number | readonly number[]): string | string[] {
    if (typeof ids !== "number") return ids.map((id) => this.convertIdsToTokens(id));
    const token = this.#tokens.get(ids);
    if (token !== undefined) return token;
    throw new ResidencyError(
      "E_TOKENIZER",
      `Cannot decode id ${ids}: no token of the ${this.vocabSize} in the vocabulary has it`,
    );
  }

  /**
   * Adds tokens that are cut out of texts before the model sees them, and returns how many are new. The model needs as many
   * rows more in its embedding.
   *
   * @throws ResidencyError E_CONFIG for a token without text.
   */
  addTokens(tokens: NewToken | readonly NewToken[], { special = false }: { special?: boolean } = {}): number {
    const list = Array.isArray(tokens) ? (tokens as readonly NewToken[]) : [tokens as NewToken];
    const { parsed, count } = withNewTokens(this.#parsed, list, special, this.#vocab);
    if (count > 0) {
      this.#pipeline = createPipeline(parsed);
      this.#parsed = parsed;
      [this.#vocab, this.#tokens, this.#specialIds] = tokensOf(this.#pipeline);
    }
    return count;
  }

  /**
   * Adds special tokens and gives them their roles; returns how many are new.
   *
   * @throws ResidencyError E_CONFIG for a role that there is not.
   * @example
   * tokenizer.addSpecialTokens({ padToken: "<|pad|>", additionalSpecialTokens: ["<|note|>"] }); // 2 where both are new
   */
  addSpecialTokens({ additionalSpecialTokens = [], ...roles }: NewSpecialTokens): number {
    const named = Object.entries(roles) as [SpecialTokenName, NewToken][];
    const wrong = named.find(([name]) => !Object.hasOwn(specialTokenKeys, name));
    if (wrong) {
      const allowed = [...Object.keys(specialTokenKeys), "additionalSpecialTokens"].join(", ");
      throw new ResidencyError("E_CONFIG", `Cannot add a special token as ${wrong[0]}; allowed: ${allowed}`);
    }
    const tokens = [...named.map(([, token]) => token), ...additionalSpecialTokens];
    const count = this.addTokens(tokens, { special: true });
    for (const [name, token] of named) {
      this.giveRole(name, typeof token === "string" ? token : token.content);
    }
    return count;
  }

  /** The stages that texts run through. */
  protected get pipeline(): Pipeline {
    return this.#pipeline;
  }

  /** The tokenizer.json as it is now. */
  protected get parsed(): ParsedTokenizer {
    return this.#parsed;
  }

  /** Whether an id is of a special token. */
  protected isSpecial(id: number): boolean {
    return this.#specialIds.has(id);
  }

  protected roleToken(name: SpecialTokenName): string | undefined {
    return this.#roles.get(name);
  }

  protected roleId(name: SpecialTokenName): number | undefined {
    const token = this.#roles.get(name);
    return token === undefined ? undefined : this.#vocab.get(token);
  }

  protected giveRole(name: SpecialTokenName, token: string | undefined): void {
    if (token === undefined) {
      this.#roles.delete(name);
      return;
    }
    if (!this.#vocab.has(token)) {
      throw new ResidencyError(
        "E_TOKENIZER",
        `Cannot use ${JSON.stringify(token)} as ${specialTokenKeys[name]}: the vocabulary does not have it; ` +
          `add it with addSpecialTokens({ ${name}: … }), or correct tokenizer_config.json`,
      );
    }
    this.#roles.set(name, token);
  }
}

/** Token -> id, id -> token, and the ids of special tokens. */
function tokensOf({ hub, addedTokens }: Pipeline): [Map<string, number>, Map<number, string>, Set<number>] {
  const tokens = new Map<number, string>();
  hub.model.vocab.forEach((token, id) => {
    if (token !== undefined) tokens.set(id, token);
  });
  for (const { id, content } of addedTokens) tokens.set(id, content);
  const special = addedTokens.filter((token) => token.special).map(({ id }) => id);
  return [new Map(Array.from(tokens, ([id, token]) => [token, id])), tokens, new Set(special)];
}
