/** What the page and the server of `residency serve` say to each other, as JSON. */

/** The two models that answer: without the adapter and with it. */
export type Side = "base" | "tuned";

/** Both, in the order of the page. */
export const sides: readonly Side[] = ["base", "tuned"];

/** A question about a note, with the answer of the data where there is one. */
export interface ServedQuestion {
  question: string;
  answer?: string;
}

/** A note to choose, and the questions that the data ask about it. */
export interface ServedNote {
  title: string;
  note: string;
  questions: ServedQuestion[];
}

/** What the page shows before anything is asked: the answer to GET `state`. */
export interface PageState {
  model: string;
  adapter: string;
  notes: ServedNote[];
  /** Notes of the file that are not among `notes`, which is cut. */
  notesLeftOut: number;
  /** The value of the field for new tokens, and the most that it takes. */
  maxNewTokens: number;
  maxNewTokensAllowed: number;
}

/** A question to both models: the body of POST `ask`. */
export interface AskRequest {
  note: string;
  question: string;
  maxNewTokens: number;
  /** 0 takes the most probable token each time; above 0 draws. */
  temperature: number;
  seed: number;
  /** The data's answer; both answers are then compared with it. */
  reference?: string;
}

/** What the server answers to `ask`, one event after the other. */
export type AnswerEvent =
  /** Others are asking; this one waits behind so many. */
  | { type: "waiting"; ahead: number }
  | { type: "token"; side: Side; text: string; probability: number }
  | {
      type: "end";
      side: Side;
      finishReason: "stop" | "length" | "abort";
      newTokens: number;
      seconds: number;
      /** Words shared with the reference (token F1, 0 to 1), where there is one. */
      tokenF1?: number;
    }
  | { type: "error"; code: string; message: string };
