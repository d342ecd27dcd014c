/** One model's answer as it grows: tokens coloured by probability, walked through with the arrow keys or the mouse. */
import type { AnswerEvent, Side } from "../protocol.ts";
import { element } from "./elements.ts";

type EndEvent = Extract<AnswerEvent, { type: "end" }>;

/** A part of the page that shows an answer. */
export interface AnswerView {
  /** Empties it for a new answer. */
  begin(): void;
  add(text: string, probability: number): void;
  end(event: EndEvent): void;
  /** The answer ends here, without a word from the server. */
  stop(): void;
}

/** The lower bounds of the colours, from the surest on. */
const levels = [0.9, 0.6, 0.3, 0.1, 0];

/** The number of a probability's colour: 4 is sure, 0 is a guess. */
export function levelOf(probability: number): number {
  return levels.length - 1 - levels.findIndex((bound) => probability >= bound);
}

const percent = (probability: number): string => {
  const value = 100 * probability;
  return value > 0 && value < 0.1 ? "less than 0.1 %" : `${value.toFixed(value < 10 ? 1 : 0)} %`;
};

const endings = {
  stop: "ended by itself",
  length: "cut at the most new tokens",
  abort: "stopped",
};

/** How an answer went, in one line. */
function outcomeOf({ finishReason, newTokens, seconds, tokenF1 }: EndEvent): string {
  const speed = seconds > 0 ? ` · ${Math.round(newTokens / seconds)} tokens/s` : "";
  const overlap = tokenF1 === undefined ? "" : ` · token F1 ${tokenF1.toFixed(2)} with the reference`;
  return `${newTokens} ${newTokens === 1 ? "token" : "tokens"}${speed} · ${endings[finishReason]}${overlap}`;
}

/** Takes over the part of a side. */
export function createAnswerView(side: Side): AnswerView {
  const text = element(`${side}-text`, HTMLElement);
  const detail = element(`${side}-detail`, HTMLElement);
  const outcome = element(`${side}-outcome`, HTMLElement);
  let tokens: { span: HTMLElement; text: string; probability: number }[] = [];
  let current = -1;

  function show(index: number): void {
    tokens[current]?.span.classList.remove("current");
    current = index;
    const token = tokens[index];
    if (!token) {
      detail.textContent = "";
      return;
    }
    token.span.classList.add("current");
    detail.textContent = `Token ${index + 1} of ${tokens.length}, “${token.text.replaceAll("\n", "↵")}”: ${percent(token.probability)}`;
  }

  text.addEventListener("keydown", (event) => {
    const last = tokens.length - 1;
    const targets: Record<string, number> = {
      ArrowRight: Math.min(last, current + 1),
      ArrowLeft: Math.max(0, current - 1),
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined || last < 0) return;
    event.preventDefault();
    show(target);
  });
  text.addEventListener("blur", () => show(-1));
  text.addEventListener("mouseleave", () => show(-1));
  text.addEventListener("mouseover", (event) => {
    const index = tokens.findIndex(({ span }) => span === event.target);
    if (index >= 0) show(index);
  });

  return {
    begin() {
      text.replaceChildren();
      text.ariaBusy = "true";
      tokens = [];
      show(-1);
      outcome.textContent = "";
    },
    add(piece, probability) {
      const span = document.createElement("span");
      span.className = `token p${levelOf(probability)}`;
      span.textContent = piece;
      text.append(span);
      tokens.push({ span, text: piece, probability });
    },
    end(event) {
      text.ariaBusy = "false";
      outcome.textContent = outcomeOf(event);
    },
    stop() {
      if (text.ariaBusy !== "true") return;
      text.ariaBusy = "false";
      outcome.textContent = `${tokens.length} ${tokens.length === 1 ? "token" : "tokens"} · stopped`;
    },
  };
}
