/** Renders a chat template, which may come from anywhere, within bounds. */
import * as library from "@huggingface/jinja";
import { ResidencyError } from "../../errors.ts";
import { pythonText, type RuntimeValue } from "./python-text.ts";
import { strftime } from "./strftime.ts";

interface TemplateNode {
  type: string;
}

interface TemplateScope {
  set(name: string, value: unknown): unknown;
}

// The package's own declarations import each other without file extensions, which Node's resolution does not follow.
const { Environment, Interpreter, parse, tokenize } = library as unknown as {
  Environment: new (parent?: TemplateScope) => TemplateScope;
  Interpreter: new (scope: TemplateScope) => {
    evaluate(node: TemplateNode | undefined, scope: TemplateScope): RuntimeValue;
    evaluateBlock(statements: readonly TemplateNode[], scope: TemplateScope): RuntimeValue;
  };
  parse: (tokens: unknown[]) => TemplateNode;
  tokenize: (source: string, options: { lstrip_blocks: boolean; trim_blocks: boolean }) => unknown[];
};

/** What a template may cost; all far above what published templates need. */
const limits = {
  /** Characters of a template; the longest published ones have some 20,000. */
  template: 2 ** 17,
  /** Blanks in a row, since the parser's search for tags takes the square of their number. */
  blanks: 2 ** 12,
  /** Evaluated expressions and thousands of characters, beyond four for each character of the conversation. */
  steps: 500_000,
  /** What a turn of a loop takes beside what its body does. */
  turn: 8,
  /** Numbers in a range, as in Jinja's own sandbox. */
  range: 100_000,
  /** Characters of one text beyond four times those of the conversation. */
  text: 2 ** 20,
};

/** The characters that stand around what a `{% generation %}` block rendered. */
export interface GenerationMarks {
  start: string;
  end: string;
}

/** How a template is rendered. */
export interface RenderOptions {
  marks?: GenerationMarks;
  /** What `strftime_now` tells; the time of the call where it is left out. */
  now?: Date;
  /** Characters of all variables together. */
  inputLength: number;
}

// No variable of a template has this name. A block statement keeps the template's rules for the blanks around it.
const generationCall = "assistant_generation_block__";
const generationTag = /(\{%[-+]?\s*)(end)?generation(\s*[-+]?%\})/g;

/** Whether a template marks the text of the assistant. */
export function hasGenerationBlock(template: string): boolean {
  return /\{%[-+]?\s*generation\s*[-+]?%\}/.test(template);
}

/**
 * Renders a template with variables.
 *
 * The interpreter has no access to JavaScript's objects, and a budget of steps and characters.
 *
 * @throws ResidencyError E_TOKENIZER where the template is wrong, too costly, or refuses the conversation.
 */
export function renderTemplate(
  template: string,
  variables: Record<string, unknown>,
  options: RenderOptions,
): string {
  try {
    const program = compile(template);
    const scope = new Environment();
    for (const [name, value] of Object.entries({ ...globals(options.now), ...variables }))
      scope.set(name, value);
    const interpreter = new BoundedInterpreter(scope, options);
    const { value } = interpreter.evaluate(program, scope);
    return String(value);
  } catch (cause) {
    if (cause instanceof ResidencyError) throw cause;
    throw new ResidencyError("E_TOKENIZER", `Cannot apply the chat template: ${reasonOf(cause, template)}`, {
      // A refusal may quote the conversation.
      ...(cause instanceof TemplateRefusal ? {} : { cause }),
    });
  }
}

/** What a template said by raise_exception. */
class TemplateRefusal extends Error {}

function reasonOf(cause: unknown, template: string): string {
  if (!(cause instanceof Error)) return "unknown reason";
  if (cause instanceof RangeError) return "it is nested too deeply or makes a text that is too long";
  if (!(cause instanceof TemplateRefusal)) return cause.message;
  return template.includes(cause.message)
    ? `it refuses the conversation: ${cause.message}`
    : "it refuses the conversation, with a message that is not shown since it may quote it";
}

/** Templates that were parsed lately; a data set's conversations share one. */
const programs = new Map<string, TemplateNode>();

function compile(template: string): TemplateNode {
  const known = programs.get(template);
  if (known) return known;
  const program = parseTemplate(template);
  if (programs.size >= 16) programs.clear();
  programs.set(template, program);
  return program;
}

