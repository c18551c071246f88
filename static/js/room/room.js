// One lot as this page knows it. Frames go in, viewers read; nothing here touches the page.
import { FINAL } from '../core/showing.js';
import { Chain } from './chain.js';
import { Ledger } from './ledger.js';
import { Position } from './position.js';
import { apply, applySnapshot, applyTick } from './reducer.js';
import { staleness } from './stale.js';

const HISTORY = 1000;
const JITTER_MS = 1000;

export class Room extends EventTarget {
  ledger = new Ledger();
  position = new Position();
  texts = new Map();
  link = { state: 'connecting', code: null, heardAt: null, downSince: performance.now() };
  store = 'up';
  notice = null;
  away = null;
  justClosed = false;
  #syncing = false;
  #ahead = new Map();

  // lot: the public object; me: {role, code, rank}; clock: HouseClock; paint: Paint.
  constructor({ lot, me }, clock, paint) {
    super();
    Object.assign(this, { lot, me, clock, paint, terms: lot.terms, view: { ...lot }, watching: lot.watching });
    this.chain = new Chain(() => paint.ask());
  }

  // Wired by the page: connection.send, history.fill.
  wire({ connection, history }) {
    Object.assign(this, { connection, history });
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

  // 'leading', 'outbid', 'idle', and after the close 'won' or 'over'.
  get mood() {
    const { view, me } = this;
    if (!me.code) return 'idle';
    if (FINAL.has(view.state)) return view.state === 'sold' && view.leader === me.code ? 'won' : 'over';
    if (view.leader === me.code) return 'leading';
    return this.mine ? 'outbid' : 'idle';
  }

  hear(text, at) {
    this.link.heardAt = at;
    const frame = JSON.parse(text);
    if (typeof frame.n === 'number' && 'link' in frame && 'at' in frame) this.#event(frame, text);
    else this.#frame(frame);
    this.paint.ask();
  }

  linkChanged(state, code = null) {
    const wasLive = this.live;
    this.#syncing = false;
    if (state === 'open') state = 'joining';
    Object.assign(this.link, { state, code });
    if (wasLive) {
      this.link.downSince = performance.now();
      this.away ??= { bids: this.view.bids, n: this.view.n };
    }
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
        this.#fill(frame.from, frame.n, JITTER_MS);
        break;
      case 'pulse':
        this.clock.heard(frame.now);
        this.watching = frame.watching;
        this.view.registered = frame.registered;
        this.store = frame.store;
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
    if (event.n <= this.position.n || this.#ahead.has(event.n)) return;
    if (event.n > Math.max(this.position.n, this.view.n) + 1) {
      this.#sync();
      return;
    }
    if (event.n === 1) this.terms = { ...this.terms, ...event.terms };
    this.#ahead.set(event.n, [event, raw]);
    this.#catchUp();
    this.chain.add(event.n, event.link, raw);
    this.ledger.add(event);
    if (event.n > this.view.n) this.#moveTo(apply(this.view, event), event);
  }

  // The position goes as far as there is no hole.
  #catchUp() {
    for (let next = this.#ahead.get(this.position.n + 1); next; next = this.#ahead.get(this.position.n + 1)) {
      this.position.event(...next);
      this.#ahead.delete(this.position.n);
    }
  }

  #snapshot(frame) {
    this.#syncing = false;
    this.clock.heard(frame.now);
    const changed = frame.why === 'history_changed';
    if (changed) {
      this.ledger.reset();
      this.chain.reset();
      this.texts.clear();
      this.notice = { kind: 'changed' };
    }
    this.#moveTo(applySnapshot(this.view, frame), null, changed);
    const known = this.ledger.high;
    this.position.snapshot(frame);
    this.#ahead.clear();
    Object.assign(this.link, { state: 'live', downSince: null });
    if (frame.n === 0) return;
    if (known === null) this.#past(frame.n);
    else this.#comeBack(known, frame.n);
  }

  // The newest thousand events, older ones when somebody asks.
  async #past(n) {
    await this.history.fill(Math.max(1, n - HISTORY + 1), n, { epoch: this.view.epoch });
    this.paint.ask();
  }

  async #comeBack(known, n) {
    const away = this.away;
    this.away = null;
    const whole = known >= n || (await this.#fill(known + 1, n, 0));
    if (away && whole && this.notice?.kind !== 'changed') {
      this.notice = { kind: 'back', bids: Math.max(0, this.view.bids - away.bids) };
      this.paint.ask();
    }
  }

  // A hole that stays is asked for again as long as the page lives.
  async #fill(from, to, spread) {
    while (!(await this.history.fill(from, to, { spread, epoch: this.view.epoch }))) {
      if (this.ledger.high === null || this.ledger.high < from - 1) return false;
    }
    return true;
  }

  // Pages of the past, from the history.
  past(page) {
    const events = page.map(([event]) => event);
    for (const [event, raw] of page) this.chain.add(event.n, event.link, raw);
    if (this.ledger.low === null || events[0].n < this.ledger.low) this.ledger.prepend(events);
    for (const event of events) {
      if (event.n > this.ledger.high) this.ledger.add(event);
    }
    for (const [event, raw] of page) {
      if (event.n > this.position.n) this.#ahead.set(event.n, [event, raw]);
    }
    this.#catchUp();
    this.paint.ask();
  }

  async older() {
    const to = this.ledger.low - 1;
    if (to >= 1) await this.history.fill(Math.max(1, to - HISTORY + 1), to, { epoch: this.view.epoch });
  }

  #moveTo(view, event = null, quiet = false) {
    const before = this.view;
    const mood = this.mood;
    this.view = view;
    if (quiet) return;
    if (event?.t === 'adopted') this.notice = { kind: 'adopted', at: event.at, n: event.n };
    if (!FINAL.has(before.state) && FINAL.has(view.state)) {
      this.justClosed = true;
      this.#tell('closed');
    } else if (mood === 'leading' && this.mood === 'outbid') this.#tell('outbid');
    if (view.price !== before.price || view.state !== before.state) this.#tell('moved');
  }

  #sync() {
    if (this.#syncing) return;
    this.#syncing = true;
    this.position.stated().then((position) => {
      if (position) this.connection.send({ t: 'sync', epoch: position.epoch, after: position.n, link: position.link });
      else this.connection.renew();
    });
  }

  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
