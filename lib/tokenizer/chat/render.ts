/** Writes a conversation as the text that a model was trained on. */
import { ResidencyError } from "../../errors.ts";
import type { ChatTemplateOptions, Conversation } from "./conversation.ts";
import { chooseMarks, protectSpellings, removeMarks, type UnmarkedChat } from "./marks.ts";
import { hasGenerationBlock, renderTemplate } from "./template.ts";

/** What a tokenizer lends to its templates. */
export interface TemplateSource {
  chatTemplates: Readonly<Record<string, string>>;
  /** The special tokens by the names that templates know. */
  specialTokens: Readonly<Record<string, unknown>>;
  /** The spellings of all special tokens. */
  spellings: readonly string[];
}

/**
 * Chooses the template: the one given, the one named, `tool_use` for tools, or `default`.
 *
 * @throws ResidencyError E_TOKENIZER where there is none to choose, or several and none that is meant.
 */
export function chooseTemplate(
  templates: Readonly<Record<string, string>>,
  { chatTemplate, tools }: ChatTemplateOptions,
): string {
  const named = (name: string): string | undefined =>
    Object.hasOwn(templates, name) ? templates[name] : undefined;
  if (chatTemplate !== undefined) return named(chatTemplate) ?? chatTemplate;
  const own = (tools === undefined ? undefined : named("tool_use")) ?? named("default");
  if (own !== undefined) return own;
  const names = Object.keys(templates);
  throw new ResidencyError(
    "E_TOKENIZER",
    names.length === 0
      ? "Cannot apply a chat template: the tokenizer has none; give chatTemplate, or set tokenizer.chatTemplate"
      : `Cannot choose a chat template: none is the default; give the name of one as chatTemplate: ${names.join(", ")}`,
  );
}

/**
 * Renders a conversation, and tells what must stay text and what the assistant said.
 *
 * @throws ResidencyError E_CONFIG for options that contradict each other; E_TOKENIZER where the template fails.
 */
export function renderChat(
  source: TemplateSource,
  messages: Conversation,
  options: ChatTemplateOptions,
): UnmarkedChat {
  const template = chooseTemplate(source.chatTemplates, options);
  const {
    addGenerationPrompt = false,
    continueFinalMessage = false,
    returnAssistantTokensMask = false,
  } = options;
  checkOptions(template, options);
  const { tools = null, documents = null, chatTemplateKwargs = {} } = options;
  const inputs = jsonOf({ ...chatTemplateKwargs, messages, tools, documents });
  const marks = chooseMarks(inputs + template);
  const spellings = options.allowSpecial === true ? [] : source.spellings;
  const variables = protectSpellings(JSON.parse(inputs), spellings, marks.protect) as {
    messages: Conversation;
  };
  if (continueFinalMessage !== false) {
    const field = typeof continueFinalMessage === "string" ? continueFinalMessage : "content";
    variables.messages = withTag(variables.messages, field, `${marks.tag} `);
  }
  const rendered = renderTemplate(
    template,
    { ...source.specialTokens, ...variables, add_generation_prompt: addGenerationPrompt },
    {
      inputLength: inputs.length,
      ...(returnAssistantTokensMask ? { marks } : {}),
      ...(options.now === undefined ? {} : { now: options.now }),
    },
  );
  return removeMarks(continueFinalMessage === false ? rendered : upToTag(rendered, marks.tag), marks);
}

function checkOptions(template: string, options: ChatTemplateOptions): void {
  const fail = (problem: string): never => {
    throw new ResidencyError("E_CONFIG", `Cannot apply the chat template: ${problem}`);
  };
  const { continueFinalMessage = false, returnAssistantTokensMask: masks = false } = options;
  if (continueFinalMessage !== false && options.addGenerationPrompt) {
    fail(
      "continueFinalMessage goes on with the last message, and addGenerationPrompt begins a new one; choose one",
    );
  }
  if (continueFinalMessage !== false && masks) {
    fail("returnAssistantTokensMask is for whole conversations, not with continueFinalMessage");
  }
  if (masks && (options.returnDict !== true || options.tokenize === false)) {
    fail("returnAssistantTokensMask needs returnDict: true, and tokenize not to be false");
  }
  if (masks && !hasGenerationBlock(template)) {
    fail(
      "it does not say which text is the assistant's; put {% generation %} and {% endgeneration %} around that text",
    );
  }
}

/** The variables as JSON, which is all that a template may see of them, and what marks must differ from. */
function jsonOf(inputs: object): string {
  try {
    return JSON.stringify(inputs);
  } catch (cause) {
    throw new TypeError(
      "Cannot apply the chat template: messages, tools and documents must be plain JSON values",
      {
        cause,
      },
    );
  }
}

function withTag(messages: Conversation, field: string, tag: string): Conversation {
  const fail = (): never => {
    throw new ResidencyError(
      "E_CONFIG",
      `Cannot continue the final message: it has no text in its field ${JSON.stringify(field)}`,
    );
  };
  const last: unknown = messages.at(-1);
  const value = (last as Record<string, unknown>)[field];
  let tagged: unknown;
  if (typeof value === "string") tagged = value + tag;
  else if (Array.isArray(value)) {
    const parts = value as { text?: unknown }[];
    const index = parts.findLastIndex(({ text }) => typeof text === "string");
    if (index < 0) fail();
    tagged = parts.with(index, { ...parts[index], text: String(parts[index]!.text) + tag });
  } else fail();
  return [...messages.slice(0, -1), { ...messages.at(-1)!, [field]: tagged }];
}

function upToTag(rendered: string, tag: string): string {
  const at = rendered.lastIndexOf(tag);
  if (at < 0) {
    throw new ResidencyError(
      "E_TOKENIZER",
      "Cannot continue the final message: the chat template leaves its text out",
    );
  }
  const before = rendered.slice(0, at);
  // Where the template trims messages, the blank behind the tag is gone, and those before it should be, too.
  return rendered[at + 1] === " " ? before : before.trimEnd();
}
