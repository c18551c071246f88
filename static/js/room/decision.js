// The life of one sent bid: sent → accepted | refused, or unknown until asking again with the same id tells the truth.
// Nothing here is optimistic: only the house's answer decides.
const PLAN = [
  [1500, 'socket'],
  [3000, 'http'],
  [5000, 'http'],
  [7500, 'http'],
  [10_000, 'http'],
];
const LOOK_EVERY_MS = 3000;
const OPEN = new Set(['sent', 'unknown', 'lost']);

export class Decision {
  state = 'sent';
  answer = null;
  code = null;
  answeredAt = null;
  #step = 0;
  #next;

  // endsAt: the end of the lot when the bid left, for the margin; times of this machine's steady clock.
  constructor({ id, amount, confirm = null, endsAt = null, at }) {
    Object.assign(this, { id, amount, confirm, endsAt, sentAt: at });
    this.#next = at + PLAN[0][0];
  }

  get frame() {
    const frame = { t: 'bid', id: this.id, amount: this.amount };
    return this.confirm === null ? frame : { ...frame, confirm: this.confirm };
  }

  get open() {
    return OPEN.has(this.state);
  }

  // A bid that the house knows nothing of no longer stands in the way of another.
  get blocks() {
    return this.state === 'sent' || this.state === 'unknown';
  }

  get trip() {
    return this.answeredAt === null ? null : this.answeredAt - this.sentAt;
  }

  // Time left when the house decided, if that is known.
  get margin() {
    return this.answer?.ok && this.endsAt !== null ? this.endsAt - this.answer.decided_at : null;
  }

  // What to do now: 'socket', 'http' (ask again with the same id), 'look' (ask without bidding) or null.
  due(at) {
    if (!this.blocks || at < this.#next) return null;
    this.state = 'unknown';
    const step = PLAN[this.#step];
    this.#step += 1;
    this.#next = this.#step < PLAN.length ? this.sentAt + PLAN[this.#step][0] : at + LOOK_EVERY_MS;
    return step ? step[1] : 'look';
  }

  hear(frame, at) {
    if (!this.open || frame.id !== this.id) return false;
    this.answer = frame;
    this.answeredAt = at;
    this.state = frame.ok ? 'accepted' : 'refused';
    this.code = frame.ok ? null : frame.code;
    return true;
  }

  // A frame or an HTTP answer that is no decision. 'unavailable' says that this asking reached nothing; whether the first
  // one did is known only while nothing was asked again.
  fail(code, at) {
    if (!this.open) return;
    if (code === 'unknown' || code === 'network' || (code === 'unavailable' && this.#step > 0)) {
      this.state = 'unknown';
      return;
    }
    this.state = 'refused';
    this.code = code;
    this.answeredAt = at;
  }

  // The house has no record of it.
  missing() {
    if (this.blocks) this.state = 'lost';
  }

  // The same bid once more, from the beginning.
  again(at) {
    this.state = 'sent';
    this.sentAt = at;
    this.#step = 0;
    this.#next = at + PLAN[0][0];
  }
}
