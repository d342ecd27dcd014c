/** The special tokens that have a role, as properties of a tokenizer: bosToken, eosTokenId, padToken = … */
import { CallableObject } from "./callable.ts";
import type { SpecialTokenName } from "./parse-config.ts";

/** Setting a token gives its role to a token of the vocabulary, or to none. */
export abstract class NamedSpecialTokens extends CallableObject {
  /** The token that has a role. */
  protected abstract roleToken(name: SpecialTokenName): string | undefined;
  /** The id of the token that has a role. */
  protected abstract roleId(name: SpecialTokenName): number | undefined;
  /** Gives a role to a token; throws E_TOKENIZER where the vocabulary does not have it. */
  protected abstract giveRole(name: SpecialTokenName, token: string | undefined): void;

  /** The token that begins a text. */
  get bosToken(): string | undefined {
    return this.roleToken("bosToken");
  }
  set bosToken(token: string | undefined) {
    this.giveRole("bosToken", token);
  }
  /** The token that ends a text. */
  get eosToken(): string | undefined {
    return this.roleToken("eosToken");
  }
  set eosToken(token: string | undefined) {
    this.giveRole("eosToken", token);
  }
  /** The token for what the vocabulary cannot spell. */
  get unkToken(): string | undefined {
    return this.roleToken("unkToken");
  }
  set unkToken(token: string | undefined) {
    this.giveRole("unkToken", token);
  }
  /** The token between two texts. */
  get sepToken(): string | undefined {
    return this.roleToken("sepToken");
  }
  set sepToken(token: string | undefined) {
    this.giveRole("sepToken", token);
  }
  /** The token that fills short rows. */
  get padToken(): string | undefined {
    return this.roleToken("padToken");
  }
  set padToken(token: string | undefined) {
    this.giveRole("padToken", token);
  }
  /** The token that stands for a whole text in classification. */
  get clsToken(): string | undefined {
    return this.roleToken("clsToken");
  }
  set clsToken(token: string | undefined) {
    this.giveRole("clsToken", token);
  }
  /** The token that hides another. */
  get maskToken(): string | undefined {
    return this.roleToken("maskToken");
  }
  set maskToken(token: string | undefined) {
    this.giveRole("maskToken", token);
  }
  /** The id of {@link bosToken}. */
  get bosTokenId(): number | undefined {
    return this.roleId("bosToken");
  }
  /** The id of {@link eosToken}. */
  get eosTokenId(): number | undefined {
    return this.roleId("eosToken");
  }
  /** The id of {@link unkToken}. */
  get unkTokenId(): number | undefined {
    return this.roleId("unkToken");
  }
  /** The id of {@link sepToken}. */
  get sepTokenId(): number | undefined {
    return this.roleId("sepToken");
  }
  /** The id of {@link padToken}. */
  get padTokenId(): number | undefined {
    return this.roleId("padToken");
  }
  /** The id of {@link clsToken}. */
  get clsTokenId(): number | undefined {
    return this.roleId("clsToken");
  }
  /** The id of {@link maskToken}. */
  get maskTokenId(): number | undefined {
    return this.roleId("maskToken");
  }
}
