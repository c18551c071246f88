// The events this page knows, in one unbroken run up to its head, and the rows of the record that follow from them.
// Older events join from below; what would leave a hole waits until the hole is filled.
const KEPT = 4000;

export class Ledger {
  events = [];
  rows = [];
  #waiting = new Map();
  #walk = fresh();

  get low() {
    return this.events.length ? this.events[0].n : null;
  }

  get high() {
    return this.events.length ? this.events.at(-1).n : null;
  }

  add(event) {
    if (this.high === null || event.n === this.high + 1) this.#append(event);
    else if (event.n > this.high) this.#waiting.set(event.n, event);
    while (this.#waiting.has(this.high + 1)) {
      const next = this.#waiting.get(this.high + 1);
      this.#waiting.delete(next.n);
      this.#append(next);
    }
  }

  // A run of events that ends right below the oldest known one.
  prepend(older) {
    const run = this.low === null ? older : older.filter((event) => event.n < this.low);
    if (!run.length) return;
    this.events = [...run, ...this.events];
    this.#rebuild();
  }

  reset() {
    this.events = [];
    this.#waiting.clear();
    this.#rebuild();
  }

  #append(event) {
    this.events.push(event);
    this.#row(event);
    if (this.events.length > KEPT * 1.25) {
      this.events = this.events.slice(-KEPT);
      this.#rebuild();
    }
  }

  #rebuild() {
    this.rows = [];
    this.#walk = fresh();
    for (const event of this.events) this.#row(event);
  }

  #row(event) {
    const walk = this.#walk;
    if (event.t === 'bid') {
      const moved = walk.ends_at !== null && event.ends_at !== null && event.ends_at > walk.ends_at;
      this.rows.push({
        n: event.n, at: event.at, code: event.code, rank: event.rank, amount: event.amount, match: event.match,
        step: walk.price === null ? null : event.amount - walk.price, end: moved ? event.ends_at : null, was: walk.ends_at,
        met: event.reserve_met === true && walk.met !== true, retracted: null,
      });
      walk.met = event.reserve_met;
    } else if (event.t === 'retracted') {
      const row = this.rows.findLast(({ n }) => n === event.target);
      if (row) row.retracted = event.ground;
    }
    if (event.price !== undefined) walk.price = event.price;
    if (event.ends_at !== undefined) walk.ends_at = event.ends_at;
  }
}

const fresh = () => ({ price: null, ends_at: null, met: null });
