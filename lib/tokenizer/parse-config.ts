/** Parses tokenizer_config.json, which may come from anywhere, into typed values. */
import { describe, fail, parseAddedToken, record, tokenId, type AddedToken } from "./parse.ts";

/** The parts of a tokenizer_config.json that a tokenizer has a name for, in the file's spelling. */
export const specialTokenKeys = {
  bosToken: "bos_token",
  eosToken: "eos_token",
  unkToken: "unk_token",
  sepToken: "sep_token",
  padToken: "pad_token",
  clsToken: "cls_token",
  maskToken: "mask_token",
} as const;

/** A special token that has a role. */
export type SpecialTokenName = keyof typeof specialTokenKeys;

/** The side of a row on which something is added or cut. */
export type Side = "left" | "right";

/** A tokenizer_config.json that has passed the checks. */
export interface ParsedTokenizerConfig {
  json: Record<string, unknown>;
  specialTokens: Partial<Record<SpecialTokenName, string>>;
  /** Special tokens without a role of their own. */
  additionalSpecialTokens: string[];
  /** Tokens that this file adds to those of tokenizer.json. */
  addedTokens: AddedToken[];
  modelMaxLength: number | undefined;
  paddingSide: Side;
  truncationSide: Side;
  cleanUpTokenizationSpaces: boolean;
  /** Whether the model takes token type ids. */
  hasTokenTypeIds: boolean;
  /** Chat templates by name; a file with one template has it as `default`. */
  chatTemplates: Record<string, string>;
}

/**
 * Reads a parsed tokenizer_config.json.
 *
 * @throws ResidencyError E_TOKENIZER with the path of what is wrong.
 */
export function parseTokenizerConfig(value: unknown): ParsedTokenizerConfig {
  const json = record(value, "tokenizer_config.json");
  const maxLength = json["model_max_length"];
  // transformers writes a length near 1e30 where the model has no limit.
  const limited = typeof maxLength === "number" && maxLength > 0 && maxLength < 1e9;
  const specialTokens: ParsedTokenizerConfig["specialTokens"] = {};
  for (const [name, key] of Object.entries(specialTokenKeys) as [SpecialTokenName, string][]) {
    const token = tokenContent(json[key], key);
    if (token !== undefined) specialTokens[name] = token;
  }
  const inputNames = json["model_input_names"];
  return {
    json,
    specialTokens,
    additionalSpecialTokens: additionalTokens(json),
    addedTokens: addedTokensDecoder(json["added_tokens_decoder"] ?? {}),
    modelMaxLength: limited ? maxLength : undefined,
    paddingSide: side(json, "padding_side"),
    truncationSide: side(json, "truncation_side"),
    // Where the file is silent, "a !" must not become "a!": transformers 5 decodes without that clean-up.
    cleanUpTokenizationSpaces: json["clean_up_tokenization_spaces"] === true,
    hasTokenTypeIds: Array.isArray(inputNames) && inputNames.includes("token_type_ids"),
    chatTemplates: parseChatTemplates(json["chat_template"]),
  };
}

function tokenContent(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  const { content } = record(value, path);
  return typeof content === "string" ? content : fail(`${path}.content`, "must be a string");
}

function additionalTokens(json: Record<string, unknown>): string[] {
  // transformers 5 writes extra_special_tokens, a list or an object with names of its own; 4 wrote the other.
  return ["additional_special_tokens", "extra_special_tokens"].flatMap((key) => {
    const value = json[key] ?? [];
    const list = Array.isArray(value) ? (value as unknown[]) : Object.values(record(value, key));
    return list.flatMap((entry, index) => tokenContent(entry, `${key}[${index}]`) ?? []);
  });
}

function addedTokensDecoder(value: unknown): AddedToken[] {
  return Object.entries(record(value, "added_tokens_decoder")).map(([key, entry]) => {
    const path = `added_tokens_decoder[${JSON.stringify(key)}]`;
    return parseAddedToken(entry, tokenId(Number(key), path), path);
  });
}

function side(json: Record<string, unknown>, key: string): Side {
  const value = json[key] ?? "right";
  return value === "left" || value === "right" ? value : fail(key, 'must be "left" or "right"');
}

/** Chat templates as tokenizer_config.json has them: one text, or a list of `{ name, template }`. */
function parseChatTemplates(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (typeof value === "string") return { default: value };
  if (!Array.isArray(value)) {
    return fail("chat_template", `is ${describe(value)}; it must be a text or a list of named templates`);
  }
  return Object.fromEntries(
    value.map((entry: unknown, index) => {
      const { name, template } = record(entry, `chat_template[${index}]`);
      if (typeof name !== "string" || typeof template !== "string") {
        return fail(`chat_template[${index}]`, "must have a name and a template");
      }
      return [name, template];
    }),
  );
}
