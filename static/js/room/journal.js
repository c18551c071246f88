// What this page has of the lot's log: the ledger of events, the position that can be stated, the chain that was checked, and
// the holes that are on their way.
import { Chain } from './chain.js';
import { Ledger } from './ledger.js';
import { Position } from './position.js';

const NEWEST = 1000;

export class Journal {
  ledger = new Ledger();
  position = new Position();
  #ahead = new Map();

  // history: fetches ranges and hands them to past(); changed(): something new is known.
  constructor(history, changed) {
    Object.assign(this, { history, changed, chain: new Chain(changed) });
    history.past = (page) => this.past(page);
  }

  knows(n) {
    return n <= this.position.n || this.#ahead.has(n);
  }

  // An event from the socket, next after all that was heard; what lies before it may still be missing.
  add(event, raw) {
    this.#ahead.set(event.n, [event, raw]);
    this.#catchUp();
    this.chain.add(event.n, event.link, raw);
    this.ledger.add(event);
  }

  // Pages of the past, from the history.
  past(page) {
    const events = page.map(([event]) => event);
    for (const [event, raw] of page) {
      this.chain.add(event.n, event.link, raw);
      if (!this.knows(event.n)) this.#ahead.set(event.n, [event, raw]);
    }
    this.#catchUp();
    const { low } = this.ledger;
    if (low === null || events[0].n < low) this.ledger.prepend(events);
    for (const event of events) {
      if (event.n > this.ledger.high) this.ledger.add(event);
    }
    this.changed();
  }

  // A snapshot's position. Resolves, when all before it is here, to whether that was so.
  async reach(frame, epoch) {
    const known = this.ledger.high;
    this.position.snapshot(frame);
    this.#ahead.clear();
    if (frame.n === 0 || (known !== null && known >= frame.n)) return true;
    if (known !== null) return this.fill(known + 1, frame, 0, epoch);
    return this.history.fill(Math.max(1, frame.n - NEWEST + 1), frame.n, { epoch, link: frame.link });
  }

  // What is missing up to a frame's position. A hole that stays is asked for again as long as what lies before it is still
  // known.
  async fill(from, { n, link }, spread, epoch) {
    while (!(await this.history.fill(from, n, { spread, epoch, link }))) {
      if (this.ledger.high === null || this.ledger.high < from - 1) return false;
    }
    return true;
  }

  async older() {
    const to = (this.ledger.low ?? 1) - 1;
    if (to >= 1) await this.history.fill(Math.max(1, to - NEWEST + 1), to);
  }

  forget() {
    this.ledger.reset();
    this.chain.reset();
    this.#ahead.clear();
  }

  // The position goes as far as there is no hole.
  #catchUp() {
    for (let next = this.#ahead.get(this.position.n + 1); next; next = this.#ahead.get(this.position.n + 1)) {
      this.position.event(...next);
      this.#ahead.delete(this.position.n);
    }
  }
}
