/** The files of a tokenizer, as transformers writes them. */
import { ResidencyError } from "../errors.ts";
import { addedTokenJson } from "./hub-tokenizer.ts";
import type { ParsedTokenizer } from "./parse.ts";
import { specialTokenKeys, type ParsedTokenizerConfig, type SpecialTokenName } from "./parse-config.ts";

/** The name of the file with the default chat template, and of the folder with the others. */
export const chatTemplateFile = "chat_template.jinja";
export const chatTemplateFolder = "additional_chat_templates";

/** What a tokenizer has become since it was read. */
export type TokenizerState = Pick<
  ParsedTokenizerConfig,
  "specialTokens" | "modelMaxLength" | "paddingSide" | "truncationSide" | "chatTemplates" | "json"
>;

/**
 * The content of each file by its name.
 *
 * @throws ResidencyError E_CONFIG for a chat template whose name is no file name.
 */
export function tokenizerFiles(parsed: ParsedTokenizer, state: TokenizerState): Record<string, string> {
  const tokenizer = { ...parsed.json, added_tokens: parsed.addedTokens.map(addedTokenJson) };
  const roles = Object.entries(specialTokenKeys) as [SpecialTokenName, string][];
  // Roles are written below, chat templates into files of their own, and tokenizer.json has all added tokens.
  const left = new Set(["chat_template", "added_tokens_decoder", ...roles.map(([, key]) => key)]);
  const config = Object.fromEntries(Object.entries(state.json).filter(([key]) => !left.has(key)));
  for (const [name, key] of roles) {
    if (state.specialTokens[name] !== undefined) config[key] = state.specialTokens[name];
  }
  if (state.modelMaxLength !== undefined) config["model_max_length"] = state.modelMaxLength;
  for (const [key, side] of Object.entries({
    padding_side: state.paddingSide,
    truncation_side: state.truncationSide,
  })) {
    if (side !== "right" || key in config) config[key] = side;
  }
  config["tokenizer_class"] ??= "PreTrainedTokenizerFast";
  const templates = Object.entries(state.chatTemplates).map(([name, template]) => {
    if (!/^[\w.-]+$/.test(name) || /^\.+$/.test(name)) {
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot save the chat template ${JSON.stringify(name)}: a name must be letters, digits, ".", "_" and "-"`,
      );
    }
    return [name === "default" ? chatTemplateFile : `${chatTemplateFolder}/${name}.jinja`, template];
  });
  return {
    "tokenizer.json": `${JSON.stringify(tokenizer, undefined, 2)}\n`,
    "tokenizer_config.json": `${JSON.stringify(config, undefined, 2)}\n`,
    ...(Object.fromEntries(templates) as Record<string, string>),
  };
}
