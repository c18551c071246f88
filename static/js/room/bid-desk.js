// The bidder's desk: where he stands, the amount, the press, and what became of it.
import { put, putMixed } from '../core/dom.js';
import { judge, neighbours, stepsAbove } from '../core/grid.js';
import { capitals } from '../core/capitals.js';
import { exact, short, yuan } from '../core/money.js';
import { FINAL } from '../core/showing.js';
import { cry, say } from '../core/speech.js';
import { clock } from '../core/times.js';
import { language, t } from '../core/words.js';
import { BidFacts } from './bid-facts.js';
import { Courier } from './courier.js';
import { Desk } from './desk.js';
import { keepAboveKeyboard } from './keyboard.js';
import { mayMatch, maySelfRaise, obstacle } from './may-bid.js';
import { Part } from './part.js';
import { Press } from './press.js';
import { Slip } from './slip.js';
import { refused, verdictOf } from './verdict.js';

const MOODS = { leading: 'desk.leading', outbid: 'desk.outbid', idle: 'desk.idle', won: 'band.sold_you', over: 'why.closed' };
const REMARK_MS = 4000;

export class BidDesk extends Part {
  #remark = null;

  start() {
    const { room, f } = this;
    this.desk = new Desk(room.terms);
    this.press = new Press();
    this.courier = new Courier(room, (decision) => this.#settled(decision));
    this.facts = new BidFacts(room, f);
    this.slip = new Slip(room, f, (amount) => this.#send(amount, amount));
    keepAboveKeyboard(this);
    this.#listen();
    setInterval(() => this.courier.blocks && (this.courier.tick(), room.paint.ask()), 100);
  }

  #listen() {
    const { f, room } = this;
    const down = () => this.press.down(this.desk.shown, performance.now());
    f.press.addEventListener('pointerdown', (event) => event.isPrimary && event.button === 0 && down());
    f.press.addEventListener('keydown', (event) => !event.repeat && (event.key === ' ' || event.key === 'Enter') && down());
    f.press.addEventListener('pointercancel', () => this.press.drop());
    addEventListener('pointerup', (event) => event.target !== f.press && this.press.drop());
    f.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#up();
    });
    f.less.onclick = () => this.#step('less');
    f.more.onclick = () => this.#step('more');
    f.match.onclick = () => this.#match();
    f.amount.oninput = () => {
      this.desk.type(f.amount.value, room.view);
      room.paint.ask();
    };
    f.amount.onfocus = () => f.amount.select();
    f.amount.onblur = () => room.paint.ask();
    f.amount.onkeydown = (event) => {
      const move = { ArrowUp: 'more', ArrowDown: 'less' }[event.key];
      if (move) event.preventDefault();
      if (move) this.#step(move);
      if (event.key === 'Escape') this.#follow();
    };
  }

  get #obstacle() {
    const { room, courier } = this;
    const { stale } = room.stale;
    return obstacle({
      live: room.live, stale, store: room.store, view: room.view, code: room.me.code, now: room.clock.now(),
      pending: courier.blocks, selfRaise: maySelfRaise(room.terms, room.view),
    });
  }

  #step(move) {
    if (this.room.view.ask === null) return;
    this.desk[move](this.room.view);
    this.#show(true);
    this.room.paint.ask();
  }

  #follow() {
    this.desk.follow(this.room.view);
    this.#show(true);
    this.room.paint.ask();
  }

  #up() {
    const { room, desk } = this;
    this.#see(); // the price may have moved since the last frame
    const shown = desk.shown;
    const pressed = this.press.up(shown, performance.now());
    if (this.#obstacle) return;
    if (pressed.refused) {
      this.#say(pressed.refused === 'changed' ? 'bid.changed' : 'why.settling', 'changed');
      return;
    }
    const judged = judge(pressed.amount, room.view, room.terms);
    if (judged !== 'ok' && judged !== 'slip') return;
    const { ceiling } = this.facts;
    if (ceiling !== null && pressed.amount > ceiling) return;
    if (judged === 'slip') this.slip.ask(pressed.amount);
    else this.#send(pressed.amount);
  }

  #match() {
    const { view } = this.room;
    if (!this.#obstacle && mayMatch(this.room.me, view, this.room.leaderRank)) this.#send(view.price);
  }

  #send(amount, confirm = null) {
    this.#remark = null;
    this.courier.place(amount, confirm);
    this.desk.follow(this.room.view);
    this.#show(true);
    this.room.paint.ask();
  }

  #settled(decision) {
    if (decision.trip !== null && decision.answer) this.facts.trip(decision.trip);
    if (decision.state === 'refused') cry(t('speak.refused', { why: refused(decision) }));
    else say(verdictOf(decision).text);
  }

  #say(key, kind) {
    this.#remark = { key, kind, until: performance.now() + REMARK_MS };
    this.room.paint.ask();
  }

  #see() {
    const moved = this.desk.see(this.room.view);
    if (moved) this.press.moved(performance.now());
    if (moved === 'passed') this.#say('why.passed', 'changed');
    return moved;
  }

  render() {
    const { room, f, desk } = this;
    this.#show(this.#see() === 'passed');
    this.#mood();
    this.#button();
    this.#verdict();
    this.slip.render();
    this.facts.render(desk.amount);
    put(f.now, room.view.price === null ? '' : t('desk.now', { price: yuan(room.view.price) }));
  }

  // The field is written unless somebody is writing in it.
  #show(force = false) {
    const { f, desk } = this;
    const writing = document.activeElement === f.amount && !desk.follows;
    if (desk.amount !== null && (force || !writing)) {
      const text = yuan(desk.amount);
      if (f.amount.value !== text) f.amount.value = text;
    }
    const { view, terms } = this.room;
    if (desk.follows || desk.amount === null) {
      put(f.echo, desk.amount === null ? '' : `${t('desk.next')} · ${short(desk.amount, language)}`);
      return;
    }
    const parts = [`¥${exact(desk.amount)}`, capitals(desk.amount)];
    const steps = view.ask === null ? 0 : stepsAbove(desk.amount, view, terms);
    if (steps > 0) parts.push(t('desk.steps', { n: steps }));
    putMixed(f.echo, parts.join(' · '));
  }

  #mood() {
    const { room, f } = this;
    const { mood, mine } = room;
    this.dataset.mood = mood;
    this.toggleAttribute('data-over', FINAL.has(room.view.state));
    put(f.mood, t(MOODS[mood]));
    put(f.last, mine ? `¥${yuan(mine.amount)} · #${mine.n}` : t('desk.last_none'));
  }

  #button() {
    const { room, f, desk, press } = this;
    const at = performance.now();
    const { view, terms } = room;
    let why = this.#obstacle;
    let values = {};
    let choices = [];
    if (why === 'why.announced') values = { time: clock(room.lot.opens_at) };
    if (!why && view.ask !== null) {
      const judged = judge(desk.amount, view, terms);
      const { ceiling } = this.facts;
      if (judged === 'unread' || judged === 'below' || judged === 'grid') {
        why = `why.${judged}`;
        values = { ask: yuan(view.ask) };
        choices = judged === 'grid' ? neighbours(desk.amount, view, terms) : [];
      } else if (ceiling !== null && desk.amount > ceiling) {
        why = 'why.ceiling';
        values = { ceiling: yuan(ceiling) };
      }
    }
    const settling = !why && desk.follows && press.inert(at);
    if (settling) setTimeout(() => room.paint.ask(), press.inertFor(at) + 1);
    f.press.setAttribute('aria-disabled', String(Boolean(why) || settling));
    f.press.classList.toggle('settling', settling);
    put(f.press, desk.amount === null ? t('desk.next') : t('desk.bid', { amount: yuan(desk.amount) }));
    putMixed(f.why, why ? t(why, values) : settling ? t('why.settling') : t('desk.hint'));
    f.why.classList.toggle('hint', !why && !settling);
    f.less.disabled = view.ask === null || desk.follows;
    f.more.disabled = view.ask === null;
    f.match.hidden = !mayMatch(room.me, view, room.leaderRank) || view.state !== 'open';
    if (!f.match.hidden) put(f.match, t('desk.match', { amount: yuan(view.price) }));
    this.#choices(choices);
  }

  #choices(amounts) {
    const { choices } = this.f;
    const state = amounts.join();
    if (choices.dataset.shown === state) return;
    choices.dataset.shown = state;
    choices.hidden = !amounts.length;
    choices.replaceChildren(...amounts.map((amount) => {
      const button = document.createElement('button');
      Object.assign(button, { type: 'button', className: 'button', textContent: `¥${yuan(amount)}` });
      button.onclick = () => {
        this.desk.choose(amount);
        this.#show(true);
        this.room.paint.ask();
        this.f.press.focus();
      };
      return button;
    }));
  }

  #verdict() {
    const { f, courier } = this;
    const at = performance.now();
    const { decision } = courier;
    if (this.#remark && at > this.#remark.until) this.#remark = null;
    const said = this.#remark ? { kind: this.#remark.kind, text: t(this.#remark.key) } : decision ? verdictOf(decision, at) : null;
    f.verdict.dataset.kind = said?.kind ?? '';
    put(f.verdict, said?.text ?? '');
    f.again.hidden = decision?.state !== 'lost';
    f.again.onclick ??= () => courier.again();
  }
}
