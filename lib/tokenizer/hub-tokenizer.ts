/** The part of @huggingface/tokenizers that this library calls, with types. */
import * as library from "@huggingface/tokenizers";
import { ResidencyError } from "../errors.ts";

/** A tokenization pipeline. */
export interface HubTokenizer {
  tokenize(text: string, options: { add_special_tokens: boolean }): string[];
  decode(ids: number[]): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  /** Token -> id; ids that no token has appear under the key undefined. */
  get_vocab(): Map<string | undefined, number>;
}

// The package's own declarations import each other without file extensions, which Node's resolution does not follow.
const { Tokenizer } = library as unknown as {
  Tokenizer: new (tokenizer: object, config: object) => HubTokenizer;
};

/** Builds the pipeline from checked JSON; throws E_TOKENIZER where a stage is unknown or malformed. */
export function buildHubTokenizer(json: object, config: object): HubTokenizer {
  try {
    return new Tokenizer(json, config);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unknown reason";
    throw new ResidencyError("E_TOKENIZER", `Cannot build the tokenizer: ${reason}`, { cause });
  }
}
