/** Reads a chat template from a disk. */
import { ResidencyError } from "../../errors.ts";
import { fs, path } from "../../files/index.ts";

function refuse(place: string, what: string, cause?: unknown): never {
  throw new ResidencyError("E_CONFIG", `Cannot read the chat template ${place}: ${what}`, { cause });
}

/** The template named "default" of a tokenizer_config.json, which may hold one or several by name. */
function templateOfConfig(json: unknown): string | undefined {
  const template =
    typeof json === "object" && json !== null
      ? (json as Record<string, unknown>)["chat_template"]
      : undefined;
  if (typeof template === "string") return template;
  if (!Array.isArray(template)) return undefined;
  const named = (template as { name?: unknown; template?: unknown }[]).find(({ name }) => name === "default");
  return typeof named?.template === "string" ? named.template : undefined;
}

/**
 * The template in a Jinja file, or in the folder of a tokenizer (chat_template.jinja, else tokenizer_config.json).
 *
 * @throws ResidencyError E_CONFIG when there is none.
 * @example
 * try {
 *   readChatTemplate("assets/intern");
 * } catch (error) {
 *   (error as Error).message; // "Cannot read the chat template assets/intern: tokenizer_config.json has no chat_template"
 * }
 */
export function readChatTemplate(place: string): string {
  if (!fs.existsSync(place)) refuse(place, "there is no such file or folder");
  if (!fs.statSync(place).isDirectory()) {
    if (!/\.(jinja2?|j2)$/.test(place))
      refuse(place, "a file must end with .jinja or .j2; else give a tokenizer's folder");
    return fs.readFileSync(place, "utf8");
  }
  const own = path.join(place, "chat_template.jinja");
  if (fs.existsSync(own)) return fs.readFileSync(own, "utf8");
  const config = path.join(place, "tokenizer_config.json");
  if (!fs.existsSync(config))
    refuse(place, "the folder has neither chat_template.jinja nor tokenizer_config.json");
  let json: unknown;
  try {
    json = JSON.parse(fs.readFileSync(config, "utf8"));
  } catch (cause) {
    return refuse(place, "tokenizer_config.json is not JSON", cause);
  }
  return templateOfConfig(json) ?? refuse(place, "tokenizer_config.json has no chat_template");
}
