/** The types of Hugging Face's tokenizer.json and tokenizer_config.json, as far as this library reads or writes them. */

/** A token outside the model's own vocabulary rules. */
export interface AddedTokenJson {
  id: number;
  content: string;
  single_word: boolean;
  lstrip: boolean;
  rstrip: boolean;
  normalized: boolean;
  special: boolean;
}

/** A BPE model: token -> id, and the merges in order of rank. */
export interface BpeModelJson {
  type: "BPE";
  dropout: null;
  unk_token: null;
  continuing_subword_prefix: null;
  end_of_word_suffix: null;
  fuse_unk: boolean;
  byte_fallback: boolean;
  ignore_merges: boolean;
  vocab: Record<string, number>;
  merges: [string, string][];
}

/** A tokenizer.json with a byte-level BPE model, as `trainBpe` writes it. */
export interface TokenizerJson {
  version: "1.0";
  truncation: null;
  padding: null;
  added_tokens: AddedTokenJson[];
  normalizer: null;
  pre_tokenizer: object;
  post_processor: object | null;
  decoder: object;
  model: BpeModelJson;
}
