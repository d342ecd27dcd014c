/** A client for OpenAI-compatible chat endpoints: paced, retried, stoppable; keys and texts stay out of its errors. */
import type { ChatMessage } from "../../data/index.ts";
import { ResidencyError } from "../../errors.ts";

/** A message of plain text by one of the three that talk with an endpoint. */
export interface EndpointMessage extends ChatMessage {
  role: "system" | "user" | "assistant";
  content: string;
}

/** An answer with what it cost. */
export interface ChatReply {
  text: string;
  /** Whether the model ran into `maxTokens`. */
  truncated: boolean;
  /** As the endpoint counts; 0 where it does not say. */
  promptTokens: number;
  completionTokens: number;
}

/** Asks the model. */
export type ChatClient = (messages: readonly EndpointMessage[]) => Promise<ChatReply>;

/** Which endpoint, and how it is asked. */
export interface ChatClientOptions {
  /** The address up to the version, such as "http://127.0.0.1:8000/v1". */
  baseUrl: string;
  model: string;
  /** Sent as a bearer token; local servers need none. */
  apiKey?: string;
  /** Default: 0.7. */
  temperature?: number;
  /** The longest answer, in tokens (default: 1024). */
  maxTokens?: number;
  /** Requests begun in a minute, retries included (default: 60). */
  requestsPerMinute?: number;
  /** How often a request is tried (default: 5). */
  attempts?: number;
  /** The first pause between two tries, in milliseconds; each later one is twice as long (default: 1000). */
  retryDelay?: number;
  /** How long an answer may take, in milliseconds (default: 120,000). */
  timeout?: number;
  signal?: AbortSignal;
  /** Default: the global one. */
  fetch?: typeof fetch;
}

const longestPause = 60_000;
const retried = new Set([408, 409, 425, 429, 500, 502, 503, 504]);

/** A positive number, or a complaint that names the option. */
function positive(name: string, value: number, whole: boolean): number {
  if (value > 0 && Number.isFinite(value) && (!whole || Number.isSafeInteger(value))) return value;
  throw new ResidencyError(
    "E_CONFIG",
    `Cannot use ${name} ${value}: give a ${whole ? "whole number of at least 1" : "number above 0"}`,
  );
}

function chatAddress(baseUrl: string): string {
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) {
    throw new ResidencyError(
      "E_CONFIG",
      'Cannot use baseUrl: it is no http or https address; give one such as "http://127.0.0.1:8000/v1"',
    );
  }
  return `${baseUrl.replace(/\/+$/, "")}/chat/completions`;
}

/**
 * A client of an endpoint. Its calls begin at least a minute divided by `requestsPerMinute` apart; an answer of 408, 409,
 * 425, 429 or 5xx, and a broken connection, are tried again after a growing pause, or after what `Retry-After` says.
 *
 * @throws ResidencyError E_CONFIG at once; from a call E_ENDPOINT, or E_INTERRUPTED when the signal is aborted.
 * @example
 * const reply = { choices: [{ message: { content: "Yes." } }] };
 * const fetch = async () => Response.json(reply); // in place of a server's answer
 * const ask = createChatClient({ baseUrl: "http://127.0.0.1:8000/v1", model: "qwen", fetch });
 * (await ask([{ role: "user", content: "Say yes." }])).text; // → "Yes."
 */
export function createChatClient(options: ChatClientOptions): ChatClient {
  const { model, apiKey, temperature = 0.7, signal } = options;
  const send = options.fetch ?? fetch;
  const url = chatAddress(options.baseUrl);
  const host = new URL(url).host;
  const maxTokens = positive("maxTokens", options.maxTokens ?? 1024, true);
  const interval = 60_000 / positive("requestsPerMinute", options.requestsPerMinute ?? 60, false);
  const attempts = positive("attempts", options.attempts ?? 5, true);
  const retryDelay = positive("retryDelay", options.retryDelay ?? 1000, false);
  const timeout = positive("timeout", options.timeout ?? 120_000, false);
  let nextStart = 0;

  const takeTurn = async (): Promise<void> => {
    const now = performance.now();
    const start = Math.max(now, nextStart);
    nextStart = start + interval;
    if (start > now) await wait(start - now, signal);
    throwIfStopped(signal);
  };

  return async (messages) => {
    const body = JSON.stringify({ model, messages, temperature, max_tokens: maxTokens, stream: false });
    for (let tries = 0; ; tries++) {
      await takeTurn();
      const last = tries + 1 >= attempts;
      let response: Response;
      let text: string;
      try {
        const limit = AbortSignal.timeout(timeout);
        response = await send(url, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
          },
          body,
          // A redirect would carry the key to another host.
          redirect: "error",
          signal: signal ? AbortSignal.any([signal, limit]) : limit,
        });
        text = await response.text();
      } catch (cause) {
        throwIfStopped(signal);
        if (last) {
          const message = `Cannot reach the endpoint at ${host}: no answer after ${attempts} tries; look at its address`;
          throw new ResidencyError("E_ENDPOINT", message, { cause });
        }
        await wait(pauseAfter(tries, retryDelay), signal);
        continue;
      }
      if (response.ok) return readReply(text, host);
      if (last || !retried.has(response.status)) throw refused(response.status, host, attempts);
      await wait(pauseAfter(tries, retryDelay, response.headers.get("retry-after")), signal);
    }
  };
}

function pauseAfter(tries: number, retryDelay: number, retryAfter: string | null = null): number {
  const asked = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : 0;
  return Math.min(longestPause, Math.max(asked, retryDelay * 2 ** tries));
}

function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new ResidencyError("E_INTERRUPTED", "Stopped asking the endpoint: start again to go on from here");
  }
}

async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  throwIfStopped(signal);
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
  });
  throwIfStopped(signal);
}

function refused(status: number, host: string, attempts: number): ResidencyError {
  const advice =
    status === 401 || status === 403
      ? "give a key that it knows"
      : status === 404
        ? "look at the address and the model's name"
        : retried.has(status)
          ? `it was asked ${attempts} times; try again later or with fewer requests a minute`
          : "it does not take this request";
  return new ResidencyError("E_ENDPOINT", `The endpoint at ${host} answers ${status}: ${advice}`);
}

interface Completion {
  choices: readonly { message: { content: string }; finish_reason?: unknown }[];
  usage?: { prompt_tokens?: unknown; completion_tokens?: unknown };
}

function isCompletion(value: unknown): value is Completion {
  const { choices } = (value ?? {}) as { choices?: unknown };
  const first = Array.isArray(choices)
    ? (choices[0] as { message?: { content?: unknown } } | undefined)
    : undefined;
  return typeof first?.message?.content === "string";
}

function readReply(body: string, host: string): ChatReply {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    value = undefined;
  }
  if (!isCompletion(value)) {
    throw new ResidencyError("E_ENDPOINT", `The endpoint at ${host} answers what is no chat completion`);
  }
  const [choice] = value.choices;
  const count = (tokens: unknown): number => (Number.isSafeInteger(tokens) ? (tokens as number) : 0);
  return {
    text: choice!.message.content.trim(),
    truncated: choice!.finish_reason === "length",
    promptTokens: count(value.usage?.prompt_tokens),
    completionTokens: count(value.usage?.completion_tokens),
  };
}
