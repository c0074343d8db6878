/** Remembers what was reported last, so that a lasting state is reported once and not each time it is found. */
export class ToldOnce {
  #last: string | undefined;

  /** @param last what the reader knows already. */
  constructor(last?: string) {
    this.#last = last;
  }

  /** Whether the text is the last one. */
  isLast(text: string): boolean {
    return text === this.#last;
  }

  /** Whether the text differs from the last one; from then on it is the last one. */
  isNews(text: string): boolean {
    const isNews = text !== this.#last;
    this.#last = text;
    return isNews;
  }

  /**
   * The state is over, so that the same text is news when it comes back.
   * @returns whether there was one.
   */
  forget(): boolean {
    const wasTold = this.#last !== undefined;
    this.#last = undefined;
    return wasTold;
  }
}