function parseTemplate(template: string): TemplateNode {
  if (template.length > limits.template) {
    fail(`it has ${template.length} characters, and ${limits.template} are allowed`);
  }
  if (new RegExp(`\\s{${limits.blanks}}`).test(template)) fail(`it has ${limits.blanks} blanks in a row`);
  const source = template.replace(
    generationTag,
    (_, open: string, end: string | undefined, close: string) =>
      open + (end === undefined ? `call ${generationCall}()` : "endcall") + close,
  );
  // As transformers sets up Jinja.
  return parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
}

function globals(now: Date = new Date()): Record<string, unknown> {
  return {
    true: true,
    True: true,
    false: false,
    False: false,
    none: null,
    None: null,
    range,
    raise_exception: (message: unknown) => {
      throw new TemplateRefusal(String(message));
    },
    strftime_now: (format: unknown) => strftime(now, String(format)),
  };
}

function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= limits.range))
    fail(`it asks for a range of ${length} numbers, and ${limits.range} are allowed`);
  return Array.from({ length }, (_, i) => from + i * step);
}

function fail(problem: string): never {
  throw new ResidencyError("E_TOKENIZER", `Cannot apply the chat template: ${problem}`);
}

interface ForNode extends TemplateNode {
  iterable: TemplateNode & { lhs?: TemplateNode };
}

interface CallNode extends TemplateNode {
  call: { callee: { value?: unknown } };
  body: TemplateNode[];
}

interface BinaryNode extends TemplateNode {
  operator: { value: string };
  left: TemplateNode;
  right: TemplateNode;
}

/** Statements that write nothing. */
const silent = new Set(["Set", "Macro", "Comment"]);

/** An interpreter that counts what it does, writes values as Python does, and knows the block that marks the assistant's text. */
class BoundedInterpreter extends Interpreter {
  #steps = 0;
  readonly #options: RenderOptions;
  readonly #loopedOver = new WeakSet<TemplateNode>();

  constructor(scope: TemplateScope, options: RenderOptions) {
    super(scope);
    this.#options = options;
  }

  override evaluate(node: TemplateNode | undefined, scope: TemplateScope): RuntimeValue {
    this.#spend(1);
    if (node?.type === "CallStatement" && (node as CallNode).call.callee.value === generationCall) {
      return this.#generation(node as CallNode, scope);
    }
    if (node?.type === "For") {
      const { iterable } = node as ForNode;
      this.#loopedOver.add(iterable.type === "SelectExpression" ? (iterable.lhs ?? iterable) : iterable);
    }
    const isJoin = node?.type === "BinaryExpression" && (node as BinaryNode).operator.value === "~";
    const result = isJoin ? this.#join(node as BinaryNode, scope) : super.evaluate(node, scope);
    const { value } = result;
    if (typeof value === "string") {
      if (value.length > limits.text + 4 * this.#options.inputLength)
        fail("it makes a text that is too long");
      this.#spend(value.length >> 10);
    } else if (Array.isArray(value)) {
      if (value.length > limits.text) fail("it makes a list that is too long");
      // The turns of a loop with an empty body evaluate nothing.
      if (node !== undefined && this.#loopedOver.has(node)) this.#spend(limits.turn * value.length);
    }
    return result;
  }

  override evaluateBlock(statements: readonly TemplateNode[], scope: TemplateScope): RuntimeValue {
    let text = "";
    for (const statement of statements) {
      const result = this.evaluate(statement, scope);
      if (!silent.has(statement.type)) text += pythonText(result);
    }
    return this.#text(text, scope);
  }

  #join({ left, right }: BinaryNode, scope: TemplateScope): RuntimeValue {
    return this.#text(
      pythonText(this.evaluate(left, scope)) + pythonText(this.evaluate(right, scope)),
      scope,
    );
  }

  #text(value: string, scope: TemplateScope): RuntimeValue {
    return super.evaluate({ type: "StringLiteral", value } as TemplateNode, scope);
  }

  #generation(node: CallNode, scope: TemplateScope): RuntimeValue {
    const result = this.evaluateBlock(node.body, new Environment(scope));
    const { marks } = this.#options;
    if (marks) result.value = marks.start + String(result.value) + marks.end;
    return result;
  }

  #spend(steps: number): void {
    this.#steps += steps;
    const allowed = limits.steps + 4 * this.#options.inputLength;
    if (this.#steps > allowed) fail(`it takes more than ${allowed} steps`);
  }
}
