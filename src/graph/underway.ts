/** Pieces of work of which several are under way at once. */
export class Underway {
  readonly #pieces = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** Begins a piece, and waits until fewer than `most` are under way; throws what a piece has thrown. */
  async begin(most: number, piece: () => Promise<void>): Promise<void> {
    const going: Promise<void> = piece().catch((error: unknown) => { this.#failure ??= { error }; }).finally(() => this.#pieces.delete(going));
    this.#pieces.add(going);
    while (this.#pieces.size >= most) await Promise.race(this.#pieces);
    if (this.#failure) throw this.#failure.error;
  }

  /** Waits for all that is under way; throws what a piece has thrown. */
  async end(): Promise<void> {
    await Promise.all(this.#pieces);
    if (this.#failure) throw this.#failure.error;
  }
}
