// One lot as this page knows it. Frames go in, viewers read; nothing here touches the page.
import { FINAL } from '../core/showing.js';
import { Journal } from './journal.js';
import { apply, applySnapshot, applyTick } from './reducer.js';
import { staleness } from './stale.js';

const JITTER_MS = 1000;

// Tells its listeners: moved, outbid, closed, and each decision, error and whatever else concerns only one viewer.
export class Room extends EventTarget {
  texts = new Map();
  link = { state: 'connecting', code: null, heardAt: null, downSince: performance.now() };
  store = 'up';
  notice = null;
  justClosed = false;
  #away = null;
  #syncing = false;

  // lot: the public object; me: {role, code, rank}; clock: HouseClock; paint: Paint; history: History.
  constructor({ lot, me }, clock, paint, history) {
    super();
    Object.assign(this, { lot, me, clock, paint, terms: lot.terms, view: { ...lot }, watching: lot.watching });
    this.journal = new Journal(history, () => paint.ask());
  }

  get ledger() {
    return this.journal.ledger;
  }

  get live() {
    return this.link.state === 'live';
  }

  get stale() {
    return staleness(this.link, performance.now());
  }

  get mine() {
    return this.ledger.rows.findLast((row) => row.code === this.me.code) ?? null;
  }

  // The rank with which the leader holds the price; undefined while the record does not tell.
  get leaderRank() {
    const { leader, price } = this.view;
    return this.ledger.rows.findLast((row) => row.code === leader && row.amount === price)?.rank;
  }

  // 'leading', 'outbid', 'retracted', 'idle', and after the close 'won' or 'over'.
  get mood() {
    const { view, me } = this;
    if (!me.code) return 'idle';
    if (FINAL.has(view.state)) return view.state === 'sold' && view.leader === me.code ? 'won' : 'over';
    if (view.leader === me.code) return 'leading';
    if (!this.mine) return 'idle';
    return this.mine.retracted ? 'retracted' : 'outbid';
  }

  hear(text, at) {
    this.link.heardAt = at;
    const frame = JSON.parse(text);
    if (typeof frame.n === 'number' && 'link' in frame && 'at' in frame) this.#event(frame, text);
    else this.#frame(frame);
    this.paint.ask();
  }

  // state: connecting | open | reconnecting | off; live only after the snapshot.
  linkChanged(state, code = null) {
    if (this.live) {
      this.link.downSince = performance.now();
      this.#away ??= { bids: this.view.bids };
    }
    this.#syncing = false;
    Object.assign(this.link, { state: state === 'open' ? 'joining' : state, code });
    this.paint.ask();
  }

  #frame(frame) {
    switch (frame.t) {
      case 'hello':
        this.clock.heard(frame.now);
        if (frame.role !== this.me.role) this.notice = { kind: frame.role === 'watcher' ? 'session' : 'admitted' };
        break;
      case 'snapshot':
        this.#snapshot(frame);
        break;
      case 'tick':
        this.#moveTo(applyTick(this.view, frame));
        this.journal.fill(frame.from, frame, JITTER_MS, this.view.epoch);
        break;
      case 'pulse':
        this.clock.heard(frame.now);
        this.view.registered = frame.registered;
        Object.assign(this, { watching: frame.watching, store: frame.store });
        break;
      case 'pong':
        this.clock.pong(performance.timeOrigin + frame.c / 1000, frame.now);
        break;
      case 'text':
        this.texts.set(frame.n, frame.text);
        break;
      default:
        this.#tell(frame.t, frame);
    }
  }

  #event(event, raw) {
    if (this.journal.knows(event.n)) return;
    if (event.n > Math.max(this.journal.position.n, this.view.n) + 1) {
      this.#sync();
      return;
    }
    if (event.n === 1) this.terms = { ...this.terms, ...event.terms };
    this.journal.add(event, raw);
    if (event.n > this.view.n) this.#moveTo(apply(this.view, event), event);
  }

  async #snapshot(frame) {
    this.#syncing = false;
    this.clock.heard(frame.now);
    const changed = frame.why === 'history_changed';
    if (changed) {
      this.journal.forget();
      this.texts.clear();
      this.notice = { kind: 'changed' };
      this.view = applySnapshot(this.view, frame);
    } else this.#moveTo(applySnapshot(this.view, frame));
    Object.assign(this.link, { state: 'live', downSince: null });
    const away = this.#away;
    this.#away = null;
    const whole = await this.journal.reach(frame, this.view.epoch);
    if (away && whole && !changed) this.notice = { kind: 'back', bids: Math.max(0, this.view.bids - away.bids) };
    this.paint.ask();
  }

  #moveTo(view, event = null) {
    const before = this.view;
    const mood = this.mood;
    this.view = view;
    if (event?.t === 'adopted') this.notice = { kind: 'adopted', at: event.at, n: event.n };
    if (!FINAL.has(before.state) && FINAL.has(view.state)) {
      this.justClosed = true;
      this.#tell('closed');
    } else if (mood === 'leading' && this.mood === 'outbid') this.#tell('outbid');
    if (view.price !== before.price || view.state !== before.state) this.#tell('moved');
  }

  // Asks the house to continue from where this page is; one that knows nothing joins anew.
  async #sync() {
    if (this.#syncing) return;
    this.#syncing = true;
    const position = await this.journal.position.stated();
    if (position) this.connection.send({ t: 'sync', epoch: position.epoch, after: position.n, link: position.link });
    else this.connection.renew();
  }

  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
