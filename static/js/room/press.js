// A press bids what was shown when the finger or key went down, or nothing.
export const INERT_MS = 400;

export class Press {
  #inertUntil = -Infinity;
  #held = null;

  // The amount that follows the ask has changed under whoever was about to press.
  moved(at) {
    this.#inertUntil = at + INERT_MS;
  }

  inert(at) {
    return at < this.#inertUntil;
  }

  inertFor(at) {
    return Math.max(0, this.#inertUntil - at);
  }

  // shown: {amount, follows}; follows: the amount is the next valid bid and not one that was chosen.
  down(shown, at) {
    this.#held = { ...shown, settling: shown.follows && this.inert(at) };
  }

  drop() {
    this.#held = null;
  }

  // {amount} to be sent, or {refused: 'settling' | 'changed'}.
  up(shown, at) {
    const held = this.#held ?? { ...shown, settling: shown.follows && this.inert(at) };
    this.#held = null;
    if (held.settling) return { refused: 'settling' };
    if (held.amount !== shown.amount || held.follows !== shown.follows) return { refused: 'changed' };
    return { amount: held.amount };
  }
}
